"""A trial: the configuration that was proposed, its canonical form, and its outcome."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from workers.objective import Objective
from workers.spec import EpochReport, TestScores, TrialSpec

Stage = Literal["search", "compare"]
State = Literal["running", "complete", "pruned", "failed"]


@dataclass(frozen=True)
class Trial:
    """A configuration to train.

    spec       as it was proposed or enqueued
    canonical  its canonical form, which names its arm
    key        the same for trials of the same canonical form
    label      the name of an enqueued configuration; empty for one without a name
    """

    number: int
    spec: TrialSpec
    canonical: TrialSpec
    key: str
    seed: int
    label: str = ""
    stage: Stage = "search"

    @property
    def arm(self) -> str:
        """The name of the way in which it treats state."""
        return self.canonical.arm

    @property
    def name(self) -> str:
        """Its number and what it is, for people to read: `7 GRU every_epoch b16`."""
        return f"{self.number} {self.label or f'{self.spec.cell} {self.arm} b{self.spec.batch_size}'}"


@dataclass(frozen=True)
class Outcome:
    """The result of a trial.

    value, epoch, metrics  of the epoch that the objective selects; none when there is no epoch. The metrics of a
                           complete trial also hold its scores as deployed (Segment.deployed)
    reused_from            the number of the trial with the same key whose result this is
    test                   the scores on the test split; comparison runs alone have them
    error                  why it failed, in a line or more
    diverged               whether it failed because a loss was not finite
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
    def of(
        cls,
        state: State,
        reports: list[EpochReport],
        objective: Objective,
        deployed: Mapping[str, float] | None = None,
        **details: object,
    ) -> "Outcome":
        """The outcome of a trial with these epochs; deployed: the scores of the selected one, as Segment.deployed."""
        if not reports:
            return cls(state, **details)  # type: ignore[arg-type]
        chosen = objective.select(reports)
        metrics = {**chosen.metrics, **(deployed or {})}
        return cls(state, chosen.metrics[objective.metric], chosen.epoch, metrics, **details)  # type: ignore[arg-type]


class Run(NamedTuple):
    """A trial and its outcome."""

    trial: Trial
    outcome: Outcome


def complete_runs(runs: Iterable[Run]) -> list[tuple[Run, float]]:
    """The complete trials among these, each with its value."""
    return [
        (Run(trial, outcome), outcome.value)
        for trial, outcome in runs
        if outcome.state == "complete" and outcome.value is not None
    ]
