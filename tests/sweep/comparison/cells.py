"""Cells with made-up runs, for tests of contrasts."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

from sweep.comparison.cell_runs import CellRuns
from sweep.comparison.scored_timesteps import ScoredTimesteps

Floats = NDArray[np.floating]


def cell(
    losses: Sequence[Floats | None] | Floats, *, root: bool = False, seeds: Sequence[int] | None = None
) -> CellRuns:
    """Runs of seeds 0, 1, ... with these losses."""
    validation = np.array([np.nan if one is None else 1.0 for one in losses])
    return CellRuns(range(len(losses)) if seeds is None else seeds, validation, list(losses), root)


def level(*errors: float | None, count: int = 60) -> CellRuns:
    """Runs that err equally all along the test split, so that only seeds are luck; None: the run diverged."""
    return cell([None if error is None else np.full(count, error) for error in errors])


def record(count: int = 60) -> ScoredTimesteps:
    """A single sequence."""
    return ScoredTimesteps(count, np.zeros(1, int))


def panel(groups: int, timesteps: int, *, clock: bool = True) -> ScoredTimesteps:
    """Each group is one sequence, all of the same time."""
    times = np.tile(np.arange(float(timesteps)), groups) if clock else None
    return ScoredTimesteps(groups * timesteps, np.arange(groups) * timesteps, np.arange(groups), times)


def remembering(memory: float, *shape: int, rng: np.random.Generator) -> Floats:
    """Autoregressive series of order one and variance one, along the last axis."""
    noise = rng.normal(size=(*shape[:-1], shape[-1] + 200))
    return np.asarray(lfilter([np.sqrt(1 - memory**2)], [1, -memory], noise, axis=-1))[..., 200:]
