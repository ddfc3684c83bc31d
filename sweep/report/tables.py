"""What the page's tables say beside numbers: each arm's meaning, and each trial in a row."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sweep.comparison.measure import Measure
from sweep.comparison.verdict import ArmVerdict, AtSetting, CellScores, Verdict
from sweep.core.trials import Outcome, Run, Trial
from sweep.report.content import Report, value
from sweep.report.formatting import between, signed
from workers.plans.arms import TOLD, arm_named


@dataclass(frozen=True)
class TrialRow:
    """A trial in the table of the search.

    value   what is shown of the objective; none where the trial came to no result
    epoch   whose value it is, counted from 1
    fields  one for each column of Trials.fields; none where the trial has no such field
    remark  why there is no value, or whose it is
    """

    name: str
    value: float | None
    arm: str
    state: str
    epoch: int | None
    fields: Sequence[Any]
    remark: str


class Trials(NamedTuple):
    """The table of the search.

    fields  the names of those that are not the same in all trials, a column each
    """

    fields: Sequence[str]
    rows: Sequence[TrialRow]


class SettingRow(NamedTuple):
    """A setting, the arms that are compared at it, and what makes it differ from the others."""

    name: str
    arms: str
    fields: str


class SettingCell(NamedTuple):
    """An arm at a setting: what is shown of its objective on the test split, and its difference from the reference.

    difference  with its interval, where there is one; empty for the reference, and where that was not run
    own         whether the arm is compared at this setting
    """

    test: float
    runs: str
    difference: str
    own: bool


class ArmRow(NamedTuple):
    """An arm at every setting."""

    arm: str
    cells: list[SettingCell | None]


def meaning(arm: str) -> str:
    """What the arm does with state, in a few words; empty for a name that is not known."""
    return arm_named(arm).meaning


def obstacle(row: ArmVerdict) -> str:
    """What stands in the place of the number of seeds that would decide, where there is no such number."""
    if row.obstacle is None:
        return "–"
    return "over 200" if row.obstacle == "seeds" else f"not seeds: {row.obstacle}"


def settings(verdict: Verdict) -> list[SettingRow]:
    """A row for each setting, by name, with the fields that are not the same in all."""
    names = dict.fromkeys(name for fields in verdict.settings.values() for name in fields)
    varied = [name for name in names if len({str(fields.get(name)) for fields in verdict.settings.values()}) > 1]
    return [
        SettingRow(
            name=setting,
            arms=", ".join(row.arm for row in verdict.arms if row.setting == setting) or "none",
            fields=", ".join(f"{name} {_brief(fields[name])}" for name in varied) or "all the same",
        )
        for setting, fields in verdict.settings.items()
    ]


def by_setting(verdict: Verdict) -> list[ArmRow]:
    """A row for each arm, with a cell for each setting; None where it was not run there."""
    cells = {(cell.arm, cell.setting): cell for cell in verdict.cells}
    return [
        ArmRow(row.arm, [_cell(row, cells.get((row.arm, setting)), verdict.measure) for setting in verdict.settings])
        for row in verdict.arms
    ]


def _cell(row: ArmVerdict, scores: CellScores | None, measure: Measure) -> SettingCell | None:
    if scores is None:
        return None
    there = row.at(scores.setting)
    runs = "1 run" if scores.seeds == 1 else f"{scores.seeds} runs"
    return SettingCell(
        measure.value(scores.test), runs, _shown(there) if there else "", own=scores.setting == row.setting
    )


def _shown(there: AtSetting) -> str:
    """−3.1 % (−4.2 to −1.9 %); without the interval where there is none."""
    difference = signed(there.difference)
    return f"{difference} ({between(there.interval)})" if all(map(math.isfinite, there.interval)) else difference


def of_trials(trials: Sequence[Run], report: Report) -> Trials:
    """A row for each of these trials of a report, in their order."""
    fields = varied([trial.canonical.applying for trial, _ in trials])
    return Trials(fields, [_trial_row(trial, outcome, report, fields) for trial, outcome in trials])


def varied(parameters: Sequence[Mapping[str, Any]]) -> list[str]:
    """The names of the fields that are not the same in all trials that have them."""
    names = dict.fromkeys(name for fields in parameters for name in fields if name not in TOLD)
    return [name for name in names if len({str(fields[name]) for fields in parameters if name in fields}) > 1]


def _trial_row(trial: Trial, outcome: Outcome, report: Report, names: Sequence[str]) -> TrialRow:
    fields, found = trial.canonical.applying, value(report, outcome)
    found = outcome.value if found is None else found
    return TrialRow(
        name=trial.name,
        value=None if found is None else report.measure.value(found),
        arm=trial.arm,
        state=outcome.state,
        epoch=None if outcome.epoch is None else outcome.epoch + 1,
        fields=[fields.get(name) for name in names],
        remark=_remark(outcome),
    )


def _brief(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _remark(outcome: Outcome) -> str:
    if outcome.reused_from is not None:
        return f"the same as trial {outcome.reused_from}"
    first, *_ = outcome.error.strip().splitlines() or [""]
    return f"diverged: {first}" if outcome.diverged else first
