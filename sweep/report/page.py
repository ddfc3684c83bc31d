"""The report of a study as one page that answers first and explains after."""

from typing import Any

from sweep.comparison.diagnosis import explained
from sweep.comparison.sentence import recommended, title
from sweep.comparison.verdict import Verdict
from sweep.report import html, tables
from sweep.report.breakdowns import FEWEST_ROWS
from sweep.report.content import Report, best_of_arms, best_trial, ranked
from sweep.report.drawings import svgs
from sweep.report.use import configuration

MAX_TRIALS = 200  # in the page's table; the JSON has all
NO_COMPARISON = "No comparison was made: what a search finds is a hint, not a verdict."
UNEVEN = (
    "An arm that was tried oftener looks better, trials were chosen because others did well, and one seed cannot tell"
    " luck from merit. Only fresh runs with common seeds can say which arm wins."
)


def as_html(report: Report) -> str:
    """The page's HTML. It needs no network and no other file."""
    return html.render(
        "page.html",
        report=report,
        script=html.script("tables.js"),
        drawings=svgs(report),
        **_answer(report),
        **_search(report),
    )


def _answer(report: Report) -> dict[str, Any]:
    """What the page says of the comparison, and of the arms where there is none."""
    verdict = report.verdict
    parameters = verdict.recommendation.parameters if verdict else {}
    return {
        "headline": verdict.sentence if verdict else NO_COMPARISON,
        "notes": [*(verdict.notes if verdict else ()), *report.notes],
        "seeds": _seeds(verdict) if verdict else "",
        "measured": report.measure.heading,
        "explanations": explained(report.diagnoses, report.carries, report.of_loss),
        "best_of_arms": best_of_arms(report),
        "best_trial": best_trial(report),
        "recommended": recommended(verdict) if verdict else "",
        "title": title(verdict) if verdict else "",
        "configuration": configuration(parameters) if parameters else "",
        "by_setting": tables.by_setting(verdict) if verdict else [],
        "settings": tables.settings(verdict) if verdict else [],
        "uneven": UNEVEN,
        "fewest_rows": FEWEST_ROWS,
        "by_hour": any("hour" in each.by for each in report.breakdowns),
    }


def _search(report: Report) -> dict[str, Any]:
    """What the page says of the trials."""
    return {"trials": tables.of_trials(ranked(report)[:MAX_TRIALS], report)}


def _seeds(verdict: Verdict) -> str:
    """10, or 8 to 10 where arms differ."""
    fewest, *_, most = sorted(row.seeds for row in (verdict.arms[0], *verdict.arms))
    return str(fewest) if fewest == most else f"{fewest} to {most}"
