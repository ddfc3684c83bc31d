"""A comparison that stops when it is decided: fewer runs, one answer, whoever reads it and whenever it was killed."""

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sweep.comparison.selection import SELECTING_SEEDS
from sweep.comparison.verdict import Verdict
from sweep.config.margin import Margin
from sweep.core.trials import Outcome, Trial
from sweep.execution.fakes import FakeTrainer
from sweep.execution.in_process import InProcessPool
from sweep.execution.protocols import Callback
from sweep.execution.scheduler import Scheduler
from sweep.launch.looking import Looking
from sweep.report.gather import _differences
from sweep.study import Study
from sweep.study.answer import answer
from sweep.study.comparison_runs import ComparisonReader, ComparisonRuns
from sweep.study.comparison_table import COMPARISON, seed_number
from sweep.study.looks import identity_of
from tests.sweep.worlds import RECORD, open_study, run
from workers.spec import Segment, TrialSpec

SEEDS = 8
EARLY = f"compare={{seeds: {SEEDS}, stop_when_decided: true}}"
ALL = f"compare={{seeds: {SEEDS}}}"
ERRORS = {"never": 1.0, "every_epoch": 2.0, "stateless": 3.0}


class Apart(FakeTrainer):
    """Each arm's error is its own, but for a thousandth that is the seed's."""

    def train(self, spec: TrialSpec, seed: int, *args: Any, **kwargs: Any) -> Segment:
        segment = super().train(spec, seed, *args, **kwargs)
        error = ERRORS[spec.arm] * (1 + seed % 97 / 97e3)
        if segment.final:
            scored = {f"validation/{name}_deployed": value for name, value in _metrics(error).items()}
            object.__setattr__(segment, "final", {**segment.final, **scored})
        if segment.test:
            scored = {f"test/{name}_deployed": value for name, value in _metrics(error).items()}
            object.__setattr__(segment.test, "metrics", {**segment.test.metrics, **scored})
            segment.test.losses[:] = error**2
        return segment


def _metrics(error: float) -> dict[str, float]:
    return {"loss": error**2, "rmse": error, "error": error}


class Killed(Exception):
    """The launcher was killed."""


class KilledAfter(Callback):
    """Ends the launcher after so many runs."""

    def __init__(self, runs: int) -> None:
        self._left = runs

    def on_trial_end(self, trial: Trial, outcome: Outcome) -> None:
        self._left -= 1
        if not self._left:
            raise Killed


class Close(FakeTrainer):
    """Two arms that nobody can tell apart, and a third that is a little worse; some runs end badly.

    killed, diverged  the seeds with which an arm's machine ends its runs, and with which they diverge
    """

    def __init__(self, arm: str = "", killed: Collection[int] = (), diverged: Collection[int] = ()) -> None:
        super().__init__()
        self._arm, self._killed, self._diverged = arm, killed, diverged

    def train(self, spec: TrialSpec, seed: int, *args: Any, **kwargs: Any) -> Segment:
        if spec.arm == self._arm and seed in self._killed:
            raise RuntimeError("out of memory")
        segment = super().train(spec, seed, *args, **kwargs)
        if spec.arm == self._arm and seed in self._diverged:
            return replace(segment, diverged="the loss is nan", finished=False, test=None)
        error = (1.02 if spec.arm == "every_epoch" else 1.0) * (1 + 0.02 * (seed % 97 / 97 - 0.5))
        final = {f"validation/{name}_deployed": value for name, value in _metrics(error).items()}
        segment = replace(segment, final={**segment.final, **final} if segment.final else None)
        if segment.test:
            scored = {f"test/{name}_deployed": value for name, value in _metrics(error).items()}
            object.__setattr__(segment.test, "metrics", {**segment.test.metrics, **scored})
            segment.test.losses[:] = error**2
        return segment


def drawn(study: Study, *numbers: int) -> set[int]:
    """The seeds of runs with these numbers."""
    stream = (np.random.SeedSequence(study.config.seed, spawn_key=(COMPARISON, number, 0)) for number in numbers)
    return {int(each.generate_state(1)[0]) for each in stream}


def opened(folder: Path, compare: str) -> Study:
    study = open_study(folder, compare, "space.reset_policy=[every_epoch, never]")
    run(study, [Apart()])
    return study


def compared(
    study: Study, *callbacks: Callback, trainer: FakeTrainer | None = None, workers: int = 1
) -> ComparisonRuns:
    """The comparison as a launch makes it, with the look noted at the first result that decides."""
    settings = study.config.compare
    assert settings
    runs = study.comparison_runs(settings.seeds)

    def note() -> None:
        runs.looks = study.look(identity_of(study.config, settings, runs.keys, RECORD))

    pool = InProcessPool([trainer or Apart()] * workers)
    Scheduler(runs, pool, study.objective, [Looking(runs, note), *callbacks]).run()
    return runs


def verdict(study: Study, runs: ComparisonReader) -> Verdict:
    settings = study.config.compare
    assert settings
    assert runs.looks is not None
    found = answer(study.config, settings, runs, RECORD, runs.looks)
    assert found
    return found


def made(runs: ComparisonReader) -> dict[str, int]:
    """How many runs that decide were made of each arm, at its own setting."""
    return {arm: len(own) for arm, own in runs.of_arms().items()}


def test_arms_that_are_decided_get_no_more_seeds(tmp_path: Path) -> None:
    study = opened(tmp_path, EARLY)
    runs = compared(study)
    found = {row.arm: row for row in verdict(study, runs).arms}
    assert {arm: found[arm].decision for arm in ("never", "every_epoch")} == dict.fromkeys(
        ("never", "every_epoch"), "better"
    )
    assert made(runs)["never"] < SEEDS
    assert runs.missing == 0


