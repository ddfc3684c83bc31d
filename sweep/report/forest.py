"""The plot that answers: each arm's difference from the reference, how sure it is, and whether it matters."""

import math
from collections.abc import Mapping, Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sweep.comparison.interval import Interval
from sweep.comparison.verdict import ArmVerdict, BaselineVerdict, Verdict
from sweep.report.drawing_style import DARK_GREY, GREY, STYLE, Lines, label_ticks
from sweep.report.formatting import MINUS, between, shortened, signed

Row = ArmVerdict | BaselineVerdict
WIDE = Lines(width=9.5, line=0.42, left=0.23, right=0.66, top=-0.6, around=0.95, below=0.68, above=0.08)
NARROW = Lines(width=3.9, line=0.54, left=0.03, right=0.97, top=-0.8, around=1.15, below=0.88, above=0.08)
BELOW_DIRECTIONS = 20  # points from the axis to its label, where there is no room between "better" and "worse"
BASELINE = "v"  # marker of a forecast without a network
LOOKS = {  # colour and marker of a decision
    "better": ("#00795A", "D"),
    "worse": ("#B04800", "X"),
    "equivalent": ("#006DAA", "s"),
    "undecided": ("#5F6670", "o"),
    "reference": ("#000000", "|"),
}


@mpl.rc_context(STYLE)
def forest(verdict: Verdict, differences: Mapping[str, Sequence[float]], *, narrow: bool = False) -> Figure:
    """A row for each arm of the verdict, as it is ordered there, and for each baseline.

    differences  (n_seeds,) of each arm, relative; dots behind its interval
    narrow       for a telephone: names and decisions stand above the rows instead of beside them
    """
    rows: list[Row] = [*verdict.arms, *verdict.against]
    figure, axes = (NARROW if narrow else WIDE).axes(len(rows))
    axes.set_xlim(_limits(verdict, differences))
    axes.axvspan(-verdict.margin, verdict.margin, color="#E3EDF6", linewidth=0, zorder=0)
    axes.axvline(0, color=DARK_GREY, linewidth=1, zorder=1)
    write = _write_above if narrow else _write_beside
    for y, row in enumerate(rows):
        dots = differences.get(row.arm, ()) if isinstance(row, ArmVerdict) else ()
        _draw(axes, y, row, dots, _common(row, verdict))
        write(axes, y, row)
    _label_axis(axes, verdict.reference, narrow=narrow)
    _label_directions(axes)
    return figure


def _common(row: Row, verdict: Verdict) -> list[Interval | None]:
    """With both at the arm's setting, and at the reference's; nothing where that is the same one."""
    if isinstance(row, BaselineVerdict):
        return []
    settings = (row.setting, verdict.arms[0].setting)
    there = [row.at(setting) for setting in settings if len(set(settings)) > 1]
    return [found.interval if found and found.deciding else None for found in there]


def _look(row: Row) -> tuple[str, str]:
    """The colour of its decision, which of a baseline is another, and its marker."""
    colour, marker = LOOKS[row.decision]
    return (colour, marker) if isinstance(row, ArmVerdict) else (GREY, BASELINE)


def _name(row: Row) -> str:
    return row.arm if isinstance(row, ArmVerdict) else row.name


def _says(row: Row) -> str:
    """The decision, which of a baseline is against the recommended arm."""
    if isinstance(row, ArmVerdict):
        return row.decision
    return {"better": "beats it", "worse": "beaten"}.get(row.decision, row.decision)


def _draw(axes: Axes, y: float, row: Row, dots: Sequence[float], common: Sequence[Interval | None]) -> None:
    """The row's seeds as dots, its interval and its difference; below, the intervals at common settings."""
    colour, marker = _look(row)
    finite = [dot for dot in dots if math.isfinite(dot)]
    axes.plot(finite, np.full(len(finite), y - 0.21), "o", color=colour, alpha=0.35, markersize=4, markeredgewidth=0)
    for below, interval in zip((0.17, 0.26), common, strict=False):
        if interval is not None:
            _bar(axes, y + below, interval, colour, 0.9)
    if row.interval is not None:
        _bar(axes, y, row.interval, colour, 2.6)
    low, high = axes.get_xlim()
    if low <= row.difference <= high:
        axes.plot(row.difference, y, marker, color=colour, markersize=8, markeredgecolor="white", zorder=4)
        if marker == "|":
            axes.plot(row.difference, y, "|", color=colour, markersize=11, markeredgewidth=2.5, zorder=4)


