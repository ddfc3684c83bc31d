"""What was searched: every trial's value against each field of it that the search varied, one small drawing a field."""

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from sweep.core.trials import Trial
from sweep.report.drawing_style import STYLE, Look, fit_scale, is_crowded
from sweep.report.formatting import shortened
from sweep.report.tables import varied

MAX_FIELDS = 12  # that are drawn
COLUMNS = 4
MAX_CHOICES = 8  # whose names an axis has room for

Valued = Sequence[tuple[Trial, float]]


@mpl.rc_context(STYLE)
def searched(trials: Valued, looks: Mapping[str, Look], metric: str) -> Figure | None:
    """Small drawings side by side, in the colours of the arms; none where no field was varied."""
    names = varied([trial.canonical.applying for trial, _ in trials])[:MAX_FIELDS]
    if not names:
        return None
    rows = -(-len(names) // COLUMNS)
    figure = Figure(figsize=(1 + 2.2 * COLUMNS, 0.9 + 2.1 * rows), layout="constrained")
    panels = figure.subplots(rows, COLUMNS, sharey=True, squeeze=False).ravel()
    for axes, name in zip(panels, names, strict=False):
        _draw(axes, name, trials, looks)
    for axes in panels[len(names) :]:
        axes.set_visible(False)
    fit_scale(panels[0].set_yscale, panels[0].yaxis, [[value for _, value in trials]])
    figure.supylabel(shortened(metric, 40), fontsize=10)
    _name_arms(figure, trials, looks)
    return figure


def _draw(axes: Axes, name: str, trials: Valued, looks: Mapping[str, Look]) -> None:
    """The trials that have the field, each arm in its colour."""
    having = [(trial.arm, trial.canonical.applying.get(name), value) for trial, value in trials]
    having = [each for each in having if each[1] is not None]
    at = _places(axes, [value for _, value, _ in having])
    many = is_crowded(len(trials))
    for arm in dict.fromkeys(arm for arm, *_ in having):
        own = [number for number, each in enumerate(having) if each[0] == arm]
        x, y = [at[number] for number in own], [having[number][2] for number in own]
        look = {"color": looks[arm]["color"], "marker": looks[arm]["marker"]}
        axes.plot(x, y, linestyle="", markersize=4, alpha=0.6, markeredgewidth=0.5, rasterized=many, **look)
    axes.set_xlabel(shortened(name, 22))


def _places(axes: Axes, values: Sequence[Any]) -> Sequence[float]:
    """Where each value stands on the axis: numbers at their own place, all others side by side."""
    if all(isinstance(value, int | float) and not isinstance(value, bool) for value in values):
        fit_scale(axes.set_xscale, axes.xaxis, [values])
        if axes.get_xscale() != "log":
            axes.xaxis.set_major_locator(MaxNLocator(4, integer=all(isinstance(value, int) for value in values)))
        return values
    choices = sorted({str(value) for value in values})
    ticks = np.arange(len(choices))
    shown = ticks[:: -(-len(choices) // MAX_CHOICES)]
    axes.set_xticks(shown, [shortened(choices[tick], 14) for tick in shown], rotation=30, ha="right", fontsize=8)
    axes.set_xlim(-0.6, len(choices) - 0.4)
    return [float(choices.index(str(value))) for value in values]


def _name_arms(figure: Figure, trials: Valued, looks: Mapping[str, Look]) -> None:
    arms = list(dict.fromkeys(trial.arm for trial, _ in trials))
    dots = [
        mpl.lines.Line2D([], [], linestyle="", color=looks[arm]["color"], marker=looks[arm]["marker"], markersize=5)
        for arm in arms
    ]
    figure.legend(dots, [shortened(arm) for arm in arms], loc="outside lower center", ncols=4, fontsize=9)
