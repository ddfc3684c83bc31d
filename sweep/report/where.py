"""Where errors lie, drawn: a small drawing for each way in which the test split is parted."""

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sweep.report.breakdowns import Breakdown
from sweep.report.drawing_style import GREY, STYLE, Look
from sweep.report.forest import BASELINE
from sweep.report.formatting import shortened

MAX_TICKS = 12
OF_BASELINE: Look = {"color": GREY, "linestyle": ":", "marker": BASELINE, "markersize": 4.5}


@mpl.rc_context(STYLE)
def where(found: Sequence[Breakdown], looks: Mapping[str, Look], measured: str) -> Figure:
    """Side by side, in the colours of the arms; what has no look is a forecast without a network."""
    figure = Figure(figsize=(1.4 + 3.6 * len(found), 3.4), layout="constrained")
    panels = figure.subplots(1, len(found), squeeze=False)[0]
    for axes, each in zip(panels, found, strict=True):
        _draw(axes, each, looks)
    panels[0].set_ylabel(shortened(measured, 40))
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=2 if len(found) == 1 else 3, fontsize=9)
    return figure


def _draw(axes: Axes, found: Breakdown, looks: Mapping[str, Look]) -> None:
    at = np.arange(len(found.places))
    for name, values in found.values.items():
        look = {**looks.get(name, OF_BASELINE), **({} if found.ordered else {"linestyle": ""})}
        label = shortened(name) if name in looks else f"{shortened(name)}, no network"
        axes.plot(at, values, label=label, **look)
    shown = at[:: -(-len(at) // MAX_TICKS)]
    long = any(len(place) > 3 for place in found.places)
    turned: dict[str, Any] = {"rotation": 40, "ha": "right"} if long else {}
    axes.set_xticks(shown, [shortened(found.places[tick], 14) for tick in shown], fontsize=8.5, **turned)
    axes.set_xlabel(shortened(found.by, 44))