def _bar(axes: Axes, y: float, interval: Interval, colour: str, width: float) -> None:
    """From end to end, with an arrowhead where the drawing ends before the interval."""
    low, high = axes.get_xlim()
    if math.isnan(interval.low) or math.isnan(interval.high):
        return
    ends = [min(max(end, low), high) for end in interval]
    axes.plot(ends, [y, y], color=colour, linewidth=width, solid_capstyle="butt", zorder=3)
    for beyond, edge, marker in ((interval.low < low, low, "<"), (interval.high > high, high, ">")):
        if beyond:
            axes.plot(edge, y, marker, color=colour, markersize=3 + 1.4 * width, clip_on=False, zorder=4)


def _write_above(axes: Axes, y: float, row: Row) -> None:
    """The arm's name, its decision and its difference."""
    across = axes.get_yaxis_transform()
    difference = "" if row.interval is None else signed(row.difference)
    decision = f"{_says(row)}  {difference}".rstrip()
    axes.text(0, y - 0.46, shortened(_name(row), 22), transform=across, va="center", weight="bold")
    axes.text(1, y - 0.46, decision, transform=across, va="center", ha="right", color=_look(row)[0])


def _write_beside(axes: Axes, y: float, row: Row) -> None:
    """The arm's name, its decision, its difference and the interval of that."""
    across = axes.get_yaxis_transform()
    colour = _look(row)[0]
    numbers = "" if row.interval is None else f"{signed(row.difference)} ({between(row.interval)})"
    axes.text(-0.03, y, shortened(_name(row)), transform=across, va="center", ha="right", fontsize=10.5)
    axes.text(1.03, y, _says(row), transform=across, va="center", color=colour, weight="bold", fontsize=10.5)
    axes.text(1.27, y, numbers, transform=across, va="center", color=DARK_GREY, fontsize=9.5)


def _limits(verdict: Verdict, differences: Mapping[str, Sequence[float]]) -> tuple[float, float]:
    """All that is finite; but one arm that is far off does not squeeze all others into a point."""
    others = verdict.arms[1:]
    rows = [_finite_values(row, differences.get(row.arm, ()), _common(row, verdict)) for row in others] or [[0.0]]
    furthest = [max(map(abs, values)) for values in rows]
    most = max(3 * float(np.median(furthest)), 4 * verdict.margin)
    values = [value for row in rows for value in row]
    beside = [min(max(value, -most), most) for row in verdict.against for value in _finite_values(row, (), ())]
    values += beside
    low = min(max(min(values), -most), -1.6 * verdict.margin)
    high = max(min(max(values), most), 1.6 * verdict.margin)
    air = 0.05 * (high - low) or 0.01
    return low - air, high + air


def _finite_values(row: Row, dots: Sequence[float], common: Sequence[Interval | None]) -> list[float]:
    ends = [end for interval in (row.interval, *common) if interval for end in interval]
    return [value for value in (row.difference, *ends, *dots, 0.0) if math.isfinite(value)]


def _label_axis(axes: Axes, reference: str, *, narrow: bool) -> None:
    label_ticks(axes, _tick)
    axes.locator_params(axis="x", nbins=6)
    axes.tick_params(length=0)
    axes.spines["left"].set_visible(False)
    axes.set_xlabel(
        f"difference from {shortened(reference)}", color=GREY, labelpad=BELOW_DIRECTIONS if narrow else None
    )


def _tick(change: float) -> str:
    return f"{100 * change:+.4g} %".replace("-", MINUS).replace("+0 %", "0 %")


def _label_directions(axes: Axes) -> None:
    """Which side is better."""
    for x, side, text, decision in ((0.0, "left", "← better", "better"), (1.0, "right", "worse →", "worse")):
        axes.annotate(
            text,
            (x, 0),
            (0, -23),
            "axes fraction",
            "offset points",
            ha=side,
            va="top",
            weight="bold",
            color=LOOKS[decision][0],
        )
