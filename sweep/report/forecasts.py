"""What was forecast against what was measured, on stretches of the test split: a column each, and a row a target."""

from collections.abc import Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from sweep.report.drawing_style import COLOURS, GREY, STYLE, Look
from sweep.report.formatting import shortened
from sweep.report.stretches import Stretch

MAX_TARGETS = 3  # that are drawn
MEASURED: Look = {"color": "#000000", "linewidth": 1.1}
FORECAST: Look = {"color": COLOURS[1], "linewidth": 1.7}


@mpl.rc_context(STYLE)
def forecasts(stretches: Sequence[Stretch], targets: Sequence[str], units: str) -> Figure:
    """Measured in black, forecast in blue, and a mark where the state was reset."""
    rows = min(len(targets), MAX_TARGETS)
    figure = Figure(figsize=(9.5, 0.9 + 2.1 * rows), layout="constrained")
    panels = figure.subplots(rows, len(stretches), sharey="row", squeeze=False)
    for row, target in enumerate(np.linspace(0, len(targets) - 1, rows).round().astype(int)):
        for axes, stretch in zip(panels[row], stretches, strict=True):
            _draw(axes, stretch, target)
        changes = "change of " if stretches[0].changes else ""
        unit = f" ({units})" if units else ""
        panels[row, 0].set_ylabel(shortened(f"{changes}{targets[target]}{unit}", 34))
    for axes, stretch in zip(panels[0], stretches, strict=True):
        since = f", from {stretch.begins}" if stretch.begins else ""
        axes.set_title(f"{stretch.which}{since}", fontsize=9.5, loc="left")
    for axes in panels[-1]:
        axes.set_xlabel("timestep")
    _explain(figure, any(stretch.resets for stretch in stretches), any(stretch.band for stretch in stretches))
    return figure


def _draw(axes: Axes, stretch: Stretch, target: int) -> None:
    measured, forecast = (np.asarray(values)[:, target] for values in (stretch.measured, stretch.forecast))
    at = np.arange(1, len(measured) + 1)
    if stretch.band:
        low, high = (np.asarray(values)[:, target] for values in stretch.band)
        axes.fill_between(at, low, high, color=COLOURS[1], alpha=0.2, linewidth=0)
    axes.plot(at, measured, **MEASURED)
    axes.plot(at, forecast, **FORECAST)
    if stretch.resets:
        marks = np.asarray(stretch.resets, float) + 0.5
        across = axes.get_xaxis_transform()
        axes.plot(marks, np.full(len(marks), 0.02), "|", color=GREY, markersize=6, transform=across)


def _explain(figure: Figure, resets: bool, bands: bool) -> None:
    lines = [Line2D([], [], label="measured", **MEASURED), Line2D([], [], label="forecast", **FORECAST)]
    if bands:
        lines.append(Line2D([], [], color=COLOURS[1], alpha=0.2, linewidth=6, label="lowest to highest quantile"))
    if resets:
        lines.append(Line2D([], [], color=GREY, marker="|", linestyle="", markersize=6, label="state reset"))
    figure.legend(handles=lines, loc="outside lower center", ncols=4, fontsize=9)
