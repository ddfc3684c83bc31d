"""The report of a study as one page that answers first and explains after."""

from typing import Any

from markupsafe import Markup
from plotly.offline import get_plotlyjs

from sweep.comparison.diagnosis import explained
from sweep.comparison.verdict import Verdict
from sweep.report import html, tables
from sweep.report.content import Report, best_of_arms, best_trial, ranked
from sweep.report.drawings import svgs

MAX_TRIALS = 200  # in the page's table; the JSON has all
NO_COMPARISON = "No comparison was made: what a search finds is a hint, not a verdict."
UNEVEN = (
    "An arm that was tried oftener looks better, trials were chosen because others did well, and one seed cannot tell"
    " luck from merit. Only fresh runs with common seeds can say which arm wins."
)


def as_html(report: Report) -> str:
    """The page's HTML. It needs no network, and no scripts unless the report has plotly drawings."""
    return html.render("page.html", report=report, drawings=svgs(report), **_answer(report), **_search(report))


def _answer(report: Report) -> dict[str, Any]:
    """What the page says of the comparison, and of the arms where there is none."""
    verdict = report.verdict
    return {
        "headline": verdict.sentence if verdict else NO_COMPARISON,
        "notes": [*(verdict.notes if verdict else ()), *report.notes],
        "seeds": _seeds(verdict) if verdict else "",
        "measured": report.metric.rpartition("/")[2].removesuffix("_deployed"),
        "explanations": explained(report.diagnoses, report.carries),
        "best_of_arms": best_of_arms(report),
        "best_trial": best_trial(report),
        "recommended": tables.listed(verdict.recommendation.parameters) if verdict else "",
        "by_setting": tables.by_setting(verdict) if verdict else [],
        "settings": tables.settings(verdict) if verdict else [],
        "uneven": UNEVEN,
    }


def _search(report: Report) -> dict[str, Any]:
    """What the page says of the trials. Plotly's own drawings are HTML already."""
    return {
        "trials": tables.trial_rows(ranked(report)[:MAX_TRIALS], report),
        "figures": [(title, Markup(drawing)) for title, drawing in report.figures],  # noqa: S704  (plotly made it)
        "plotly": Markup(get_plotlyjs()) if report.figures else "",  # noqa: S704  (the library's own script)
    }


def _seeds(verdict: Verdict) -> str:
    """10, or 8 to 10 where arms differ."""
    fewest, *_, most = sorted(row.seeds for row in (verdict.arms[0], *verdict.arms))
    return str(fewest) if fewest == most else f"{fewest} to {most}"
