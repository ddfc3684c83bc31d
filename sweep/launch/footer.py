"""What stays at the foot of a terminal while a study runs: how far it is, how long it will take, what trains now."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from rich.console import Console, ConsoleOptions, Group, RenderableType
from rich.constrain import Constrain
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from sweep.core.plain import plain
from sweep.core.wording import duration

MOST = 8  # trials under way that have a line each
BAR = 16  # columns
WIDEST = 80  # columns: longer lines are hard to read, and a terminal that becomes narrower breaks them
ROOMY = 60  # columns, from which on there is room for bars and for what is shown of an epoch


class UnderWay(NamedTuple):
    """A trial that is being trained.

    epochs  that are done; 0 while the program is compiled, or its worker starts
    of      the epochs that it trains at most
    value   what is shown of the last one
    """

    name: str
    epochs: int
    of: int
    value: str

    @property
    def part(self) -> float:
        """How much of it is done, from 0 to 1."""
        return self.epochs / max(self.of, 1)


@dataclass(frozen=True)
class Progressing:
    """How far a search or a comparison is.

    stage   loading TensorFlow, searching or comparing
    done    trials that have ended, in this launch (`since`) and before
    total   how many there may be
    began   when this launch began with them, by time.monotonic
    best    what is best so far; empty while nothing is
    beside  what it is measured by; empty where there is none
    arms    what is shown of each arm's runs in a comparison
    """

    stage: str
    done: int
    since: int
    total: int
    began: float
    under_way: Sequence[UnderWay]
    best: str = ""
    beside: str = ""
    arms: Mapping[str, str] = field(default_factory=dict)


def footer(now: Progressing) -> RenderableType:
    """Fits the width of the console that shows it: names are cut, and no line is broken."""
    return Constrain(_Footer(now), WIDEST)


def seconds_left(now: Progressing, at: float) -> float | None:
    """How long it will take from `at` on, if the rest is like what this launch has done; none before a trial ended."""
    part = sum(trial.part for trial in now.under_way)
    if not now.since or at <= now.began:
        return None
    return (at - now.began) / (now.since + part) * max(now.total - now.done - part, 0.0)


def since(began: float, at: float) -> str:
    """The time between two moments in seconds: 1:05."""
    minutes, seconds = divmod(int(at - began), 60)
    return f"{minutes}:{seconds:02}"


@dataclass(frozen=True)
class _Footer:
    now: Progressing

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        return _lines(self.now, roomy=options.max_width >= ROOMY)


def _lines(now: Progressing, *, roomy: bool) -> Iterator[RenderableType]:
    yield _first(now, time.monotonic(), roomy=roomy)
    if now.under_way:
        yield from _trials(now.under_way, roomy=roomy)
    yield from (_line(f"  {arm}: {runs}") for arm, runs in now.arms.items())
    if now.best:
        together = f"best: {now.best}{f'; {now.beside}' if now.beside else ''}"
        shown = [together] if len(together) <= WIDEST else [f"best: {now.best}", f"      {now.beside}"]
        yield from (_line(text, style="bold") for text in shown)


def _first(now: Progressing, at: float, *, roomy: bool) -> RenderableType:
    total = max(now.total, now.done)
    part = now.done + sum(trial.part for trial in now.under_way)
    left = seconds_left(now, at)
    words = f"{now.done} of {total}  {since(now.began, at)}{'' if left is None else f', about {duration(left)} left'}"
    if not roomy:
        return Text.assemble((now.stage, "bold"), f"  {words}", no_wrap=True, overflow="ellipsis")
    row = _table()
    row.add_row(_line(now.stage, style="bold"), ProgressBar(total or 1, part, width=BAR), _line(words))
    return row


def _trials(trials: Sequence[UnderWay], *, roomy: bool) -> Iterator[RenderableType]:
    yield _table_of(trials[:MOST]) if roomy else Group(*(_line(_briefly(trial)) for trial in trials[:MOST]))
    if len(trials) > MOST:
        yield _line(f"  and {len(trials) - MOST} more")


def _table_of(trials: Sequence[UnderWay]) -> Table:
    table = _table()
    for trial in trials:
        epoch = f"epoch {trial.epochs} of {trial.of}" if trial.epochs else "compiling"
        bar = ProgressBar(1, trial.part, width=BAR // 2)
        table.add_row(_line(f"  {trial.name}"), bar, _line(epoch), _line(trial.value))
    return table


def _briefly(trial: UnderWay) -> str:
    """9/16  7 GRU every_epoch b16."""
    return f"  {f'{trial.epochs}/{trial.of}' if trial.epochs else 'compiling'}  {trial.name}"


def _table() -> Table:
    return Table.grid(padding=(0, 2, 0, 0))


def _line(text: str, style: str = "") -> Text:
    return Text(plain(text), style=style, no_wrap=True, overflow="ellipsis")
