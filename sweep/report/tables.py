"""What the page's tables say beside numbers: each arm's meaning, and each trial in a row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sweep.comparison.verdict import ArmVerdict
from sweep.core.trials import Outcome, Run, Trial
from workers.plans.arms import TOLD, arm_named


@dataclass(frozen=True)
class TrialRow:
    """A trial in the table of the search.

    value   of the objective; none where the trial came to no result
    epoch   whose value it is, counted from 1
    fields  those that are not the same in all trials of the table
    remark  why there is no value, or whose it is
    """

    name: str
    value: float | None
    arm: str
    state: str
    epoch: int | None
    fields: str
    remark: str


def meaning(arm: str) -> str:
    """What the arm does with state, in a few words; empty for a name that is not known."""
    return arm_named(arm).meaning


def obstacle(row: ArmVerdict) -> str:
    """What stands in the place of the number of seeds that would decide, where there is no such number."""
    if row.obstacle is None:
        return "–"
    return "over 200" if row.obstacle == "seeds" else f"not seeds: {row.obstacle}"


def trial_rows(trials: Sequence[Run]) -> list[TrialRow]:
    """A row for each trial, in their order."""
    varied = _varied([trial.canonical.parameters for trial, _ in trials])
    return [_trial_row(trial, outcome, varied) for trial, outcome in trials]


def _varied(parameters: Sequence[Mapping[str, Any]]) -> list[str]:
    """The names of the fields that are not the same in all trials."""
    names = dict.fromkeys(name for fields in parameters for name in fields if name not in TOLD)
    return [name for name in names if len({str(fields.get(name)) for fields in parameters}) > 1]


def _trial_row(trial: Trial, outcome: Outcome, varied: Sequence[str]) -> TrialRow:
    fields = trial.canonical.parameters
    return TrialRow(
        name=trial.name,
        value=outcome.value,
        arm=trial.arm,
        state=outcome.state,
        epoch=None if outcome.epoch is None else outcome.epoch + 1,
        fields=", ".join(f"{name} {_brief(fields[name])}" for name in varied if name in fields),
        remark=_remark(outcome),
    )


def _brief(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _remark(outcome: Outcome) -> str:
    if outcome.reused_from is not None:
        return f"the same as trial {outcome.reused_from}"
    first, *_ = outcome.error.strip().splitlines() or [""]
    return f"diverged: {first}" if outcome.diverged else first
