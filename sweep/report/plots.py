"""How arms learn, where in the window they err, and what their trials came to."""

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from sweep.report.content import Curves, Positions
from sweep.report.drawing_style import COLOURS, GREY, STYLE, Look, fit_scale, is_crowded
from sweep.report.formatting import shortened

Floats = NDArray[np.floating]
COLD_START: Look = {"linestyle": ":", "linewidth": 1.3}


@mpl.rc_context(STYLE)
def learning(curves: Mapping[str, Curves], looks: Mapping[str, Look], metric: str) -> Figure:
    """The mean over seeds at each epoch, by arm, in a band from the lowest to the highest."""
    figure, axes = _axes("epoch", metric)
    means = [_curve(axes, arm, curve, looks[arm]) for arm, curve in curves.items()]
    _finish(figure, axes, means)
    return figure


@mpl.rc_context(STYLE)
def by_position(positions: Mapping[str, Positions], looks: Mapping[str, Look], metric: str) -> Figure:
    """The metric against the position in the window, by arm; dotted from a cold start."""
    figure, axes = _axes("position in the window (timestep)", metric)
    for arm, position in positions.items():
        _position(axes, arm, position, looks[arm])
    if any(position.cold is not None for position in positions.values()):
        axes.plot([], [], color=GREY, label="from a cold start", **COLD_START)
    _finish(figure, axes, [position.matched for position in positions.values()])
    return figure


@mpl.rc_context(STYLE)
def search(values: Mapping[str, Sequence[float]], metric: str) -> Figure:
    """Every trial's value, a row for each arm."""
    figure = Figure(figsize=(5, 1.2 + 0.3 * len(values)), layout="constrained")
    axes = figure.subplots()
    for row, of_arm in enumerate(values.values()):
        finite = np.asarray([value for value in of_arm if np.isfinite(value)])
        many = is_crowded(sum(map(len, values.values())))
        axes.plot(finite, np.full(len(finite), row), "o", color=COLOURS[1], alpha=0.4, markersize=5, rasterized=many)
    axes.set_yticks(range(len(values)), [f"{shortened(arm)} ({len(of_arm)})" for arm, of_arm in values.items()])
    axes.set_ylim(len(values) - 0.5, -0.5)
    axes.set_xlabel(shortened(metric, 60))
    fit_scale(axes.set_xscale, axes.xaxis, list(values.values()))
    return figure


@mpl.rc_context(STYLE)
def effort(expected: Mapping[str, Floats], looks: Mapping[str, Look], metric: str) -> Figure:
    """The best value to be expected of 1, 2, ... trials, by arm; expected: (n_trials,) of each."""
    figure, axes = _axes("trials of the arm", metric)
    for arm, values in expected.items():
        trials = np.arange(1, len(values) + 1)
        axes.plot(trials, values, label=shortened(arm), markevery=_markers_every(trials), **looks[arm])
    _finish(figure, axes, list(expected.values()))
    return figure


def _curve(axes: Axes, arm: str, curve: Curves, look: Look) -> Floats:
    """Draw one arm's curve and band; (n_epochs,) the mean over seeds."""
    values = np.ma.masked_invalid(np.atleast_2d(curve.values))
    low, mean, high = (_filled(part) for part in (values.min(axis=0), values.mean(axis=0), values.max(axis=0)))
    axes.fill_between(curve.epochs, low, high, color=look["color"], alpha=0.13, linewidth=0)
    axes.plot(curve.epochs, mean, label=shortened(arm), markevery=_markers_every(curve.epochs), **look)
    return mean


def _position(axes: Axes, arm: str, position: Positions, look: Look) -> None:
    scored = np.isfinite(position.matched)  # of windows that are read both ways the last timestep
    steps = np.flatnonzero(scored) + 1
    axes.plot(steps, position.matched[scored], label=shortened(arm), markevery=_markers_every(steps), **look)
    if position.cold is not None:
        axes.plot(np.arange(1, len(position.cold) + 1), position.cold, color=look["color"], **COLD_START)


def _axes(x: str, y: str) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(5, 3.6), layout="constrained")
    axes = figure.subplots()
    axes.set_xlabel(x)
    axes.set_ylabel(shortened(y, 40))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    return figure, axes


def _markers_every(steps: Floats | NDArray[np.integer]) -> int:
    return max(1, len(steps) // 8)


def _filled(values: Any) -> Floats:
    return np.asarray(np.ma.filled(values, np.nan), float)


def _finish(figure: Figure, axes: Axes, lines: Sequence[Any]) -> None:
    """Choose the scale, and put the legend below, where it makes the figure taller and not the axes smaller."""
    fit_scale(axes.set_yscale, axes.yaxis, lines)
    rows = -(-len(axes.get_lines()) // 2)
    figure.set_figheight(3.3 + 0.2 * min(rows, 16))
    if axes.get_lines():
        figure.legend(loc="outside lower center", ncols=2, fontsize=9, handlelength=3.2)
