"""The scored runs of one cell: one arm, trained with one setting and several seeds."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]


@dataclass(frozen=True, eq=False)
class CellRuns:
    """What the runs of a cell did on the validation and test splits.

    seeds       (n_seeds,) each once
    validation  (n_seeds,) the deciding error on the validation split, as deployed; NaN where the run diverged
    losses      n_seeds times (n_scored,): the deciding loss of each scored timestep of the test split; None where the
                run diverged. A run whose losses are not all finite has diverged as well
    root        the error of a run is the root of its mean loss, which is a squared error then; else the mean itself
    keys        n_seeds, what each run is known by; cells with equal keys consist of the same runs. Empty: of no others'

    Raises ValueError for seeds that are none or not distinct, for lists of different lengths, for losses of different
    timesteps or of none, and for negative squared errors.
    """

    seeds: Sequence[int]
    validation: Floats
    losses: Sequence[Floats | None]
    root: bool
    keys: Sequence[str] = ()

    def __post_init__(self) -> None:
        counts = len(self.seeds), len(self.validation), len(self.losses)
        if not self.seeds or len(set(self.seeds)) < len(self.seeds) or len(set(counts)) > 1:
            raise ValueError(f"a cell needs seeds, each once, each with its error and losses, not {list(self.seeds)}")
        shapes = {np.shape(losses) for losses in self.losses if losses is not None}
        if len(shapes) > 1 or any(len(shape) != 1 or shape[0] == 0 for shape in shapes):
            raise ValueError(f"losses must be of the same scored timesteps, not of {sorted(shapes)}")
        if self.root and (self.finished_losses < 0).any():
            raise ValueError("squared errors must not be negative")

    def at(self, places: Sequence[int]) -> "CellRuns":
        """Of the runs those at these places, in their order."""
        seeds, losses = [self.seeds[place] for place in places], [self.losses[place] for place in places]
        keys = [self.keys[place] for place in places] if self.keys else ()
        return CellRuns(seeds, self.validation[list(places)], losses, self.root, keys)

    @cached_property
    def finished(self) -> NDArray[np.bool_]:
        """(n_seeds,) where the run did not diverge."""
        scored = [losses is not None and bool(np.isfinite(losses).all()) for losses in self.losses]
        return np.asarray(np.isfinite(np.asarray(self.validation, float)) & np.array(scored))

    @property
    def stable(self) -> bool:
        """Whether no run diverged."""
        return bool(self.finished.all())

    @property
    def counts_mistakes(self) -> bool:
        """Whether each loss of those that finished is 0 or 1."""
        return not self.root and bool(np.isin(self.finished_losses, (0, 1)).all())

    @property
    def diverged(self) -> int:
        """How many runs diverged."""
        return int((~self.finished).sum())

    @cached_property
    def finished_losses(self) -> Floats:
        """(n_finished, n_scored), by ascending seed; (0, 0) where all runs diverged."""
        rows = [self.losses[run] for run in np.argsort(self.seeds) if self.finished[run]]
        return np.array(rows, float) if rows else np.zeros((0, 0))

    @cached_property
    def errors(self) -> Floats:
        """(n_seeds,) the deciding error on the test split, in the order of the seeds; NaN where the run diverged."""
        errors = np.full(len(self.seeds), np.nan)
        by_seed = np.argsort(self.seeds)
        errors[by_seed[self.finished[by_seed]]] = self.finished_errors
        return errors

    @cached_property
    def finished_errors(self) -> Floats:
        """(n_finished,) the deciding error on the test split, by ascending seed."""
        means = self.finished_losses.mean(axis=1) if self.finished.any() else np.zeros(0)
        return np.sqrt(means) if self.root else means

    @property
    def mean(self) -> float:
        """The mean error of the runs that finished; NaN where none did."""
        return float(self.finished_errors.mean()) if self.finished.any() else np.nan

    @cached_property
    def influences(self) -> Floats:
        """(n_finished, n_scored) what each timestep adds to the error of a run, which is its mean; by ascending seed.

        The root is linearised: with e = root of the mean of l, a timestep's influence is e + (l - mean of l) / (2 e).
        A run without any error has none that a timestep could influence.

        Source: the delta method; Davison & Hinkley 1997, Bootstrap Methods and their Application, section 2.7.2.
        """
        losses = self.finished_losses
        if not self.root or not len(losses):
            return losses
        mean = losses.mean(axis=1, keepdims=True)
        error = np.sqrt(mean)
        slope = np.divide(0.5, error, out=np.zeros_like(error), where=error > 0)
        return np.asarray(error + (losses - mean) * slope)
