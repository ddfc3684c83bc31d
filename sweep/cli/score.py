"""`sweep score`: how good a study's model is on the rows of a file, beside how good it was on the test split."""

import json
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sweep.cli.model import asked, check_there, forecaster_of, model_option, note, written_option
from sweep.core.commands import examples
from sweep.core.terminal import put, say
from sweep.core.text_table import text_lines

if TYPE_CHECKING:
    from workers.forecasting.scoring import Scores


@click.command(
    epilog=examples(
        "sweep score study.yaml new.csv",
        "sweep score load new.csv --model models:/load/3 --json",
        "sweep score load new.csv --set data.separator=';'",
    )
)
@click.argument("study")
@click.argument("rows", type=click.Path(path_type=Path))
@written_option
@model_option
@click.option("--json", "as_json", is_flag=True, help="print one JSON object on stdout and nothing else")
def score(study: str, rows: Path, written: tuple[str, ...], model: str | None, *, as_json: bool) -> int:
    """Score forecasts of rows whose targets are known, and say whether it is time to train again.

    STUDY is the study file, or a study's name. ROWS is a file as for `sweep predict`, with the targets.
    """
    check_there(rows)
    from sweep.comparison.new_rows import compared, sentence  # noqa: PLC0415  (seconds to import)

    forecaster = forecaster_of(study, model, written)
    beside = Path(study).parent if Path(study).is_file() else Path()
    scores, unlike = asked(partial(forecaster.score, folder=beside), rows)
    recipe = forecaster.recipe
    found = compared(scores, recipe.test, recipe.scores)
    conclusion, notes = sentence(found, len(scores.losses)), [*scores.notes, *_seen(scores), *unlike]
    for said in (*notes, forecaster.described):
        note(said)
    if as_json:
        counts = {"given": scores.rows, "scored": len(scores.losses), "seen_in_training": scores.seen}
        values = {"metrics": dict(scores.metrics), "baselines": {n: dict(v) for n, v in scores.baselines.items()}}
        ends = {"comparison": found.as_json(), "sentence": conclusion, "notes": notes}
        answer = {"study": recipe.name, "model": forecaster.described, "rows": counts, **values, **ends}
        put(f"{json.dumps(answer)}\n")
    else:
        say("\n".join([conclusion, "", *_table(scores, several=bool(recipe.horizons))]))
    return 0


def _seen(scores: "Scores") -> list[str]:
    """A note where training saw some of the rows."""
    if not scores.seen:
        return []
    which = f"{scores.seen:,} of {len(scores.losses):,} scored rows are not later than the last that training saw"
    return [f"{which}: on rows that it has learnt from, a model is better than on new ones"]


def _table(scores: "Scores", *, several: bool) -> list[str]:
    """The metrics of the model, and of the forecasts without one; of several horizons a line for each of them."""
    rows = {"the model": scores.metrics, **scores.baselines}
    if not several:
        return _lines(rows, list(scores.metrics))
    whole = [name for name in scores.metrics if "/" not in name]
    of_each = [name for metric in whole for name in scores.metrics if name.startswith(f"{metric}/")]
    by_name = {name: {row: values[name] for row, values in rows.items() if name in values} for name in of_each}
    return [*_lines(rows, whole), "", *_lines(by_name, list(rows))]


def _lines(rows: Mapping[str, Mapping[str, float]], columns: Sequence[str]) -> list[str]:
    from rich.table import Table  # noqa: PLC0415

    table = Table("", *columns, box=None, padding=(0, 2, 0, 0), pad_edge=False)
    for name, values in rows.items():
        table.add_row(name, *(f"{values[column]:.6g}" if column in values else "" for column in columns))
    return text_lines(table)
