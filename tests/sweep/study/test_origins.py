"""A comparison at several origins: which runs it makes, what it reuses, and what it comes to."""

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sweep.comparison.verdict import Verdict
from sweep.config.study_file import load
from sweep.core.trials import FIRST, Origin, Run
from sweep.execution.fakes import FakeTrainer, floor
from sweep.execution.in_process import InProcessPool
from sweep.execution.scheduler import Scheduler
from sweep.study import Study
from sweep.study.answer import answer
from sweep.study.comparison_plan import KeyParts, Need
from sweep.study.comparison_runs import ComparisonRuns
from sweep.study.deployment import deployment, may_be_deployed
from sweep.study.looks import identity_of
from sweep.study.origins import deciding_runs, whole
from tests.sweep.worlds import RECORD, NoLease, run, study_file
from workers.data.dataset import with_origins
from workers.data.splits import Split
from workers.spec import Segment, TrialSpec

SEEDS, ORIGINS = 4, 3
STRETCHES = (60, 20, 20)  # scored timesteps that a run of each origin has
DATA = with_origins(RECORD, Split(), ORIGINS)
COMPARED = f"compare={{seeds: {SEEDS}, origins: {ORIGINS}}}"


def opened(folder: Path, compared: str = COMPARED, *overrides: str) -> Study:
    """The study, created or continued, with its search at an end."""
    config = load(study_file(folder), (compared, "budget.trials=9", *overrides)).config
    study = Study.open(config, DATA if config.origins > 1 else RECORD, NoLease())
    run(study)
    return study


def compared(study: Study, trainer: FakeTrainer | None = None, **options: Any) -> ComparisonRuns:
    """The comparison's runs, made."""
    runs = study.comparison_runs(SEEDS)
    pool = InProcessPool([trainer or FakeTrainer(stretches=STRETCHES)])
    Scheduler(runs, pool, study.objective, **options).run()
    return runs


def verdict(study: Study, runs: ComparisonRuns) -> Verdict:
    settings, data = study.config.compare, study._dataset
    assert settings
    looks = study.look(identity_of(study.config, settings, runs.keys, data))
    found = answer(study.config, settings, runs, data, looks)
    assert found
    return found


def deciding(runs: ComparisonRuns) -> list[Run]:
    return [each for each in runs if KeyParts.of(each.trial.key).seed > 3]


def test_a_key_says_of_which_configuration_twin_origin_and_seed_a_run_is(tmp_path: Path) -> None:
    trial = next(iter(opened(tmp_path)))[0]
    for twin in (False, True):
        for origin in (FIRST, Origin(2, 4), Origin(11, 12)):
            key = Need(replace(trial, twin=twin), 7, origin).key
            assert KeyParts.of(key) == (trial.key, twin, origin, 7)
    assert Need(trial, 7).key == f"{trial.key}-7"
    assert Need(trial, 7, Origin(2, 4)).key == f"{trial.key}-o2of4-7"
    assert len(Need(replace(trial, twin=True), 999, Origin(50, 50)).key) <= 64  # of the ledger's column


def test_every_deciding_cell_is_trained_at_every_origin_with_the_same_seeds(tmp_path: Path) -> None:
    runs = compared(opened(tmp_path))
    made = Counter((KeyParts.of(each.trial.key).configuration, each.trial.origin) for each in deciding(runs))
    assert set(made.values()) == {SEEDS}
    assert len({configuration for configuration, _ in made}) * ORIGINS == len(made)
    seeds = {(each.trial.seed, each.trial.origin, KeyParts.of(each.trial.key).seed) for each in deciding(runs)}
    assert len(seeds) == len({seed for seed, *_ in seeds}) == SEEDS * ORIGINS
    assert {each.trial.origin for each in runs} - {each.trial.origin for each in deciding(runs)} == set()
    assert all("origin 2 of 3 seed" in each.trial.name for each in runs if each.trial.origin == Origin(2, 3))


def test_the_first_origin_is_the_comparison_without_origins_whose_runs_are_not_made_again(tmp_path: Path) -> None:
    plain = opened(tmp_path, f"compare={{seeds: {SEEDS}}}")
    before = {each.trial.key: each for each in compared(plain)}
    plain.close()
    study, trainer = opened(tmp_path), FakeTrainer(epochs_a_segment=5, stretches=STRETCHES)
    runs = compared(study, trainer)
    first = [each for each in runs if each.trial.origin == FIRST]
    assert {each.trial.key for each in first} == set(before)
    assert all(each.trial == before[each.trial.key].trial for each in first)
    assert len(trainer.trained) == len(list(runs)) - len(first)
    assert deployment(study, runs, verdict(study, runs)).run.trial.origin == FIRST  # type: ignore[union-attr]
    assert all(each.trial.origin == FIRST for each in runs if may_be_deployed(each.trial))


def test_another_number_of_origins_is_another_comparison(tmp_path: Path) -> None:
    """A stretch of three is not a stretch of two."""
    study = opened(tmp_path)
    settings = study.config.compare
    assert settings
    keys = compared(study).keys
    other = identity_of(study.config, settings.model_copy(update={"origins": 2}), keys, DATA)
    assert identity_of(study.config, settings, keys, DATA).digest != other.digest
    assert {KeyParts.of(key).origin for key in keys} == {FIRST, Origin(2, 3), Origin(3, 3)}


