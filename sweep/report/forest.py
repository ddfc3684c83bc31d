"""The plot that answers: each arm's difference from the reference, how sure it is, and whether it matters."""

import math
from collections.abc import Mapping, Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from sweep.comparison.intervals import Interval
from sweep.comparison.smallest_carry import Goal
from sweep.comparison.verdict import ArmVerdict, Verdict
from sweep.report.plots import GREY, STYLE, shortened
from workers.spec import Objective

LOOKS = {  # colour and marker of a decision
    "better": ("#00795A", "D"),
    "worse": ("#C04F00", "X"),
    "equivalent": ("#0072B2", "s"),
    "undecided": ("#5F6670", "o"),
    "reference": ("#000000", "|"),
}
MINUS = "\N{MINUS SIGN}"


@mpl.rc_context(STYLE)
def forest(verdict: Verdict, differences: Mapping[str, Sequence[float]], goal: Goal, *, narrow: bool = False) -> Figure:
    """A row for each arm of the verdict, as it is ordered there.

    differences  (pairs,) of each arm, relative; dots behind its interval
    narrow       for a telephone: what stands beside the rows stands above them
    """
    rows = verdict.arms
    inches = 0.95 + (0.54 if narrow else 0.42) * len(rows)
    figure = Figure(figsize=(3.9 if narrow else 9.5, inches))
    left, right = (0.03, 0.97) if narrow else (0.23, 0.66)
    axes = figure.subplots(
        gridspec_kw={"left": left, "right": right, "bottom": 0.68 / inches, "top": 1 - 0.08 / inches}
    )
    low, high = _limits(verdict, differences)
    axes.set(xlim=(low, high), ylim=(len(rows) - 0.4, -0.8 if narrow else -0.6), yticks=[])
    axes.axvspan(-verdict.margin, verdict.margin, color="#E3EDF6", linewidth=0, zorder=0)
    axes.axvline(0, color="#333A44", linewidth=1, zorder=1)
    for place, row in enumerate(rows):
        _draw(axes, place, row, differences.get(row.arm, ()))
        _tell(axes, place, row, narrow=narrow)
    _describe(axes, verdict.reference, goal)
    return figure


def signed(part: float) -> str:
    """-0.031 as −3.1 %; what is not finite in words."""
    if math.isnan(part):
        return "no result"
    if math.isinf(part):
        return f"{MINUS}∞" if part < 0 else "+∞"
    if part == 0:
        return "0 %"
    shown = 100 * abs(part)
    return f"{MINUS if part < 0 else '+'}{f'{shown:.1f}' if shown >= 0.1 else f'{shown:.1g}'} %"


def between(interval: Interval) -> str:
    """−4.2 to −1.9 %."""
    low, high = (signed(bound) for bound in interval)
    return f"{low.removesuffix(' %') if high.endswith('%') else low} to {high}"


def _draw(axes: Axes, place: int, row: ArmVerdict, dots: Sequence[float]) -> None:
    colour, marker = LOOKS[row.decision]
    seen = [dot for dot in dots if math.isfinite(dot)]
    axes.plot(seen, np.full(len(seen), place - 0.21), "o", color=colour, alpha=0.35, markersize=4, markeredgewidth=0)
    if row.blocks is not None:
        _bar(axes, place + 0.24, row.blocks.interval, colour, 0.9)
    if row.interval is not None:
        _bar(axes, place, row.interval, colour, 2.6)
    low, high = axes.get_xlim()
    if low <= row.difference <= high:
        axes.plot(row.difference, place, marker, color=colour, markersize=8, markeredgecolor="white", zorder=4)
        if marker == "|":
            axes.plot(row.difference, place, "|", color=colour, markersize=11, markeredgewidth=2.5, zorder=4)


def _bar(axes: Axes, place: float, interval: Interval, colour: str, width: float) -> None:
    """From end to end, with an arrowhead where the drawing ends before the interval."""
    low, high = axes.get_xlim()
    if math.isnan(interval.low) or math.isnan(interval.high):
        return
    ends = [min(max(end, low), high) for end in interval]
    axes.plot(ends, [place, place], color=colour, linewidth=width, solid_capstyle="butt", zorder=3)
    for beyond, edge, marker in ((interval.low < low, low, "<"), (interval.high > high, high, ">")):
        if beyond:
            axes.plot(edge, place, marker, color=colour, markersize=3 + 1.4 * width, clip_on=False, zorder=4)


def _tell(axes: Axes, place: int, row: ArmVerdict, *, narrow: bool) -> None:
    """The arm's name, what was decided, and the numbers."""
    colour = LOOKS[row.decision][0]
    numbers = "" if row.interval is None else f"{signed(row.difference)} ({between(row.interval)})"
    across = axes.get_yaxis_transform()
    if narrow:
        axes.text(0, place - 0.46, shortened(row.arm, 22), transform=across, va="center", weight="bold")
        told = f"{row.decision}  {signed(row.difference) if numbers else ''}".rstrip()
        axes.text(1, place - 0.46, told, transform=across, va="center", ha="right", color=colour)
        return
    axes.text(-0.03, place, shortened(row.arm), transform=across, va="center", ha="right", fontsize=10.5)
    axes.text(1.03, place, row.decision, transform=across, va="center", color=colour, weight="bold", fontsize=10.5)
    axes.text(1.27, place, numbers, transform=across, va="center", color="#333A44", fontsize=9.5)


def _limits(verdict: Verdict, differences: Mapping[str, Sequence[float]]) -> tuple[float, float]:
    """All that is finite; but one arm that is far off does not squeeze all others into a point."""
    reaches = [_reach(row, differences.get(row.arm, ())) for row in verdict.arms[1:]] or [[0.0]]
    largest = [max(map(abs, reach)) for reach in reaches]
    most = max(3 * float(np.median(largest)), 4 * verdict.margin)
    ends = [end for reach in reaches for end in reach]
    low, high = max(min(ends), -most), min(max(ends), most)
    low, high = min(low, -1.6 * verdict.margin), max(high, 1.6 * verdict.margin)
    air = 0.05 * (high - low) or 0.01
    return low - air, high + air


def _reach(row: ArmVerdict, dots: Sequence[float]) -> list[float]:
    ends = [row.difference, *(row.interval or ()), *(row.blocks.interval if row.blocks else ()), *dots, 0.0]
    return [end for end in ends if math.isfinite(end)]


def _describe(axes: Axes, reference: str, goal: Goal) -> None:
    axes.xaxis.set_major_formatter(
        FuncFormatter(lambda part, _: f"{100 * part:+.4g} %".replace("-", MINUS).replace("+0 %", "0 %"))
    )
    axes.locator_params(axis="x", nbins=6)
    axes.tick_params(length=0)
    axes.spines["left"].set_visible(False)
    axes.set_xlabel(f"difference from {shortened(reference)}", color=GREY)
    good, bad = ("better", "worse")[:: Objective(goal=goal).sign]
    for place, side, word in ((0.0, "left", f"← {good}"), (1.0, "right", f"{bad} →")):
        colour = LOOKS[word.strip("←→ ")][0]
        axes.annotate(
            word, (place, 0), (0, -23), "axes fraction", "offset points", ha=side, va="top", weight="bold", color=colour
        )
