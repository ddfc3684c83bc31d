"""What targets come to at each horizon, and what they were a season before that."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from workers.data import seasons
from workers.data.seasons import Season
from workers.data.shift import shifted
from workers.data.sources.tabular.horizon import Ahead
from workers.data.sources.tabular.resample import interval
from workers.data.sources.tabular.rows import Rows
from workers.data.sources.tabular.sampling import on_time

Numbers = NDArray[np.float64]


def later(rows: Rows, columns: Sequence[int], ahead: Ahead, step: float | None) -> Numbers:
    """(rows, columns) what these columns come to at a horizon; NaN where the row is another one, or not measured.

    step: seconds to which rows were resampled, if they were
    """
    values, steps = rows.values[:, columns], ahead.steps
    if step is not None:
        found = shifted(values, rows.sequence, steps, interval(rows.clock, step))
        # as everywhere, the last `steps` rows of a sequence have no target
        return found + shifted(np.zeros_like(found), rows.sequence, steps)
    found = shifted(values, rows.sequence, steps)
    if ahead.duration is not None:
        found[~on_time(rows, steps, ahead.duration)] = np.nan
    return found


def season_before(rows: Rows, now: Numbers, future: Numbers, ahead: Ahead, season: int | None) -> Season | None:
    """What the targets were a season before the moment forecast; now, future: (rows, n_targets).

    season: in rows; none: one that suits the rows' clock
    """
    clocked = seasons.clocked(rows.clock, rows.sequence, rows.group)
    if clocked is not None:
        return seasons.by_clock(now, future, clocked, ahead.lead or ahead.steps * clocked.step, season)
    return seasons.by_rows(now, rows.sequence, ahead.steps, season) if season else None


def side_by_side(of_each: Sequence[Numbers]) -> Numbers:
    """(rows, n_targets * n_horizons) the first target at each horizon, then the second; of_each: (rows, n_targets)."""
    return of_each[0] if len(of_each) == 1 else np.stack(of_each, axis=-1).reshape(len(of_each[0]), -1)


def notes_of_seasons(found: Sequence[Season], endings: Sequence[str]) -> list[str]:
    """What seasons are taken, a sentence each; found: of each horizon, endings: what names the horizons."""
    by_length: dict[str, list[int]] = {}
    for number, season in enumerate(found):
        by_length.setdefault(season.called, []).append(number)
    notes = []
    for called, numbers in by_length.items():
        note = Season(np.hstack([found[number].values for number in numbers]), called).note
        which = f" (of {', '.join(endings[number] for number in numbers)})" if len(by_length) > 1 else ""
        notes.append(f"{note}{which}")
    return notes
