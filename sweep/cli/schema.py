"""`sweep schema`: a JSON Schema of the study file, for editors."""

import json
from pathlib import Path

import click

from sweep.cli.named_place import writing
from sweep.core.commands import examples
from sweep.core.terminal import put, say
from sweep.core.whole_file import write_whole


@click.command(epilog=examples("sweep schema --out study.schema.json"))
@click.option("--out", type=click.Path(path_type=Path), help="a .json file; without it the schema is printed")
def schema(out: Path | None) -> int:
    """Write a JSON Schema of the study file, by which editors complete and check it.

    After sweep schema --out study.schema.json a study file may begin with the line
    # yaml-language-server: $schema=study.schema.json
    """
    from sweep.config.schema import study_schema  # noqa: PLC0415  (takes a second to import)

    text = f"{json.dumps(study_schema(), indent=2, ensure_ascii=False)}\n"
    if out is None:
        put(text)
        return 0
    with writing("--out", out):
        write_whole(out, text.encode())
    say(out)
    return 0
