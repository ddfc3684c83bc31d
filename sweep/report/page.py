"""The report of a study: one page that answers first and explains after."""

import json
from html import escape
from pathlib import Path

from matplotlib.figure import Figure
from plotly.offline import get_plotlyjs

from sweep.comparison.diagnosis import explained
from sweep.comparison.sentence import percent
from sweep.comparison.verdict import Verdict
from sweep.report import html, plots, tables
from sweep.report.content import Report, as_json, best_of_arms, ranked, values_by_arm
from sweep.report.forest import forest

__all__ = ["Report", "as_html", "as_json", "pngs", "write"]

MOST_TRIALS = 200  # in the page's table; the JSON has all
NO_COMPARISON = "No comparison was made: what a search finds is a hint, not a verdict."
UNEVEN = (
    "An arm that was tried oftener looks better, trials were chosen because others did well, and one seed cannot tell"
    " luck from merit. Only fresh runs with common seeds can say which arm wins."
)


def write(report: Report, folder: Path) -> list[Path]:
    """Write report.html, report.json and the drawings as PNG files, each whole or not at all; the page is first.

    Raises OSError where the folder cannot be made or written to.
    """
    files = {
        "report.html": as_html(report).encode(errors="replace"),
        "report.json": (json.dumps(as_json(report), indent=1, allow_nan=False) + "\n").encode(),
        **{f"{name}.png": data for name, data in pngs(report).items()},
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        unfinished = folder / f"{name}.tmp"
        unfinished.write_bytes(data)
        unfinished.replace(folder / name)
    return [folder / name for name in files]


def as_html(report: Report) -> str:
    """One page that needs no network, and no scripts unless it has plotly drawings."""
    drawn = {name: plots.svg(figure, name, _described(name, report)) for name, figure in _drawings(report).items()}
    told = [*(report.verdict.notes if report.verdict else ()), *report.notes]
    parts = [
        *_answer(report, drawn),
        html.notes(told),
        _arms(report),
        html.section("Why", *_why(report, drawn)),
        html.section("What was searched", *_searched(report, drawn)),
        html.section("Data, versions, and how to reproduce this", tables.facts(report.facts)),
        html.section("The study file", f"<pre>{escape(report.study_file)}</pre>" if report.study_file else ""),
    ]
    return html.document(f"{report.study}: report", "\n".join(filter(None, parts)), scripts=bool(report.figures))


def pngs(report: Report) -> dict[str, bytes]:
    """The drawings by name: differences, learning, positions, search; those that there are."""
    return {name: plots.png(figure) for name, figure in _drawings(report).items() if name != "narrow"}


def _drawings(report: Report) -> dict[str, Figure]:
    drawn = {}
    order = [row.arm for row in report.verdict.arms] if report.verdict else []
    if len(order) > 1 and report.verdict:
        drawn["differences"] = forest(report.verdict, report.differences, report.goal)
        drawn["narrow"] = forest(report.verdict, report.differences, report.goal, narrow=True)
    looks = plots.looks([*order, *report.curves, *report.positions])
    if report.curves:
        drawn["learning"] = plots.learning(report.curves, looks, report.metric)
    if report.positions:
        drawn["positions"] = plots.by_position(report.positions, looks)
    values = values_by_arm(report)
    if values:
        drawn["search"] = plots.search(values, report.metric)
    return drawn


def _described(name: str, report: Report) -> str:
    """For who cannot see the drawing."""
    if name in {"differences", "narrow"} and report.verdict:
        return f"Differences of each arm from the reference. {report.verdict.sentence}"
    return {"learning": "Learning curves by arm", "positions": "Loss against position in the window, by arm"}.get(
        name, "Values of all trials by arm"
    )


def _answer(report: Report, drawn: dict[str, str]) -> list[str]:
    """What is read in ten seconds."""
    if report.verdict is None:
        best = best_of_arms(report)
        found = "" if best else html.paragraph("No trial has come to a result yet.")
        return [
            html.headline(NO_COMPARISON),
            _lead(report),
            tables.best(best, report.metric),
            found,
            html.paragraph(UNEVEN),
        ]
    parts = [html.headline(report.verdict.sentence), _lead(report)]
    if "differences" in drawn:
        caption = _caption(report.verdict)
        parts.append(html.figure(drawn["differences"], caption, kind="wide"))
        parts.append(html.figure(drawn["narrow"], caption, kind="narrow"))
    return parts


def _lead(report: Report) -> str:
    asked = f"{report.goal} {report.metric}" + (f" ({report.units})" if report.units else "")
    terms = [("Study", report.study), ("Objective", asked)]
    if report.verdict:
        seeds = sorted({row.seeds for row in report.verdict.arms})
        several = str(seeds[0]) if len(seeds) == 1 else f"{seeds[0]} to {seeds[-1]}"
        terms += [("Compared", f"{len(report.verdict.arms)} ways of handling state, by {several} fresh runs each")]
    elif report.trials:
        terms += [("Trials", str(len(report.trials)))]
    return html.lead(terms)


def _caption(verdict: Verdict) -> str:
    return (
        f"Each way of handling state on the test split, relative to {verdict.reference}. Dots: single seeds. Thick"
        f" lines: {100 * verdict.level:.4g} % intervals over seeds. Thin lines: over other stretches of the test data."
        f" Shaded: differences within ±{percent(verdict.margin)} %, which this study calls too small to matter."
    )


def _arms(report: Report) -> str:
    if report.verdict is None:
        return ""
    return html.section("The numbers", tables.arms(report.verdict, report.metric, report.units), html.READING)


def _why(report: Report, drawn: dict[str, str]) -> list[str]:
    """What each arm's state is worth."""
    told = [html.paragraph(text) for text in explained(report.diagnoses, report.carries, report.goal)]
    table = tables.why(report.diagnoses)
    return [*told, table, html.STATE if table else "", _learning(drawn)]


def _learning(drawn: dict[str, str]) -> str:
    shown = []
    if "learning" in drawn:
        caption = "Learning: the mean over seeds at each epoch; the band reaches from the lowest seed to the highest."
        shown.append(html.figure(drawn["learning"], caption))
    if "positions" in drawn:
        caption = (
            "State: loss against position in the window. Where a curve falls, earlier timesteps help; where it is flat,"
            " they do not. Dotted: from a cold start; the gap is what carried state is worth."
        )
        shown.append(html.figure(drawn["positions"], caption))
    return f'<div class="pair">{"".join(shown)}</div>' if shown else ""


def _searched(report: Report, drawn: dict[str, str]) -> list[str]:
    if not report.trials:
        return []
    shown = ranked(report)[:MOST_TRIALS]
    some = f"The best {MOST_TRIALS} of {len(report.trials):,} trials; report.json has all."
    parts = [html.paragraph(UNEVEN)] if report.verdict else []
    if "search" in drawn:
        caption = "Every complete trial's value, by arm; how many in brackets."
        parts.append(f'<div class="pair">{html.figure(drawn["search"], caption)}</div>')
    if report.figures:
        parts.append(f"<script>{get_plotlyjs()}</script>")
        parts += [f'<div class="ready"><h3>{escape(title)}</h3>\n{drawing}</div>' for title, drawing in report.figures]
    parts.append(html.paragraph(some if len(report.trials) > MOST_TRIALS else ""))
    return [*parts, tables.trials(shown, report.metric)]
