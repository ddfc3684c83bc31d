"""How the error grows with the horizon: a panel a target, a line for each that is shown."""

from collections.abc import Mapping

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from sweep.report.drawing_style import STYLE, Look, fit_scale
from sweep.report.formatting import shortened
from sweep.study.by_horizon import ByHorizon

MAX_TARGETS = 3  # that are drawn


@mpl.rc_context(STYLE)
def horizons(found: ByHorizon, looks: Mapping[str, Look]) -> Figure:
    """On the test split, where that was scored, else on validation."""
    rows = next(iter(found.parts.values()))
    steps = np.asarray(found.steps)
    panels = min(len(found.names) // len(steps), MAX_TARGETS)
    figure = Figure(figsize=(5 if panels == 1 else 9.5, 3.6), layout="constrained")
    for number, axes in enumerate(figure.subplots(1, panels, squeeze=False)[0]):
        own = slice(number * len(steps), (number + 1) * len(steps))
        for name, values in rows.items():
            axes.plot(steps, values[own], label=shortened(name), **looks[name])
        fit_scale(axes.set_yscale, axes.yaxis, [values[own] for values in rows.values()])
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.set_xlabel("timesteps ahead")
        if panels > 1:
            axes.set_title(shortened(found.names[own][0].rpartition("+")[0]), fontsize=9.5, loc="left")
    figure.axes[0].set_ylabel(shortened(found.measured, 40))
    figure.legend(*figure.axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=2, fontsize=9)
    return figure