def test_a_seed_is_scored_by_the_run_of_each_origin_in_its_stretch(tmp_path: Path) -> None:
    study = opened(tmp_path)
    runs = compared(study)
    made = deciding_runs(runs, DATA, study.objective)
    cell, together = next(iter(made.items()))
    for each in together:
        seed = KeyParts.of(each.trial.key).seed
        at = [runs.finished(Need(runs.plan.cells.trials[cell], seed, origin).key) for origin in runs.plan.every_origin]
        floors = [floor(one.trial.canonical, one.trial.seed) for one in at if one]
        assert each.outcome.test
        assert each.outcome.test.losses == pytest.approx(np.repeat(floors, 20))
        assert each.outcome.test.metrics["test/error_deployed"] == pytest.approx(np.mean(floors) ** 0.5)
        assert each.outcome.test.metrics["test/loss_deployed"] == pytest.approx(np.mean(floors))
        assert each.outcome.error_deployed == pytest.approx(np.mean(np.sqrt(floors)))


def test_the_verdict_shows_each_origin_and_counts_how_they_differ(tmp_path: Path) -> None:
    study = opened(tmp_path)
    runs = compared(study)
    found = verdict(study, runs)
    assert [(row.origin, row.timesteps) for row in found.origins] == [(1, 20), (2, 20), (3, 20)]
    assert all(set(row.differences) == {each.arm for each in found.arms[1:]} for row in found.origins)
    assert any("Tested at 3 origins" in note for note in found.notes)
    made, chosen = deciding_runs(runs, DATA, study.objective), runs.selection
    assert chosen
    arm = found.arms[1].arm
    own, reference = (
        [np.sqrt(each.outcome.test.losses[20:40].mean()) for each in made[chosen.tuned(name)] if each.outcome.test]
        for name in (arm, found.reference)
    )
    assert found.origins[1].differences[arm] == pytest.approx(np.mean(own) / np.mean(reference) - 1)


class Failing(FakeTrainer):
    """At the second origin the first run of an arm diverges, or is killed each time."""

    def __init__(self, arm: str, *, killed: bool) -> None:
        super().__init__(stretches=STRETCHES)
        self._arm, self._killed, self._seed = arm, killed, -1

    def train(self, spec: TrialSpec, seed: int, *args: Any, origin: int = 1, **kwargs: Any) -> Segment:
        if origin == 2 and spec.arm == self._arm:
            self._seed = seed if self._seed < 0 else self._seed
            if seed == self._seed and self._killed:
                raise RuntimeError("the machine is gone")
            if seed == self._seed:
                return Segment((), b"", finished=True, training_seconds=0, compile_seconds=0, diverged="NaN in epoch 1")
        return super().train(spec, seed, *args, origin=origin, **kwargs)


@pytest.mark.parametrize("killed", [False, True])
def test_a_seed_that_failed_at_one_origin_has_diverged_or_is_missing(tmp_path: Path, killed: bool) -> None:
    study = opened(tmp_path)
    runs = compared(study, Failing("never", killed=killed))
    row = next(row for row in verdict(study, runs).arms if row.arm == "never")
    assert (row.seeds, row.finished) == ((SEEDS - 1, SEEDS - 1) if killed else (SEEDS, SEEDS - 1))


@pytest.mark.lengthy
def test_an_interrupted_comparison_goes_on_and_comes_to_the_same(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("whole", "cut")]
    for folder in folders:
        folder.mkdir()
    study = opened(folders[0])
    expected = verdict(study, compared(study))
    calls = iter(range(1000))
    study = opened(folders[1])
    cut = compared(study, stopping=lambda: next(calls) > 90)
    assert cut.missing
    study.close()
    study = opened(folders[1])
    runs = compared(study)
    assert not runs.missing
    assert verdict(study, runs) == expected


def test_early_stops_are_taken_after_whole_sets_of_origins(tmp_path: Path) -> None:
    study = opened(tmp_path, "compare={seeds: 10, origins: 3, stop_when_decided: true}")
    runs = study.comparison_runs(10)
    runs.looks = 0
    Scheduler(runs, InProcessPool([FakeTrainer(stretches=STRETCHES)]), study.objective).run()
    made = Counter(KeyParts.of(each.trial.key)[::3] for each in deciding(runs))
    assert set(made.values()) == {ORIGINS}


def test_losses_of_another_number_of_timesteps_than_the_stretch_are_refused() -> None:
    places = [np.arange(2), np.arange(2, 4)]
    assert whole([np.zeros(4), np.ones(2)], places).tolist() == [0, 0, 1, 1]  # type: ignore[list-item]
    with pytest.raises(ValueError, match="origin 2 has 2 scored timesteps, and its run 3"):
        whole([np.zeros(4), np.ones(3)], places)  # type: ignore[list-item]


@pytest.mark.tensorflow
@pytest.mark.lengthy
def test_with_the_real_trainer_each_stretch_is_scored_by_the_run_that_was_trained_before_it(tmp_path: Path) -> None:
    from workers.engine.training import Trainer  # noqa: PLC0415  (TensorFlow, which the other tests do without)

    overrides = ("space={stateful: [true, false]}", "budget.trials=2", "trial.epochs=1", "trial.units=4")
    config = load(study_file(tmp_path), ("compare={seeds: 2, origins: 3, cross: false}", *overrides)).config
    study, trainer = Study.open(config, DATA, NoLease()), Trainer(DATA, config.objective)
    run(study, [trainer])
    runs = study.comparison_runs(2)
    Scheduler(runs, InProcessPool([trainer]), study.objective).run()
    assert len(list(runs)) == 2 * 2 * ORIGINS
    assert len(verdict(study, runs).origins) == ORIGINS
    cell, (first, *_) = next(iter(deciding_runs(runs, DATA, study.objective).items()))
    last = runs.finished(Need(runs.plan.cells.trials[cell], KeyParts.of(first.trial.key).seed, Origin(3, 3)).key)
    assert last
    again = Trainer(DATA.at_origin(3)).train(last.trial.canonical, last.trial.seed, seconds=1e9, test=True)
    assert first.outcome.test
    assert again.test
    assert (first.outcome.test.losses[40:] == again.test.losses).all()
