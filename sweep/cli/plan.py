"""`sweep plan`: what would run, arm by arm."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from sweep.core.commands import examples
from sweep.core.terminal import put, say
from sweep.core.text_table import text_lines

if TYPE_CHECKING:
    from sweep.launch.plan import Arm, Plan


@click.command(epilog=examples("sweep plan study.yaml", "sweep plan study.yaml --set budget.trials=48 --json"))
@click.argument("config")
@click.option("--set", "overrides", multiple=True, metavar="FIELD=VALUE", help="such as budget.trials=48")
@click.option("--json", "as_json", is_flag=True, help="print one JSON object on stdout and nothing else")
def plan(config: str, overrides: Sequence[str], *, as_json: bool) -> int:
    """Say what a study would run: what a dry run says, and each way to treat state.

    CONFIG is the study file, such as configs/study.yaml. Nothing is trained and nothing is written.
    """
    from sweep.launch import plan as planning  # noqa: PLC0415  (these take a second to import)
    from sweep.launch.data import load_study  # noqa: PLC0415

    found = planning.plan(*load_study(config, overrides, "text"))
    put(f"{json.dumps(found.as_json())}\n") if as_json else say(_as_text(found))
    return 0


def _as_text(found: "Plan") -> str:
    from sweep.launch.dry_run import as_text  # noqa: PLC0415

    merged = [f"{'merged' if number == 0 else '':<10}{line}" for number, line in enumerate(found.merged)]
    return "\n".join([as_text(found.rows), *merged, "", *_table(found.arms)])


def _table(arms: Sequence["Arm"]) -> list[str]:
    from rich.table import Table  # noqa: PLC0415

    headings = ("arm", "configurations", "trials", "steps an epoch", "timesteps carried")
    table = Table(*headings, box=None, padding=(0, 2, 0, 0), pad_edge=False)
    for arm in arms:
        count = "many" if arm.configurations is None else f"{arm.configurations:,}"
        table.add_row(arm.name, count, str(arm.trials), _between(arm.steps), _between(arm.carried))
    return text_lines(table)


def _between(ends: tuple[int, int]) -> str:
    low, high = ends
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"
