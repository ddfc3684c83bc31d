"""Which drawings a report has.

strip: every arm and baseline; forecasts, horizons, differences, learning, positions, where: errors by parts of the
test split, search, effort, fields: what was searched, and timeline: when which worker trained. strip-narrow and narrow
are the strip and the differences for a telephone.
"""

from dataclasses import replace

import numpy as np
from markupsafe import Markup
from matplotlib.figure import Figure

from sweep.comparison.expected_best import expected_best
from sweep.report import plots
from sweep.report.content import Curves, Report, values_by_arm, with_values
from sweep.report.drawing_style import arm_looks, png, svg
from sweep.report.forecasts import forecasts
from sweep.report.forest import forest
from sweep.report.horizons import horizons
from sweep.report.searched import searched
from sweep.report.strip import rows, strip
from sweep.report.timeline import timeline
from sweep.report.where import where
from workers.objective import Objective

NARROW = ("strip-narrow", "narrow")


def svgs(report: Report) -> dict[str, Markup]:
    """The drawings by name, as elements of a page."""
    return {name: svg(figure, name, _description(name, report)) for name, figure in _figures(report).items()}


def pngs(report: Report) -> dict[str, bytes]:
    """The drawings by name, as files; without those for a telephone."""
    return {name: png(figure) for name, figure in _figures(report).items() if name not in NARROW}


def _figures(report: Report) -> dict[str, Figure]:
    return (
        _of_scores(report)
        | _of_forecasts(report)
        | _of_horizons(report)
        | _of_differences(report)
        | _of_runs(report)
        | _of_search(report)
        | _of_workers(report)
    )


def _of_scores(report: Report) -> dict[str, Figure]:
    verdict = report.verdict
    if verdict is None:
        return {}
    sign = Objective(goal=report.goal).sign
    found = rows(verdict, report.scores, arm_looks(_order(report)), sign)
    better = "lower" if sign > 0 else "higher"
    measured = f"{verdict.measure.heading}, on the test split; {better} is better"
    return {"strip": strip(found, measured), "strip-narrow": strip(found, measured, narrow=True)}


def _of_differences(report: Report) -> dict[str, Figure]:
    if report.verdict is None or len(report.verdict.arms) < 2:
        return {}
    return {
        "differences": forest(report.verdict, report.differences),
        "narrow": forest(report.verdict, report.differences, narrow=True),
    }


def _of_forecasts(report: Report) -> dict[str, Figure]:
    return {"forecasts": forecasts(report.stretches, report.targets, report.units)} if report.stretches else {}


def _of_horizons(report: Report) -> dict[str, Figure]:
    found = report.by_horizon
    if found is None or not found.parts:
        return {}
    return {"horizons": horizons(found, arm_looks([*_order(report), *found.shown]))}


def _of_runs(report: Report) -> dict[str, Figure]:
    figures = {}
    looks = arm_looks([*_order(report), *report.curves, *report.positions])
    if report.curves:
        figures["learning"] = plots.learning(_curves(report), looks, f"validation {report.measure.heading}")
    if report.positions:
        measured = f"{report.of_loss.heading} on the test split"
        figures["positions"] = plots.by_position(report.positions, looks, measured)
    if report.breakdowns:
        figures["where"] = where(report.breakdowns, arm_looks(_order(report)), report.measure.heading)
    return figures


def _curves(report: Report) -> dict[str, Curves]:
    """In what is shown of the objective."""
    return {
        arm: replace(curve, values=np.vectorize(report.measure.value, otypes=[float])(curve.values))
        for arm, curve in report.curves.items()
    }


def _of_search(report: Report) -> dict[str, Figure]:
    values = values_by_arm(report)
    if not values:
        return {}
    sign = Objective(goal=report.goal).sign
    expected = {arm: expected_best(of_arm, sign=sign) for arm, of_arm in values.items()}
    looks = arm_looks([*_order(report), *expected])
    shown = report.measured
    fields = searched(with_values(report), looks, shown)
    return {
        "search": plots.search(values, shown),
        "effort": plots.effort(expected, looks, shown),
        **({"fields": fields} if fields else {}),
    }


def _of_workers(report: Report) -> dict[str, Figure]:
    return {"timeline": timeline(report.spans)} if report.spans else {}


def _order(report: Report) -> list[str]:
    """The arms as the verdict has them, so that they look alike in all drawings."""
    return [row.arm for row in report.verdict.arms] if report.verdict else []


def _description(name: str, report: Report) -> str:
    """What a screen reader says instead of the drawing."""
    differences = f"Differences of each arm from the reference. {_said(report)}"
    scores = f"Each arm and each forecast without a network on the test split. {_said(report)}"
    return {
        "strip": scores,
        "strip-narrow": scores,
        "differences": differences,
        "narrow": differences,
        "forecasts": "What was forecast against what was measured, on stretches of the test split",
        "horizons": "The error against the horizon",
        "learning": "Learning curves by arm",
        "where": "The error by time of day, by group and by how far into a sequence, where there are such",
        "positions": f"{report.of_loss.name} against position in the window, by arm",
        "search": "Values of all trials by arm",
        "effort": "The best value that is to be expected of so many trials, by arm",
        "fields": "Values of all trials against each field that was searched, by arm",
        "timeline": "When which worker trained",
    }[name]


def _said(report: Report) -> str:
    return report.verdict.sentence if report.verdict else ""
