"""A study's part of a cluster that others may use too."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Part:
    """How many workers a study may have now. `studies`: how many studies want workers, this one included."""

    workers: int
    studies: int = 1


Share = Callable[[int, float, bool], Part]  # of what is wanted, its size, and whether the study has its turn


def alone(wants: int, size: float, holds: bool) -> Part:  # noqa: ARG001  (a Share)
    """The part of a study that has the cluster to itself: what it wants."""
    return Part(wants)
