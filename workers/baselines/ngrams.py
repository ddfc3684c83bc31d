"""An n-gram model of text: how often each character followed the same few before it.

Source: Witten and Bell 1991, The Zero-Frequency Problem, IEEE Transactions on Information Theory 37, as interpolated by
Chen and Goodman 1999, An Empirical Study of Smoothing Techniques for Language Modeling, section 2.4.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from workers.baselines.material import Forecast, Material, Numbers
from workers.data.timeline import Integers, Timeline

if TYPE_CHECKING:
    from scipy import sparse

LONGEST = 6  # characters that are looked back on, in the longest of the models
LARGEST = 2**62  # of the numbers that stand for what is looked back on


class _Counts(NamedTuple):
    """How often each character followed each context of a length.

    contexts  (n,) int64, ascending
    counts    (n, n_characters)
    """

    contexts: NDArray[np.int64]
    counts: "sparse.csr_matrix"

    def of(self, contexts: NDArray[np.int64]) -> Numbers:
        """(m, n_characters) of these contexts (m,); zeros of those that training has not."""
        place = np.minimum(np.searchsorted(self.contexts, contexts), len(self.contexts) - 1)
        known = self.contexts[place] == contexts
        return np.asarray(self.counts[place].toarray() * known[:, None])


def ngram(material: Material) -> Forecast:
    """Of the lengths up to LONGEST, and at most the window, the one that is best on validation."""
    timeline, n = material.timeline, material.timeline.n_classes
    most = min(LONGEST, material.window, int(np.log(LARGEST) / np.log(n + 1)))
    counted = [_counted(timeline, material.train, length) for length in range(most + 1)]
    forecasts = [_forecast(timeline, counted[: length + 1]) for length in range(most + 1)]
    return min(forecasts, key=material.log_loss)


def _counted(timeline: Timeline, at: Integers, length: int) -> _Counts:
    from scipy import sparse  # noqa: PLC0415  (a second, which training need not wait for)

    contexts, place = np.unique(_contexts(timeline, at, length), return_inverse=True)
    ones, shape = np.ones(len(at)), (len(contexts), timeline.n_classes)
    return _Counts(contexts, sparse.coo_matrix((ones, (place, timeline.targets[at])), shape=shape).tocsr())


def _contexts(timeline: Timeline, at: Integers, length: int) -> NDArray[np.int64]:
    """(n,) a number for the last `length` characters up to each of `at`; before a document there is a further one."""
    characters = timeline.features[:, 0].astype(np.int64)
    first = timeline.starts[np.searchsorted(timeline.starts, at, side="right") - 1]
    found = np.zeros(len(at), np.int64)
    for back in range(length):
        steps = at - back
        found = found * (timeline.n_classes + 1) + np.where(steps < first, timeline.n_classes, characters[steps])
    return found


def _forecast(timeline: Timeline, counted: Sequence[_Counts]) -> Forecast:
    return lambda at: _interpolated(timeline, counted, at)


def _interpolated(timeline: Timeline, counted: Sequence[_Counts], at: Integers) -> Numbers:
    """(n, n_characters) (count + kinds * p of the shorter context) / (all counts + kinds), from no context upwards."""
    p = np.full((len(at), timeline.n_classes), 1 / timeline.n_classes)
    for length, table in enumerate(counted):
        counts = table.of(_contexts(timeline, at, length))
        total, kinds = counts.sum(axis=1, keepdims=True), (counts > 0).sum(axis=1, keepdims=True)
        known = total[:, 0] > 0
        p[known] = ((counts + kinds * p) / np.maximum(total + kinds, 1))[known]
    return p
