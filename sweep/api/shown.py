"""What a notebook shows of a study: the answer and its numbers, as HTML."""

from collections import Counter
from collections.abc import Iterator, Sequence

from markupsafe import Markup

from sweep.comparison.interval import Interval
from sweep.comparison.measure import Measure, in_table
from sweep.comparison.sentence import recommended, title
from sweep.comparison.verdict import Verdict
from sweep.core.trials import Run
from sweep.report.formatting import between, signed

HEADINGS = ("seeds", "difference", "interval", "decision")
ROW = Markup("<tr><th style='text-align: left'>{}</th>{}</tr>")
CELL, HEADING = Markup("<td>{}</td>"), Markup("<th>{}</th>")


def html(study: str, trials: Sequence[Run], verdict: Verdict | None) -> str:
    """The sentence, what is recommended, and a table of every arm and baseline; or how far the study is."""
    if verdict is None:
        states = Counter(outcome.state for _, outcome in trials)
        counts = ", ".join(f"{number} {state}" for state, number in states.items()) or "no trials"
        return Markup("<p><b>{}</b>: {}; no verdict yet</p>").format(study, counts)
    said = Markup("<p>{}</p><p><b>{}: {}</b></p>").format(verdict.sentence, title(verdict), recommended(verdict))
    headings = Markup().join(HEADING.format(name) for name in (verdict.measure.heading, *HEADINGS))
    rows = Markup().join(ROW.format(name, Markup().join(map(CELL.format, cells))) for name, cells in _rows(verdict))
    return said + Markup("<table><thead>{}</thead><tbody>{}</tbody></table>").format(ROW.format("", headings), rows)


def not_launched(study: str) -> str:
    """That the ledger has no such study."""
    return Markup("<p><b>{}</b>: not launched yet; <code>run()</code> runs it</p>").format(study)


def _rows(verdict: Verdict) -> Iterator[tuple[str, Sequence[object]]]:
    measure = verdict.measure
    for arm in verdict.arms:
        yield (
            arm.arm,
            (_score(measure, arm.test_mean), arm.seeds, *_difference(arm.difference, arm.interval), arm.decision),
        )
    for each in verdict.against:
        score = _score(measure, each.test_mean)
        yield f"{each.name}, no network", (score, "", *_difference(each.difference, each.interval), each.decision)


def _score(measure: Measure, objective: float) -> str:
    return in_table(measure.value(objective))


def _difference(difference: float, interval: Interval | None) -> tuple[str, str]:
    """With its interval; both empty for the reference."""
    return (signed(difference), between(interval)) if interval else ("", "")
