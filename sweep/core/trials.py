"""A trial as the sweep knows it: what was asked, in which form it is trained, and what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from workers.spec import EpochReport, Objective, TestScores, TrialSpec

Stage = Literal["search", "compare"]
State = Literal["running", "complete", "pruned", "failed"]


@dataclass(frozen=True)
class Trial:
    """What is to be trained.

    spec  as it was asked
    canonical  the canonical form, which names its arm; trials of equal form have equal keys
    """

    number: int
    spec: TrialSpec
    canonical: TrialSpec
    key: str
    seed: int
    label: str = ""  # the name of an enqueued configuration
    stage: Stage = "search"

    @property
    def arm(self) -> str:
        """How it treats state."""
        return self.canonical.arm

    @property
    def name(self) -> str:
        """For people: `7 GRU every_epoch b16`."""
        return f"{self.number} {self.label or f'{self.spec.cell} {self.arm} b{self.spec.batch_size}'}"


@dataclass(frozen=True)
class Outcome:
    """What came of a trial.

    value, epoch, metrics  of the epoch that the objective selects; none when there is no epoch
    reused_from            the number of the equal trial whose result this is
    test                   of a comparison's run: its scores on the test split
    error                  why it failed, in a line or more; diverged: because a loss was not finite
    """

    state: State
    value: float | None = None
    epoch: int | None = None
    metrics: Mapping[str, float] = field(default_factory=dict)
    reused_from: int | None = None
    error: str = ""
    diverged: bool = False
    test: TestScores | None = None

    @classmethod
    def of(cls, state: State, reports: list[EpochReport], objective: Objective, **details: object) -> "Outcome":
        """The outcome of a trial with these epochs."""
        if not reports:
            return cls(state, **details)  # type: ignore[arg-type]
        chosen = objective.select(reports)
        metrics = dict(chosen.metrics)
        return cls(state, metrics[objective.metric], chosen.epoch, metrics, **details)  # type: ignore[arg-type]
