"""The measured part of docs/article.md, from what docs/article.json holds."""

from collections.abc import Iterable
from typing import Any

PROGRAMS = ("1 stateless", "2 reset every batch", "3 reset every epoch", "or every sequence")
BEGIN, END = "<!-- measured: what follows is written by make article -->", "<!-- end of what was measured -->"


def page(text: str, results: dict[str, Any]) -> str:
    """The page with its measured part written anew."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{_measured(results)}\n\n{END}{after}"


def _measured(results: dict[str, Any]) -> str:
    """A table of all studies, then each with its verdict and its intervals."""
    studies = results["studies"]
    versions = " and ".join(f"{name} {number}" for name, number in results["versions"].items())
    summary = _table(("data", "test", *PROGRAMS), map(_summary, studies.values()))
    return "\n\n".join([summary, f"With {versions}.", *(_details(path, study) for path, study in studies.items())])


def _summary(study: dict[str, Any]) -> list[str]:
    rows = {arm["arm"]: arm for arm in study["verdict"]["arms"]}
    cells = [study["data"], _words(study["metric"])]
    for number, arm in enumerate(study["arms"]):
        same = study["arms"].index(arm)
        cells.append(f"as {PROGRAMS[same][0]}" if same < number else _short(rows[arm]))
    return cells


def _short(row: dict[str, Any]) -> str:
    mean = f"{row['test_mean']:.4g}"
    return mean if row["decision"] == "reference" else f"{mean}, {row['decision']}"


def _details(path: str, study: dict[str, Any]) -> str:
    verdict = study["verdict"]
    test = f"test {_words(study['metric'])}"
    heading = ("arm", "seeds", test, "difference", "interval", "better / same / worse", "decision")
    rows = [_row(row) for row in verdict["arms"]]
    naive = [[f"{name}, no network", "", f"{value:.4g}", *[""] * 4] for name, value in verdict["baselines"].items()]
    told = [f"### {study['data']}", f"`{path}`: *{verdict['sentence']}*", _table(heading, [*rows, *naive])]
    return "\n\n".join([*told, *(f"Note: {note}" for note in verdict["notes"])])


def _row(row: dict[str, Any]) -> list[str]:
    """The reference comes first in a verdict, and has nothing to be compared with."""
    cells = [row["arm"], str(row["seeds"]), f"{row['test_mean']:.4g}"]
    if row["decision"] == "reference":
        return [*cells, "", "", "", "reference"]
    difference = "unknown" if row["difference"] is None else f"{row['difference']:+.1%}"
    chances = " / ".join(f"{100 * part:.0f}" for part in row["probabilities"])
    return [*cells, difference, _interval(row["interval"]), f"{chances} %", row["decision"]]


def _interval(ends: list[float | None] | None) -> str:
    low, high = ends or (None, None)
    return "unbounded" if low is None or high is None else f"{low:+.1%} to {high:+.1%}"


def _table(heading: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    names = list(heading)
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (names, ["---"] * len(names), *rows))


def _words(name: str) -> str:
    return name.replace("_", " ")
