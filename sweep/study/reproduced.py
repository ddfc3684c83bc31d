"""Whether a trial that is trained again gives what the ledger has of it: every metric, to the last bit."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from sweep.core.trials import Outcome
from workers.spec import PACE, EpochReport

FINAL = "as deployed"  # where a score stands that is of no epoch


class Difference(NamedTuple):
    """A number that is another one now.

    at  the epoch, from 1; or what is scored once
    """

    at: str
    metric: str
    recorded: float
    now: float

    @property
    def relative(self) -> float:
        """By how much, of what is recorded; infinite where that is 0, or either is no number."""
        size = abs(self.recorded)
        found = abs(self.now - self.recorded) / size if size else math.inf
        return found if math.isfinite(found) else math.inf


def differences(
    recorded: Sequence[EpochReport], outcome: Outcome, now: Sequence[EpochReport], again: Outcome
) -> list[Difference]:
    """What is another number, or lacks; of a trial that was given up only the epochs that it had are looked at."""
    found = [
        difference
        for before, after in zip(recorded, now, strict=False)
        for difference in _differing(f"epoch {before.epoch + 1}", before.metrics, after.metrics)
    ]
    if len(now) < len(recorded):
        found.append(Difference("the end", "epochs", len(recorded), len(now)))
    if outcome.state == "complete":
        found += _differing(FINAL, outcome.metrics, again.metrics)
    if outcome.test is not None:
        tested = again.test.metrics if again.test else {}
        found += _differing("on the test split", outcome.test.metrics, tested)
        if again.test and not np.array_equal(outcome.test.losses, again.test.losses):
            means = (float(test.losses.mean()) for test in (outcome.test, again.test))
            found.append(Difference("on the test split", "the loss of each timestep, in the mean", *means))
    return found


def _differing(at: str, recorded: Mapping[str, float], now: Mapping[str, float]) -> Iterator[Difference]:
    for name, before in recorded.items():
        if name in PACE:
            continue
        after = now.get(name, math.nan)
        if after != before and not (math.isnan(before) and math.isnan(after)):
            yield Difference(at, name, before, after)
