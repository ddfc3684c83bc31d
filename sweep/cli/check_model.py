"""`sweep check-model`: whether a function builds a model whose state can be carried."""

from pathlib import Path

import click

from sweep.cli.check_cell import code_of
from sweep.core.commands import examples
from sweep.core.errors import ConfigError
from sweep.core.terminal import say

EXAMPLE = "my_models:build"


@click.command(
    "check-model",
    epilog=examples(
        f"sweep check-model {EXAMPLE}",
        "sweep check-model my_models:build --inputs 7 --outputs 5 --classes --folder code",
    ),
)
@click.argument("model")
@click.option("--inputs", type=click.IntRange(min=1), default=3, show_default=True, help="of a timestep")
@click.option("--outputs", type=click.IntRange(min=1), default=1, show_default=True, help="of a timestep")
@click.option("--classes", is_flag=True, help="whether the outputs are logits of classes")
@click.option("--folder", type=click.Path(path_type=Path), default=Path(), help="where its module lies; else here")
def check_model(model: str, inputs: int, outputs: int, classes: bool, folder: Path) -> int:
    """Try a model of your own, as a launch does before anything is trained.

    MODEL is the import path of the function that builds it, such as my_models:build.
    """
    from sweep.launch import own_code  # noqa: PLC0415  (these take a second to import)
    from workers.data.code_files import MODEL  # noqa: PLC0415

    code = code_of(model, folder, MODEL, EXAMPLE)
    wanted = own_code.Wanted({model: code}, [model], sizes=(inputs, outputs), classes=classes)
    if problems := own_code.found(wanted):
        raise ConfigError(*problems.values())
    say(f"{model} builds a model whose state can be carried. Its code: {', '.join(sorted(code))}")
    return 0
