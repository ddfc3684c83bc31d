"""Every arm and every forecast without a network on one axis, in the target's units: what the report shows first."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sweep.comparison.measure import in_table
from sweep.comparison.sentence import title
from sweep.comparison.verdict import Verdict
from sweep.report.drawing_style import DARK_GREY, GREY, STYLE, Lines, Look, label_ticks
from sweep.report.forest import BASELINE
from sweep.report.formatting import shortened

FAR = 4.0  # times the median distance from the best: what is further off is an arrowhead at the edge
WIDE = Lines(width=7.0, line=0.33, left=0.27, right=0.7, top=-0.6, around=0.62, below=0.54, above=0.04)
NARROW = Lines(width=3.9, line=0.5, left=0.03, right=0.97, top=-0.8, around=0.62, below=0.54, above=0.04)
NAMED_PAPER = "#E4F1EC"


class Row(NamedTuple):
    """An arm, or a forecast without a network.

    mark  what is shown of its mean on the test split; NaN where it came to no result
    dots  the same of each of its runs
    says  what stands beside its number
    named whether it is the arm that is recommended
    """

    name: str
    mark: float
    dots: Sequence[float]
    says: str
    colour: str
    marker: str
    named: bool = False


def rows(
    verdict: Verdict, scores: Mapping[str, Sequence[float]], looks: Mapping[str, Look], sign: int = 1
) -> list[Row]:
    """The best first, those without a result last.

    scores  (n_seeds,) the objective of each arm's runs on the test split
    looks   the colour of each arm
    sign    of the objective: 1 where less is better
    """
    shown, named = verdict.measure.value, verdict.recommendation.arm
    found = [
        Row(
            row.arm,
            shown(row.test_mean),
            [shown(value) for value in scores.get(row.arm, ())],
            title(verdict).lower() if row.arm == named else "",
            looks[row.arm]["color"],
            looks[row.arm]["marker"],
            row.arm == named,
        )
        for row in verdict.arms
    ]
    naive = {row.name: row.test_mean for row in verdict.against} | dict(verdict.baselines)
    found += [Row(name, shown(value), (), "no network", GREY, BASELINE) for name, value in naive.items()]
    return sorted(found, key=lambda row: (not math.isfinite(row.mark), sign * row.mark))


@mpl.rc_context(STYLE)
def strip(found: Sequence[Row], measured: str, *, narrow: bool = False) -> Figure:
    """A line for each row: its runs as dots, its mean as a mark, and its number.

    measured  what is shown, with units
    narrow    for a telephone: names and numbers stand above the lines instead of beside them
    """
    figure, axes = (NARROW if narrow else WIDE).axes(len(found))
    axes.set_xlim(_limits(found))
    for y, row in enumerate(found):
        if row.named:
            axes.axhspan(y - (0.72 if narrow else 0.46), y + (0.27 if narrow else 0.46), color=NAMED_PAPER, zorder=0)
        _draw(axes, y, row)
        _write(axes, y, row, narrow=narrow)
    label_ticks(axes, lambda value: f"{value:.6g}")
    axes.locator_params(axis="x", nbins=5)
    axes.tick_params(length=0)
    axes.spines["left"].set_visible(False)
    axes.set_xlabel(shortened(measured, 60), color=DARK_GREY)
    return figure


def _draw(axes: Axes, y: float, row: Row) -> None:
    low, high = axes.get_xlim()
    dots = [dot for dot in row.dots if low <= dot <= high]
    axes.plot(dots, np.full(len(dots), y), "o", color=row.colour, alpha=0.35, markersize=5, markeredgewidth=0)
    if low <= row.mark <= high:
        axes.plot(row.mark, y, row.marker, color=row.colour, markersize=8, markeredgecolor="white", zorder=4)
    elif math.isfinite(row.mark):
        beyond, marker = (low, "<") if row.mark < low else (high, ">")
        axes.plot(beyond, y, marker, color=row.colour, markersize=7, clip_on=False, zorder=4)


def _write(axes: Axes, y: float, row: Row, *, narrow: bool) -> None:
    """The name, the number, and what is said beside it."""
    across, weight = axes.get_yaxis_transform(), "bold" if row.named else "normal"
    number = in_table(row.mark)
    if narrow:
        said = f"{row.says}  {number}".strip()
        axes.text(0, y - 0.45, shortened(row.name, 22), transform=across, va="center", weight="bold")
        axes.text(1, y - 0.45, said, transform=across, va="center", ha="right", weight=weight)
        return
    axes.text(-0.03, y, shortened(row.name), transform=across, va="center", ha="right", weight=weight)
    axes.text(1.05, y, number, transform=across, va="center", weight="bold")
    axes.text(1.3, y, row.says, transform=across, va="center", color=DARK_GREY, fontsize=9.5)


def _limits(found: Iterable[Row]) -> tuple[float, float]:
    """All that is about as far from the best as most are: one that is far off does not squeeze all others."""
    kept = [row for row in found if math.isfinite(row.mark)]
    if not kept:
        return 0.0, 1.0
    best = kept[0].mark
    values = [value for row in kept for value in (row.mark, *row.dots) if math.isfinite(value)]
    away = [abs(row.mark - best) for row in kept]
    reach = FAR * float(np.median(away)) or max(abs(value - best) for value in values)
    near = [value for value in values if abs(value - best) <= reach]
    air = 0.07 * (max(near) - min(near)) or 0.05 * abs(best) or 1.0
    return min(near) - air, max(near) + air
