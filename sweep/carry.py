"""How long state must be carried: the shortest carry that is as good as the best."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Carry:
    """The runs of one way of carrying.

    carried_timesteps  the mean age of the state at the beginning of a window
    scores             (n_seeds,) the objective on the validation split; NaN where a run diverged
    interval           of every_n_batches, in batches; None for another policy
    """

    carried_timesteps: float
    scores: NDArray[np.floating]
    interval: int | None = None


def smallest_carry(carries: Sequence[Carry], goal: Literal["minimize", "maximize"] = "minimize") -> Carry | None:
    """The every_n_batches of fewest carried timesteps whose mean is within one standard error of the best's.

    The one-standard-error rule of Breiman et al. 1984: of what chance could have ordered otherwise, the simplest. The
    best is sought among all, other policies too, and the error is its own over seeds, so it takes two. What diverged in
    a single run does not suffice. None where no every_n_batches does, or nothing is left to be the best.
    """
    sign = 1 if goal == "minimize" else -1
    steady = [carry for carry in carries if len(carry.scores) > 1 and np.isfinite(carry.scores).all()]
    if not steady:
        return None
    best = min(steady, key=lambda carry: sign * carry.scores.mean())
    error = best.scores.std(ddof=1) / np.sqrt(len(best.scores))
    limit = sign * best.scores.mean() + error
    enough = [carry for carry in steady if carry.interval is not None and sign * carry.scores.mean() <= limit]
    return min(enough, key=lambda carry: (carry.carried_timesteps, carry.interval), default=None)
