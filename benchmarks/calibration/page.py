"""The measured part of docs/calibration.md, from what docs/calibration.json holds."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.calibration import tables
from benchmarks.calibration.conditions import Condition
from benchmarks.calibration.results import Results
from benchmarks.calibration.summary import summary
from benchmarks.calibration.tables import Counts

BEGIN, END = "<!-- measured: what follows is written by make calibrate -->", "<!-- end of what was measured -->"
PAGE, COUNTS = "calibration.md", "calibration.json"
TEXT = Path(__file__).parents[2] / "docs" / PAGE  # what it says beside what was measured


def write(folder: Path, conditions: Sequence[Condition], results: Results) -> None:
    """Write calibration.json and calibration.md in this folder, from these results."""
    counts = summary(conditions, results)
    (folder / COUNTS).write_text(json.dumps(counts, indent=1) + "\n", encoding="utf-8")
    (folder / PAGE).write_text(page(TEXT.read_text(encoding="utf-8"), counts, conditions), encoding="utf-8")


def page(text: str, counts: dict[str, Any], conditions: Sequence[Condition]) -> str:
    """The page with its measured part written anew; `conditions`: all that are planned."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    known = Counts(counts["conditions"])
    pieces = [_conditions(counts), _missing(known, conditions), *tables.sections(known)]
    measured = "\n\n".join(pieces)
    return f"{before}{BEGIN}\n\n{measured}\n\n{END}{after}"


def _conditions(counts: dict[str, Any]) -> str:
    """How much was run, when, and on what."""
    days = counts["days"]
    if not days:
        return "Nothing was run."
    when = days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}"
    rows = counts["conditions"].values()
    total = sum(row["studies"] for row in rows)
    spent = sum(row["studies"] * row["seconds"] for row in rows) / 3600
    lines = [f"{total:,} studies, {spent:.1f} hours of one process, {when}."]
    lines += [f"On {machine}." for machine in counts["machines"]]
    lines += [f"With version {code}." for code in counts["code"]]
    return "\n".join(lines)


def _missing(known: Counts, conditions: Sequence[Condition]) -> str:
    """What of the plan was not run."""
    short = [condition for condition in conditions if known.studies(condition) < condition.planned]
    if not short:
        return "All that is planned was run."
    lines = [
        f"- `{part}`: {sum(each.planned - known.studies(each) for each in of):,} studies of"
        f" {sum(each.planned for each in conditions if each.part == part):,}"
        for part in dict.fromkeys(condition.part for condition in short)
        if (of := [condition for condition in short if condition.part == part])
    ]
    return "\n".join(
        [
            "Planned and **not run**; `make calibrate` runs them, and `make calibrate PARTS=name` those of a part:",
            *lines,
        ]
    )
