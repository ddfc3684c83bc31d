"""How drawings look: light, legible without colour, and the same bytes for the same numbers."""

import io
import re
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import matplotlib as mpl
import numpy as np
from markupsafe import Markup, escape
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import LogFormatter

Look = Mapping[str, Any]  # keywords of a line

# Okabe and Ito (2008), told apart by the colour-blind; without yellow, which is hard to see on paper
COLOURS = ("#000000", "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
LINES = ("-", "--", "-.", (0, (5, 1, 1, 1, 1, 1)))
MARKERS = "osD^vPX*"
GREY = "#5F6670"
DARK_GREY = "#333A44"
NEAR_AN_END = 0.05  # of an axis
MAX_DOTS = 400  # of a drawing, as elements of a page
_DEFAULTS = {name: value for name, value in mpl.rcParamsDefault.items() if name != "backend"}
STYLE: Any = {  # on top of matplotlib's defaults, so that a user's matplotlibrc changes nothing
    **_DEFAULTS,
    "axes.edgecolor": "#B8BEC6",
    "axes.grid": True,
    "axes.labelcolor": DARK_GREY,
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


def arm_looks(arms: Sequence[str]) -> dict[str, Look]:
    """Colour, line and marker for each arm, the same in all drawings; no two of the first 30 are alike."""
    return {arm: _look(number) for number, arm in enumerate(dict.fromkeys(arms))}


def _look(number: int) -> Look:
    return {
        "color": COLOURS[number % len(COLOURS)],
        "linestyle": LINES[(number + number // len(COLOURS)) % len(LINES)],
        "marker": MARKERS[number % len(MARKERS)],
        "markersize": 4.5,
    }


@mpl.rc_context(STYLE)
def svg(figure: Figure, name: str, description: str) -> Markup:
    """The drawing as an element of a page. `name` keeps its ids apart from those of the page's other drawings."""
    buffer = io.StringIO()
    no_metadata = dict.fromkeys(("Creator", "Date", "Format", "Type"))
    with _missing_letters_allowed(), mpl.rc_context({"svg.hashsalt": name}):
        figure.savefig(buffer, format="svg", metadata=no_metadata, transparent=True)
    text = buffer.getvalue()
    text = re.sub(r' xmlns(:\w+)?="[^"]*"', "", text[text.index("<svg") :])
    text = re.sub(r'( id="|url\(#|href="#)', rf"\g<1>{name}-", text)
    labelled = text.replace("<svg ", f'<svg role="img" aria-label="{escape(description)}" ', 1)
    return Markup(labelled)  # noqa: S704  (matplotlib escapes what it draws)


@mpl.rc_context(STYLE)
def png(figure: Figure) -> bytes:
    """The drawing as a file, at 180 dots per inch, which is enough for slides."""
    buffer = io.BytesIO()
    with _missing_letters_allowed():
        figure.savefig(buffer, format="png", dpi=180, metadata={"Software": None})
    return buffer.getvalue()


class Lines(NamedTuple):
    """The measures of a drawing that has a line for each arm, in inches.

    line        the height of one
    around      what is added to the height of all; below and above: how much of that lies outside of the axes
    left, right where the axes begin and end, as parts of the width
    top         where the axes begin above the first line, in lines
    """

    width: float
    line: float
    left: float
    right: float
    top: float
    around: float
    below: float
    above: float

    def axes(self, lines: int) -> tuple[Figure, Axes]:
        """Axes with so many lines, the first at the top, at 0, 1, ..."""
        height = self.around + self.line * lines
        figure = Figure(figsize=(self.width, height))
        edges = {"bottom": self.below / height, "top": 1 - self.above / height}
        axes = figure.subplots(gridspec_kw={"left": self.left, "right": self.right, **edges})
        axes.set(ylim=(lines - 0.4, self.top), yticks=[])
        return figure, axes


def label_ticks(axes: Axes, text: Callable[[float], str]) -> None:
    """Label the ticks of the horizontal axis so, but for those at its ends, whose labels the drawing would cut off."""
    low, high = axes.get_xlim()
    air = NEAR_AN_END * (high - low)
    axes.xaxis.set_major_formatter(lambda x, _: text(x) if low + air <= x <= high - air else "")


def is_crowded(dots: int) -> bool:
    """Whether so many dots are fewer bytes as a picture than as elements of a page."""
    return dots > MAX_DOTS


def fit_scale(set_scale: Callable[[str], Any], axis: Axis, lines: Sequence[Any]) -> None:
    """Make an axis logarithmic where values spread over more than an order of magnitude."""
    values = np.concatenate([np.ravel(np.asarray(line, float)) for line in lines] or [np.empty(0)])
    finite = values[np.isfinite(values)]
    if len(finite) and finite.min() > 0 and finite.max() > 10 * finite.min():
        set_scale("log")
        axis.set_major_formatter(_PlainNumbers())
        axis.set_minor_formatter(_PlainNumbers())


class _PlainNumbers(LogFormatter):
    """Labels the ticks that a logarithmic axis has room for; matplotlib's usual formulas are not parsed here."""

    def __call__(self, x: float, pos: int | None = None) -> str:
        """0.001, or nothing."""
        return f"{x:g}" if super().__call__(x, pos) else ""


@contextmanager
def _missing_letters_allowed() -> Iterator[None]:
    """Silences warnings of letters that the fonts here lack: the reader's fonts may have them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
