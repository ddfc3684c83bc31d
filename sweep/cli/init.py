"""`sweep init`: a first study of a table, with the reason for each choice beside it."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from sweep.cli.named_place import check_folder, writing
from sweep.cli.prompting import on_a_terminal
from sweep.core.commands import command, examples
from sweep.core.errors import ConfigError
from sweep.core.plain import plain
from sweep.core.terminal import put, say
from sweep.core.whole_file import write_whole

if TYPE_CHECKING:
    from sweep.init.asked import Asked
    from workers.data.looking.look import Look

NAMED = Path("study.yaml")  # where the text is meant to stand that is printed


@click.command(
    epilog=examples(
        "sweep init data.csv --out study.yaml",
        "sweep init data.csv --target load --horizon 6 --out study.yaml --force",
        "sweep init data.csv --target load --horizon 30min --no-input",
    )
)
@click.argument("data", type=click.Path(path_type=Path))
@click.option(
    "--target", "targets", multiple=True, metavar="COLUMN", help="what to forecast; may be given more than once"
)
@click.option("--horizon", metavar="N", help="how far ahead: rows, such as 6, or a duration, such as 30min")
@click.option("--out", type=click.Path(path_type=Path), help="a .yaml file; without it the study is printed")
@click.option("--force", is_flag=True, help="write over a file that is there")
@click.option("--no-input", is_flag=True, help="ask nothing, on a terminal neither")
def init(
    data: Path, targets: tuple[str, ...], horizon: str | None, out: Path | None, *, force: bool, no_input: bool
) -> int:
    """Write a first study of a table: look at it, and say the reason for each choice in a comment.

    DATA is a file of CSV, Parquet, lines of JSON or Excel, packed or not, such as data/load.csv.gz. The study runs as
    it is: sweep init data.csv --out study.yaml, and then sweep launch study.yaml
    """
    ahead = _horizon(horizon)
    if out is not None:
        _check(out, force=force)
    from sweep.init.asked import Asked  # noqa: PLC0415  (these take a second to import)
    from sweep.init.study import first_study  # noqa: PLC0415
    from workers.data.looking.look import looked_at  # noqa: PLC0415
    from workers.errors import DataError  # noqa: PLC0415

    try:
        with looked_at(data) as look:
            asked = Asked(targets, ahead)
            if not no_input and on_a_terminal():
                asked = _answered(look, asked)
            study = first_study(look, asked, out or NAMED)
    except DataError as error:
        raise ConfigError(error.message) from None
    for sentence in study.unsure:
        say(f"unsure: {sentence}", err=True)
    if out is None:
        put(study.text)
        return 0
    with writing("--out", out):
        write_whole(out, study.text.encode())
    say(out)
    plan, launch = command("sweep", "plan", out), command("sweep", "launch", out)
    say(f"`{plan}` says what would run, `{launch}` runs it", err=True)
    return 0


def _horizon(text: str | None) -> int | str | None:
    """Rows or a duration. Raises UsageError for other text."""
    if text is None or text.isdecimal():
        return None if text is None else int(text)
    from workers.data.sources.fields import seconds  # noqa: PLC0415

    try:
        seconds(text)
    except ValueError as error:
        raise click.UsageError(f"--horizon: {error}; or of rows a whole number, such as 6") from None
    return text


def _check(out: Path, *, force: bool) -> None:
    """Raises UsageError where a file would be written over, CannotWrite where none can be written."""
    if out.suffix.lower() not in (".yaml", ".yml"):
        raise click.UsageError(f"--out {plain(str(out))}: its name must end in .yaml")
    with writing("--out", out):  # which is known before the work
        check_folder(out.parent)
    if out.is_dir() or (out.exists() and not force):
        raise click.UsageError(
            f"--out {plain(str(out))}: is there already; name another file, or say --force to write over it"
        )


def _answered(look: "Look", asked: "Asked") -> "Asked":
    """What is asked, with what the user answers to what is open. Raises DataError as the choices do."""
    from sweep.init import forecast, roles  # noqa: PLC0415
    from sweep.init.asked import Asked  # noqa: PLC0415
    from workers.wording import listed  # noqa: PLC0415

    targets = asked.targets
    if not targets:
        (usual,) = forecast.targets(look, asked)
        known = listed(map(plain, roles.candidates(look)))
        targets = (_prompt(f"Which column is to be forecast ({known})?", plain(usual)),)
        targets = (usual,) if targets == (plain(usual),) else targets
    wanted = forecast.forecast(look, Asked(targets, asked.horizon))
    if asked.horizon is not None or wanted.horizon is None:
        return Asked(targets, asked.horizon)
    answer = _prompt("How many rows ahead, or how long, such as 30min?", str(wanted.horizon.value))
    return Asked(targets, _horizon(answer))


def _prompt(question: str, usual: str) -> str:
    return str(click.prompt(question, default=usual, err=True))
