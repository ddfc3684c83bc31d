"""Where forecasts are made, and what they are compared with: the scored rows of a study's test split.

Everything that is compared forecasts from these rows, so many rows ahead, in the target's own units.
"""

from pathlib import Path
from typing import NamedTuple, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sweep.comparison.scored_timesteps import ScoredTimesteps
from sweep.config import study_file
from sweep.launch.data import load_data
from sweep.study.error_on_test import timesteps_of_test
from workers.data.dataset import Dataset
from workers.data.sources.table import Table
from workers.data.sources.tabular.inputs.when import Calendar
from workers.data.timeline import Integers

Numbers = NDArray[np.float64]
SERIES, ROW, VALUE = "unique_id", "ds", "y"  # the columns that NeuralForecast knows


class Origins(NamedTuple):
    """The rows that forecasts are made from.

    dataset   the study's data
    timesteps (n,) those of the test split from which is forecast
    horizon   timesteps ahead
    base      (n,) what is added to a target to have it as measured: 0, or of changes the present value
    measured  (n,) what the target came to at the horizon, in its own units
    level     (time,) the target at every timestep
    inputs    (time, inputs) the other inputs of the study
    known     the names of those that are known ahead
    """

    dataset: Dataset
    timesteps: Integers
    horizon: int
    base: Numbers
    measured: Numbers
    level: Numbers
    inputs: pd.DataFrame
    known: tuple[str, ...]

    @property
    def begins(self) -> tuple[int, int]:
        """The timesteps at which validation and test begin."""
        return int(self.dataset.validation.start.min()), int(self.dataset.test.start.min())

    @property
    def place(self) -> ScoredTimesteps:
        """Where the rows stand, for the luck of their stretches."""
        return timesteps_of_test(self.dataset)

    def frame(self) -> pd.DataFrame:
        """The timeline as NeuralForecast takes it: one series, a row a timestep, counted from 0."""
        head = pd.DataFrame({SERIES: "series", ROW: np.arange(len(self.level)), VALUE: self.level})
        return pd.concat([head, self.inputs], axis=1)


def origins(path: Path) -> Origins:
    """Those of a study file.

    Raises RuntimeError where there are several groups, and where a target is not the value so many timesteps later,
    since others are given one series and forecast that.
    """
    file = study_file.load(path)
    dataset, table = load_data(file), cast("Table", file.config.data)
    timeline, at = dataset.given, dataset.scored_timesteps(dataset.test)
    if timeline.groups is not None:
        raise RuntimeError(f"{path}: {table.group_column} parts the table into groups")
    names = list(timeline.feature_names)
    inputs = pd.DataFrame(timeline.features.astype(np.float64), columns=names)
    values = inputs.pop(table.targets[0]).to_numpy()
    base = np.zeros(len(at)) if timeline.base is None else timeline.base[at, 0].astype(np.float64)
    measured = timeline.targets[at, 0] + base
    if not np.allclose(values[at + timeline.horizon], measured, rtol=1e-5):
        raise RuntimeError(f"{path}: the target of a row is not the value {timeline.horizon} rows later")
    return Origins(dataset, at, timeline.horizon, base, measured, values, inputs, _known_ahead(dataset, table))


def _known_ahead(dataset: Dataset, table: Table) -> tuple[str, ...]:
    """The parts of the calendar; none where rows are not evenly spaced, since nobody knows when the next ones come."""
    clock = dataset.given.clock
    if clock is None or np.ptp(np.diff(clock)) > 0:
        return ()
    return tuple(name for one in table.entries if isinstance(one, Calendar) for name in one.names({}))
