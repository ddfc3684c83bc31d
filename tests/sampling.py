"""How much of a campaign runs: a sample by a printed seed; all with FAULTS=whole. FAULTS_SEED=n repeats a run."""

import os
import random
from collections.abc import Sequence
from typing import TypeVar

IS_WHOLE = os.environ.get("FAULTS") == "whole"
# In the environment, so that processes among which the tests are divided have the same.
SEED = int(os.environ.setdefault("FAULTS_SEED", str(random.SystemRandom().randrange(10_000))))

T = TypeVar("T")


def draw(case: str) -> float:
    """The case's place in the order in which this run draws, from 0 to 1."""
    return random.Random(f"{SEED} {case}").random()


def sampled(cases: Sequence[T], count: int) -> Sequence[T]:
    """All cases, or so many of them."""
    return cases if IS_WHOLE else random.Random(f"{SEED} {cases}").sample(cases, count)
