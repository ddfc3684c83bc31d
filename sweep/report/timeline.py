"""When which worker trained: a row for each worker, a bar for each trial."""

from collections.abc import Sequence
from typing import NamedTuple

import matplotlib as mpl
from matplotlib.figure import Figure

from sweep.core.trials import Stage
from sweep.report.drawing_style import COLOURS, GREY, STYLE

MAX_ROWS = 32  # of workers that are drawn
PAUSE_SECONDS = 60.0  # in which nothing was trained, which is left out: one launch had ended, and another not begun
COLOUR_OF_STAGE: dict[Stage, str] = {"search": COLOURS[1], "compare": COLOURS[2]}
NAME_OF_STAGE: dict[Stage, str] = {"search": "search", "compare": "comparison"}


class Span(NamedTuple):
    """From when to when a worker trained one trial, in seconds since 1970."""

    worker: str
    began: float
    ended: float
    stage: Stage


@mpl.rc_context(STYLE)
def timeline(spans: Sequence[Span]) -> Figure:
    """A row for each worker in the order of their first trials, without the pauses between launches."""
    placed, pauses = without_pauses(spans)
    rows = {worker: row for row, worker in enumerate(dict.fromkeys(span.worker for span in placed))}
    drawn = min(len(rows), MAX_ROWS)
    figure = Figure(figsize=(9, 1.3 + 0.28 * drawn), layout="constrained")
    axes = figure.subplots()
    for stage, name in NAME_OF_STAGE.items():
        of_stage = [span for span in placed if span.stage == stage and rows[span.worker] < drawn]
        if of_stage:
            at, long = [rows[span.worker] for span in of_stage], [span.ended - span.began for span in of_stage]
            left = [span.began for span in of_stage]
            axes.barh(at, long, 0.7, left, color=COLOUR_OF_STAGE[stage], edgecolor="white", linewidth=0.6, label=name)
    for pause in pauses:
        axes.axvline(pause, color=GREY, linestyle=":", linewidth=1.2)
    axes.set_yticks(range(drawn), [f"worker {row + 1}" for row in range(drawn)])
    axes.set_ylim(drawn - 0.5, -0.5)
    axes.set_xlim(0, max((span.ended for span in placed), default=1.0))
    axes.set_xlabel("seconds since the first trial began")
    axes.grid(visible=False, axis="y")
    figure.legend(loc="outside lower center", ncols=2, fontsize=9)
    return figure


def without_pauses(spans: Sequence[Span]) -> tuple[list[Span], list[float]]:
    """The spans by their beginning, as seconds since the first one's with pauses left out; and where those were."""
    placed: list[Span] = []
    pauses: list[float] = []
    shift = until = None
    for span in sorted(spans, key=lambda span: span.began):
        if shift is None or until is None:
            shift, until = span.began, span.began
        if span.began - until > PAUSE_SECONDS:
            pauses.append(until - shift)
            shift += span.began - until
        placed.append(span._replace(began=span.began - shift, ended=span.ended - shift))
        until = max(until, span.ended)
    return placed, pauses