def test_the_same_is_decided_as_with_all_seeds(tmp_path: Path) -> None:
    decisions = []
    for name, compare in (("early", EARLY), ("all", ALL)):
        (tmp_path / name).mkdir()
        study = opened(tmp_path / name, compare)
        runs = compared(study)
        runs.looks = 0
        decisions.append({row.arm: row.decision for row in verdict(study, runs).arms})
    assert decisions[0] == decisions[1]


def test_whoever_reads_the_study_finds_the_same_answer_and_no_run_missing(tmp_path: Path) -> None:
    study = opened(tmp_path, EARLY)
    runs = compared(study)
    with Study.read(study.config, RECORD) as reader:
        read = reader.comparison_runs(SEEDS)
        assert (read.missing, read.looks) == (0, 0)
        assert verdict(study, read).as_json() == verdict(study, runs).as_json()


@pytest.mark.lengthy
@pytest.mark.parametrize("after", [1, 10, 14, 17])
def test_a_launcher_that_is_killed_makes_the_same_runs_when_it_comes_back(tmp_path: Path, after: int) -> None:
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    whole.mkdir()
    cut.mkdir()
    expected = compared(opened(whole, EARLY))
    study = opened(cut, EARLY)
    with pytest.raises(Killed):
        compared(study, KilledAfter(after))
    study.close()
    again = open_study(cut, EARLY, "space.reset_policy=[every_epoch, never]")
    runs = compared(again)
    assert sorted(run.trial.key for run in runs) == sorted(run.trial.key for run in expected)
    assert verdict(again, runs).as_json() == verdict(again, expected).as_json()


def test_until_a_look_is_noted_no_arm_is_decided(tmp_path: Path) -> None:
    study = opened(tmp_path, EARLY)
    runs = study.comparison_runs(SEEDS)
    Scheduler(runs, InProcessPool([Apart()]), study.objective).run()
    assert set(made(runs).values()) == {SEEDS}


def test_arms_that_are_decided_make_no_other_look(tmp_path: Path) -> None:
    study = opened(tmp_path, EARLY)
    settings = study.config.compare
    assert settings
    keys = []

    class Watching(Callback):
        def on_trial_end(self, trial: Trial, outcome: Outcome) -> None:
            if seed_number(trial) > SELECTING_SEEDS:
                keys.append(study.comparison_runs(SEEDS).keys)

    compared(study, Watching())
    assert keys
    assert all(each == keys[0] for each in keys)


def test_to_stop_when_decided_is_another_comparison_than_not_to(tmp_path: Path) -> None:
    study = opened(tmp_path, ALL)
    compared(study)
    study.close()
    early = open_study(tmp_path, EARLY, "space.reset_policy=[every_epoch, never]")
    assert compared(early).looks == 1


def test_seeds_that_were_run_before_change_no_step(tmp_path: Path) -> None:
    """All seeds were there already; what is said rests on those of its step."""
    study = opened(tmp_path, ALL)
    compared(study)
    study.close()
    early = open_study(tmp_path, EARLY, "space.reset_policy=[every_epoch, never]")
    runs = compared(early)
    row = next(row for row in verdict(early, runs).arms if row.arm == "never")
    assert row.seeds < SEEDS


def test_runs_that_were_begun_before_there_were_steps_are_gone_on_with(tmp_path: Path) -> None:
    """Many workers had begun seeds that no step needs yet. Whoever needs them later finds them made."""
    study = opened(tmp_path, ALL)
    with pytest.raises(Killed):
        compared(study, KilledAfter(14), trainer=Close(), workers=32)
    study.close()
    early = open_study(tmp_path, EARLY, "space.reset_policy=[every_epoch, never]")
    assert compared(early, trainer=Close(), workers=2).missing == 0


def test_an_arm_whose_first_runs_are_missing_gets_its_other_seeds(tmp_path: Path) -> None:
    study = opened(tmp_path, EARLY)
    runs = compared(study, trainer=Close("never", killed=drawn(study, 4, 5, 6)))
    assert made(runs)["never"] > 0
    assert runs.missing == 0
    assert "never" in [row.arm for row in verdict(study, runs).arms]


@pytest.mark.lengthy
@pytest.mark.parametrize(
    ("seeds", "of_first_step"), [({"killed": (4,)}, 4), ({"diverged": (4, 5, 6)}, 2)], ids=["killed", "diverged"]
)
def test_later_runs_of_the_reference_move_no_margin_in_units(
    tmp_path: Path, seeds: dict[str, tuple[int, ...]], of_first_step: int
) -> None:
    study = opened(tmp_path, EARLY)
    settings = study.config.compare
    assert settings
    in_units = settings.model_copy(update={"margin": Margin(0.01, "m")})
    margins: dict[int, float] = {}

    class Watching(Callback):
        def on_trial_end(self, trial: Trial, outcome: Outcome) -> None:
            now = study.comparison_runs(SEEDS)
            found = answer(study.config, in_units, now, RECORD, 0) if made(now) else None
            if found:
                margins[found.arms[0].finished] = found.margin

    trainer = Close("stateless", **{how: drawn(study, *numbers) for how, numbers in seeds.items()})
    compared(study, Watching(), trainer=trainer)
    settled = {margin for finished, margin in margins.items() if finished >= of_first_step}
    assert len(settled) == 1
    assert np.isfinite(settled.pop())


def test_dots_are_differences_from_the_reference_with_the_same_seeds(tmp_path: Path) -> None:
    study = opened(tmp_path, EARLY)
    runs = compared(study, trainer=Close())
    found = verdict(study, runs)
    dots = _differences(runs.of_arms(), found)
    for row in found.arms[1:]:
        assert len(dots[row.arm]) == row.seeds
        assert np.mean(dots[row.arm]) == pytest.approx(row.difference)
