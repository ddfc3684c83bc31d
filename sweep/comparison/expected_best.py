"""How good the best of so many trials is to be expected, from the trials of a search."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def expected_best(values: Sequence[float], *, sign: int) -> NDArray[np.floating]:
    """(n_trials,) the expected best value of 1, 2, ... trials that are drawn from these with replacement.

    values  (n_trials,) finite
    sign    1 where less is better, -1 where more is

    Trials that a sampler chose are not independent of each other, so for these it is a description.

    Source: Dodge, Gururangan, Card, Schwartz & Smith 2019, Show your work: improved reporting of experimental results,
    arXiv 1909.03004, section 3.1.
    """
    ordered = np.sort(sign * np.asarray(values, float))[::-1]  # the worst first
    count = len(ordered)
    below = np.arange(count + 1) / count
    trials = np.arange(1, count + 1)[:, None]
    weights = np.diff(below[None, :] ** trials, axis=1)  # the probability that each is the best of so many
    return np.asarray(sign * weights @ ordered)
