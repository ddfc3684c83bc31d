"""A trial: the configuration that was proposed, its canonical form, and its outcome."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, NamedTuple

from workers.objective import Objective
from workers.spec import EpochReport, TestScores, TrialSpec

ERROR_DEPLOYED = "validation/error_deployed"

TWIN = " (twin)"  # ends the name of an arm that takes part a second time, so that equal arms are compared

Stage = Literal["search", "compare", "refit"]  # refit: the model that is deployed, trained again on all data
State = Literal["running", "complete", "pruned", "failed"]


class Origin(NamedTuple):
    """Which of a comparison's origins a run is trained at; the first of any number is the study's own split."""

    number: int = 1
    of: int = 1

    def __str__(self) -> str:
        return f"{self.number} of {self.of}"


FIRST = Origin()


@dataclass(frozen=True)
class Trial:
    """A configuration to train.

    spec       as it was proposed or enqueued
    canonical  its canonical form, which names its arm
    key        the same for trials of the same canonical form
    label      the name of an enqueued configuration; empty for one without a name
    twin       whether it is a trial of its arm's twin
    origin     at which it is trained; comparison runs alone have another than the first
    """

    number: int
    spec: TrialSpec
    canonical: TrialSpec
    key: str
    seed: int
    label: str = ""
    stage: Stage = "search"
    twin: bool = False
    origin: Origin = FIRST

    @cached_property  # a search counts the arms of all its trials before each proposal
    def arm(self) -> str:
        """The name of the way in which it treats state."""
        return twin_of(self.canonical.arm) if self.twin else self.canonical.arm

    @property
    def name(self) -> str:
        """Its number and what it is, for people to read: `7 GRU every_epoch b16`."""
        return f"{self.number} {self.label or f'{self.spec.network} {self.arm} b{self.spec.batch_size}'}"


@dataclass(frozen=True)
class Outcome:
    """The result of a trial.

    value, epoch, metrics  of the epoch that the objective selects; none when there is no epoch. The metrics of a
                           complete trial also hold its scores as deployed (Segment.final)
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

    @property
    def error_deployed(self) -> float:
        """A complete trial's error on the validation split, as deployed; less is better, whatever the objective."""
        return self.metrics[ERROR_DEPLOYED]

    def as_deployed(self, objective: Objective) -> float | None:
        """The objective's value on the validation split as deployed; the value itself where there is none."""
        return self.metrics.get(objective.deployed("validation"), self.value)

    @property
    def was_killed(self) -> bool:
        """Whether it failed without having diverged, so that it says nothing of its configuration's results."""
        return self.state == "failed" and not self.diverged

    @classmethod
    def of(
        cls,
        state: State,
        reports: list[EpochReport],
        objective: Objective,
        final: Mapping[str, float] | None = None,
        **details: object,
    ) -> "Outcome":
        """The outcome of a trial with these epochs; final: what is scored once, as Segment.final."""
        if not reports:
            return cls(state, **details)  # type: ignore[arg-type]
        chosen = objective.select(reports)
        metrics = {**chosen.metrics, **(final or {})}
        return cls(state, chosen.metrics[objective.metric], chosen.epoch, metrics, **details)  # type: ignore[arg-type]


def twin_of(arm: str) -> str:
    """The name of an arm's twin."""
    return f"{arm}{TWIN}"


def is_twin(arm: str) -> bool:
    """Whether this is the name of a twin."""
    return arm.endswith(TWIN)


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


def best_first(runs: Iterable[Run], objective: Objective) -> list[Run]:
    """The complete trials among these, the best as deployed first; of equals the lowest number, whichever ended first.

    Whoever asks for a best trial asks here: the same one is then shown, kept and deployed. Trials that an earlier
    version has scored have no score as deployed, and are ranked by their values.
    """
    complete = complete_runs(runs)

    def rank(pair: tuple[Run, float]) -> tuple[float, int]:
        run, value = pair
        return run.outcome.metrics.get(ERROR_DEPLOYED, objective.sign * value), run.trial.number

    return [run for run, _ in sorted(complete, key=rank)]
