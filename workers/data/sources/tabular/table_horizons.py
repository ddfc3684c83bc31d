"""How far ahead the targets of a table lie, in rows and in time, and what they were a season before."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from workers.data.seasons import Season
from workers.data.sources.fields import seconds
from workers.data.sources.tabular.horizon import Ahead, One
from workers.data.sources.tabular.inputs.ahead import row_forecast
from workers.data.sources.tabular.rows import Rows
from workers.data.sources.tabular.sampling import in_rows
from workers.data.sources.tabular.table_columns import TableColumns
from workers.data.sources.tabular.targets import season_before
from workers.errors import DataError
from workers.wording import counted


class TableHorizons(TableColumns):
    """What the field `horizon` means for the rows of a table."""

    def ahead(self, steps: Sequence[int]) -> tuple[Ahead, ...]:
        """The horizons, of which each is so many rows."""
        return tuple(self._ahead(one, count) for one, count in zip(self._horizons, steps, strict=True))

    def _ahead(self, horizon: One | None, steps: int) -> Ahead:
        duration = seconds(horizon) if isinstance(horizon, str) else None
        return Ahead(steps, duration, duration if self.step is None else steps * self.step)

    @property
    def _horizons(self) -> tuple[One | None, ...]:
        """As they are said, one or several."""
        return self.horizon if isinstance(self.horizon, tuple) else (self.horizon,)

    def _steps(self, rows: Rows) -> tuple[int, ...]:
        """How many rows ahead targets lie, at each horizon. Raises DataError for two that are the same row."""
        found = tuple(self._in_rows(one, rows) for one in self._horizons)
        for number, steps in enumerate(found[1:], 1):
            if steps == found[number - 1]:
                same = " and ".join(map(str, self.horizons[number - 1 : number + 1]))
                raise DataError(
                    f"{same} are the same row, {counted(steps, 'row')} ahead: say one of them", "data.horizon"
                )
        return found

    def _in_rows(self, horizon: One | None, rows: Rows) -> int:
        """Where nothing is said 1 if a target is among the inputs, else 0."""
        if isinstance(horizon, str):
            if self.step is not None:
                return round(seconds(horizon) / self.step)
            return in_rows(rows, seconds(horizon), horizon)
        return int(bool(set(self.input_columns) & set(self.targets))) if horizon is None else horizon

    def _forecast(self, rows: Rows, steps: Sequence[int]) -> NDArray[np.int64]:
        """(n_horizons, rows) the row that is forecast from each; see row_forecast."""
        return np.stack([row_forecast(rows, one.steps, one.duration) for one in self.ahead(steps)])

    def _seasons(
        self, table: Rows, now: NDArray[np.float64], of_each: Sequence[NDArray[np.float64]], ahead: Sequence[Ahead]
    ) -> list[Season]:
        """Of each horizon what the targets were a season before, where there is a season."""
        found = (season_before(table, now, *one, self.season) for one in zip(of_each, ahead, strict=True))
        return [season for season in found if season is not None]

    @property
    def _weights(self) -> tuple[float, ...]:
        """How much each target counts in the loss at each horizon, on average 1; where nothing is said, nothing."""
        weights = self.horizon_weights or ()
        return tuple(len(weights) * one / sum(weights) for one in weights) * len(self.targets)
