"""Drawings that print: light, legible without colour, and the same bytes for the same numbers."""

import html
import io
import re
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import LogFormatter, MaxNLocator
from numpy.typing import NDArray

Floats = NDArray[np.floating]
Look = Mapping[str, Any]  # keywords of a line

# Okabe and Ito (2008), told apart by the colour-blind; without yellow, which paper swallows
COLOURS = ("#000000", "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
LINES = ("-", "--", "-.", (0, (5, 1, 1, 1, 1, 1)))
MARKERS = "osD^vPX*"
GREY = "#5F6670"
LONGEST = 26  # letters of a name in a drawing
STYLE: Any = {  # beside matplotlib's own defaults, whatever a user's matplotlibrc says
    **mpl.rcParamsDefault,
    "axes.edgecolor": "#B8BEC6",
    "axes.grid": True,
    "axes.labelcolor": "#333A44",
    "axes.spines.right": False,
    "axes.spines.top": False,
    "font.size": 10,
    "grid.color": "#E8EBEF",
    "legend.frameon": False,
    "lines.linewidth": 1.7,
    "svg.fonttype": "none",
    "text.parse_math": False,
    "xtick.color": GREY,
    "ytick.color": GREY,
}
STYLE.pop("backend")


@dataclass(frozen=True)
class Curves:
    """How an arm's runs learnt.

    epochs  (n_epochs,)
    values  (n_seeds, n_epochs) the objective on validation; NaN where a run had ended or diverged
    """

    epochs: Floats
    values: Floats


@dataclass(frozen=True)
class Positions:
    """An arm's loss at each position in the window.

    matched  (window,) with the state it would have in use
    cold     (window,) with the state reset at the start of each window
    """

    matched: Floats
    cold: Floats | None = None


def looks(arms: Sequence[str]) -> dict[str, Look]:
    """Colour, line and marker for each arm, the same in all drawings; no two of the first 30 are alike."""
    found: dict[str, Look] = {}
    for number, arm in enumerate(dict.fromkeys(arms)):
        line = LINES[(number + number // len(COLOURS)) % len(LINES)]
        colour, marker = COLOURS[number % len(COLOURS)], MARKERS[number % len(MARKERS)]
        found[arm] = {"color": colour, "linestyle": line, "marker": marker, "markersize": 4.5}
    return found


@mpl.rc_context(STYLE)
def learning(curves: Mapping[str, Curves], looks: Mapping[str, Look], metric: str) -> Figure:
    """The mean over seeds at each epoch, by arm, in a band from the lowest to the highest."""
    figure, axes = _axes("epoch", metric)
    means = []
    for arm, curve in curves.items():
        look = looks[arm]
        values = np.ma.masked_invalid(np.atleast_2d(curve.values))
        low, mean, high = (_filled(part) for part in (values.min(axis=0), values.mean(axis=0), values.max(axis=0)))
        axes.fill_between(curve.epochs, low, high, color=look["color"], alpha=0.13, linewidth=0)
        axes.plot(curve.epochs, mean, label=shortened(arm), markevery=_every(curve.epochs), **look)
        means.append(mean)
    _finish(figure, axes, means)
    return figure


@mpl.rc_context(STYLE)
def by_position(positions: Mapping[str, Positions], looks: Mapping[str, Look]) -> Figure:
    """The loss against the position in the window, by arm; dotted from a cold start."""
    figure, axes = _axes("position in the window (timestep)", "loss on the test split")
    for arm, position in positions.items():
        look = looks[arm]
        steps = np.arange(1, len(position.matched) + 1)
        axes.plot(steps, position.matched, label=shortened(arm), markevery=_every(steps), **look)
        if position.cold is not None:
            axes.plot(steps, position.cold, color=look["color"], linestyle=":", linewidth=1.3)
    if any(position.cold is not None for position in positions.values()):
        axes.plot([], [], color=GREY, linestyle=":", linewidth=1.3, label="from a cold start")
    _finish(figure, axes, [position.matched for position in positions.values()])
    return figure


@mpl.rc_context(STYLE)
def search(values: Mapping[str, Sequence[float]], metric: str) -> Figure:
    """Every trial's value, a row for each arm."""
    figure = Figure(figsize=(5, 1.2 + 0.3 * len(values)), layout="constrained")
    axes = figure.subplots()
    for row, found in enumerate(values.values()):
        finite = np.asarray([value for value in found if np.isfinite(value)])
        axes.plot(finite, np.full(len(finite), row), "o", color=COLOURS[1], alpha=0.4, markersize=5)
    axes.set_yticks(range(len(values)), [f"{shortened(arm)} ({len(found)})" for arm, found in values.items()])
    axes.set_ylim(len(values) - 0.5, -0.5)
    axes.set_xlabel(shortened(metric, 60))
    _fit_scale(axes.set_xscale, axes.xaxis, list(values.values()))
    return figure


@mpl.rc_context(STYLE)
def svg(figure: Figure, name: str, description: str) -> str:
    """The drawing as an element of a page. `name` keeps its ids apart from those of the page's other drawings."""
    buffer = io.StringIO()
    with warnings.catch_warnings(), mpl.rc_context({"svg.hashsalt": name}):
        warnings.simplefilter("ignore")  # of letters that the fonts here lack: the reader's may have them
        figure.savefig(buffer, format="svg", metadata=dict.fromkeys(("Creator", "Date", "Format", "Type")))
    text = buffer.getvalue()
    text = re.sub(r' xmlns(:\w+)?="[^"]*"', "", text[text.index("<svg") :])
    text = re.sub(r'( id="|url\(#|href="#)', rf"\g<1>{name}-", text)
    return text.replace("<svg ", f'<svg role="img" aria-label="{html.escape(description)}" ', 1)


@mpl.rc_context(STYLE)
def png(figure: Figure) -> bytes:
    """The drawing as a file, fine enough for slides."""
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        figure.savefig(buffer, format="png", dpi=180, metadata={"Software": None})
    return buffer.getvalue()


def shortened(text: str, longest: int = LONGEST) -> str:
    """The text, or its beginning and an ellipsis, on one line."""
    line = " ".join(text.split())
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def _axes(x: str, y: str) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(5, 3.6), layout="constrained")
    axes = figure.subplots()
    axes.set_xlabel(x)
    axes.set_ylabel(shortened(y, 40))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    return figure, axes


def _every(steps: Floats | NDArray[np.integer]) -> int:
    return max(1, len(steps) // 8)


def _filled(values: Any) -> Floats:
    return np.asarray(np.ma.filled(values, np.nan), float)


def _finish(figure: Figure, axes: Axes, lines: Sequence[Any]) -> None:
    _fit_scale(axes.set_yscale, axes.yaxis, lines)
    rows = -(-len(axes.get_lines()) // 2)
    figure.set_figheight(3.3 + 0.2 * min(rows, 16))
    if axes.get_lines():
        figure.legend(loc="outside lower center", ncols=2, fontsize=9, handlelength=3.2)


def _fit_scale(set_scale: Callable[[str], Any], axis: Axis, lines: Sequence[Any]) -> None:
    """Logarithmic where values spread over more than an order of magnitude."""
    values = np.concatenate([np.ravel(np.asarray(line, float)) for line in lines] or [np.empty(0)])
    finite = values[np.isfinite(values)]
    if len(finite) and finite.min() > 0 and finite.max() > 10 * finite.min():
        set_scale("log")
        axis.set_major_formatter(PlainNumbers())
        axis.set_minor_formatter(PlainNumbers())


class PlainNumbers(LogFormatter):
    """Labels the ticks that a logarithmic axis has room for; matplotlib's usual formulas are not parsed here."""

    def __call__(self, x: float, pos: int | None = None) -> str:
        """0.001, or nothing."""
        return f"{x:g}" if super().__call__(x, pos) else ""
