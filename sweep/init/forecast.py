"""What is to be forecast in a first study, and how far ahead."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sweep.init import roles
from sweep.init.asked import Asked
from workers.data.looking import memory, panel
from workers.data.looking.column import Column
from workers.data.looking.look import Look
from workers.data.looking.said import Said
from workers.data.seasons import in_words
from workers.data.sources.fields import seconds
from workers.errors import DataError
from workers.wording import counted, instead, listed

HALF = 0.5  # the autocorrelation, at which a forecast is neither plain nor hopeless
HORIZONS = (1, 2, 3, 6, 12, 24)
SHORT = 20  # horizons, at least, that a sequence should hold


@dataclass(frozen=True)
class Forecast:
    """What is to be forecast.

    targets  columns
    classes  whether they hold classes
    horizon  the field, and why; none: the row itself is classified
    rows     the horizon in rows
    ahead    the same in words, such as 6h or 2 rows; empty where the row itself is classified
    season   after how many rows the first target repeats
    correlation
             (lags,) its autocorrelation; empty of classes
    """

    targets: tuple[str, ...]
    classes: Said
    horizon: Said | None
    rows: int
    ahead: str
    season: memory.Season | None
    correlation: NDArray[np.float64]


def targets(look: Look, asked: Asked) -> tuple[str, ...]:
    """The columns to forecast: those asked for, or the likeliest.

    Raises DataError for a column that is not there or cannot be forecast, and where there is none.
    """
    _refuse_pairs(look)
    known = roles.candidates(look)
    if not any(look.columns[name].numeric for name in known):
        seen = listed(f"{each.name} ({_kind(look, each)})" for each in look.columns.values())
        raise DataError(
            f"{look.path}: has no column of numbers that could be forecast; there is {seen}", "data.targets"
        )
    for name in asked.targets:
        if name not in look.columns:
            raise DataError(f"{look.path}: has no column {name}; {instead(name, list(look.columns))}", "data.targets")
        if name in roles.used_elsewhere(look) or (why := roles.useless(look, look.columns[name])):
            why = "it says when or of what a row is" if name in roles.used_elsewhere(look) else why
            raise DataError(f"{look.path}: {name} cannot be forecast: {why}; {instead(name, known)}", "data.targets")
    return asked.targets or (known[0],)


def _refuse_pairs(look: Look) -> None:
    """Raises DataError where rows of one time are told apart by two columns, and no single one."""
    if look.when is None or look.group or look.repeats <= panel.REPEATS:
        return
    pair = panel.pair_of(list(look.columns.values()), look.when.clock, look.when.columns)
    if pair:
        what = f"{pair[0]} and {pair[1]} together tell the rows of one time apart, and no column alone"
        raise DataError(f"{look.path}: {what}; write a column of both, such as {pair[0]}-{pair[1]}", "data.group")


def _kind(look: Look, column: Column) -> str:
    if column.name in roles.used_elsewhere(look):
        return "when rows are, or of what"
    return roles.useless(look, column) or column.kind


def forecast(look: Look, asked: Asked) -> Forecast:
    """What is to be forecast, and how far ahead. Raises DataError as `targets`, and for several targets of classes."""
    names = targets(look, asked)
    classes = [roles.are_classes(look.columns[name]) for name in names]
    if len(names) > 1:
        texts = [name for name in names if not look.columns[name].numeric]
        if texts:
            raise DataError(f"{look.path}: {texts[0]} holds classes, so it must be the only target", "data.targets")
        classes = [Said(False)]
    if classes[0].value:
        said, rows = None if asked.horizon is None else Said(asked.horizon, "as asked"), _rows(look, asked.horizon or 0)
        return Forecast(names, classes[0], said, rows, _ahead(look, rows) if rows else "", None, np.zeros(0))
    values = look.sequences(names[0])
    correlation = memory.autocorrelation(values)
    steps = look.rhythm.step if look.rhythm else None
    season = None
    if look.rhythm is None or not look.rhythm.irregular:
        season = memory.season(memory.autocorrelation(values, detrended=True), steps)
    horizon = _horizon(look, correlation, season) if asked.horizon is None else Said(asked.horizon, "as asked")
    rows = _rows(look, horizon.value)
    return Forecast(names, classes[0], horizon, rows, _ahead(look, rows) if rows else "", season, correlation)


def _horizon(look: Look, correlation: NDArray[np.float64], season: memory.Season | None) -> Said:
    """Before the autocorrelation falls to a half: not so near that it is plain, nor so far that it is hopeless."""
    half = memory.falls_below(correlation, HALF)
    most = min(float(np.median(look.lengths)), look.rows / 3) / SHORT
    limit = max(1.0, min(half - 1, most, season.rows if season else most))
    rows = max(length for length in HORIZONS if length <= limit)
    ahead = f", {_ahead(look, rows)}" if look.rhythm else ""
    then = f": the autocorrelation is {correlation[rows]:.2g} then" if rows < len(correlation) else ""
    return Said(rows, f"{counted(rows, 'row')}{ahead} ahead{then}")


def _ahead(look: Look, rows: int) -> str:
    """So many rows in words: as long as they take, where that is known."""
    if look.rhythm is None:
        return counted(rows, "row")
    if look.rhythm.irregular:
        return in_words(round(rows * look.rhythm.even, 3))
    by_calendar = look.rhythm.called.startswith("a ")
    return (
        counted(rows, look.rhythm.called.removeprefix("a "))
        if by_calendar
        else in_words(round(rows * look.rhythm.step, 3))
    )


def _rows(look: Look, horizon: int | str) -> int:
    if isinstance(horizon, int):
        return horizon
    step = (look.rhythm.even if look.rhythm.irregular else look.rhythm.step) if look.rhythm else 0.0
    return max(1, round(seconds(horizon) / step)) if step else 1
