"""A trial with patience stops where Keras' EarlyStopping would, however its training is cut."""

import io
import json
import math
from typing import Literal

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.workers.engine.training_helpers import NEVER_CUT, train
from tests.workers.worlds import regression
from workers.engine.checkpoint import Checkpoint
from workers.engine.early_stopping import NOTHING_YET
from workers.engine.training import Trainer
from workers.objective import Objective
from workers.spec import EpochReport, TrialSpec

pytestmark = pytest.mark.lengthy

MANY = 12
SOON = {"units": 4, "window": 5, "batch_size": 4, "epochs": MANY, "learning_rate": 0.1, "patience": 2}


@pytest.fixture(scope="module")
def trainer() -> Trainer:
    return Trainer(regression((120,)))


def spec(**fields: object) -> TrialSpec:
    return TrialSpec.model_validate({**SOON, **fields})


class Stopped:
    """What EarlyStopping takes for a model."""

    stop_training = False


def epochs_with_keras(values: list[float], patience: int, min_delta: float, mode: str) -> int:
    """How many of these epochs model.fit would train."""
    callback = keras.callbacks.EarlyStopping("value", min_delta, patience, mode=mode)
    callback.set_model(Stopped())
    callback.on_train_begin()
    for epoch, value in enumerate(values):
        callback.on_epoch_end(epoch, {"value": value})
        if callback.model.stop_training:
            return epoch + 1
    return len(values)


@given(
    st.lists(st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0]), min_size=1, max_size=30),
    st.integers(1, 5),
    st.sampled_from([0.0, 0.25, 0.3]),
    st.sampled_from(["minimize", "maximize"]),
)
def test_the_rule_is_that_of_keras(
    values: list[float], patience: int, min_delta: float, goal: Literal["minimize", "maximize"]
) -> None:
    trial, objective = TrialSpec(patience=patience, min_delta=min_delta), Objective(goal=goal)
    improvement, trained = NOTHING_YET, 0
    while trained < len(values) and not improvement.is_awaited_in_vain(trial, trained):
        improvement = improvement.after(trained, values[trained], trial, objective)
        trained += 1
    assert trained == epochs_with_keras(values, patience, min_delta, goal[:3])


def test_it_stops_at_the_epoch_at_which_keras_would(trainer: Trainer) -> None:
    whole, _ = train(trainer, spec(patience=None))
    reports, segment = train(trainer, spec())
    values = [report.metrics["validation/loss"] for report in whole]
    assert len(reports) == epochs_with_keras(values, 2, 0.0, "min") < MANY
    assert metrics(reports) == metrics(whole)[: len(reports)]
    assert segment.final is not None
    assert segment.final["epochs_trained"] == len(reports)


def test_it_stops_at_the_same_epoch_with_the_same_weights_wherever_it_goes_on(trainer: Trainer) -> None:
    reports, last = train(trainer, spec(min_delta=0.01))
    workers = [trainer, Trainer(trainer.dataset)]
    found: list[EpochReport] = []
    segment = workers[0].train(spec(min_delta=0.01), 0, None, 0.0)
    for turn in range(1000):
        found += segment.reports
        if segment.finished:
            break
        segment = workers[turn % 2].train(spec(min_delta=0.01), 0, segment.checkpoint, 0.0)
    assert metrics(found) == metrics(reports)
    assert segment.final == last.final
    here, there = (Checkpoint.from_bytes(each.checkpoint) for each in (last, segment))
    assert (here.improved_epoch, here.improved_value) == (there.improved_epoch, there.improved_value)
    assert all(np.array_equal(a, b) for a, b in zip(here.best, there.best, strict=True))


@pytest.mark.parametrize("at", ["best", "last"])
def test_the_weights_are_those_that_would_be_kept_without(trainer: Trainer, at: str) -> None:
    patient = Trainer(trainer.dataset, Objective(at=at))  # type: ignore[arg-type]
    reports, segment = train(patient, spec())
    _, without = train(patient, spec(patience=None, epochs=len(reports)))
    kept, same = (Checkpoint.from_bytes(each.checkpoint) for each in (segment, without))
    assert kept.best_epoch == same.best_epoch
    assert all(np.array_equal(a, b) for a, b in zip(kept.best, same.best, strict=True))
    assert without.final is not None
    assert segment.final == {**without.final, "epochs_trained": len(reports)}


def test_it_waits_for_what_the_study_is_judged_by() -> None:
    trainer = Trainer(regression((120,)), Objective("train/loss"))
    reports, _ = train(trainer, spec(patience=1))
    values = [report.metrics["train/loss"] for report in reports]
    assert len(values) == epochs_with_keras([*values, math.inf], 1, 0.0, "min") or len(values) == MANY


def test_a_trial_that_has_stopped_trains_nothing_when_it_is_taken_up_again(trainer: Trainer) -> None:
    _, last = train(trainer, spec())
    again = trainer.train(spec(), 0, last.checkpoint, NEVER_CUT)
    assert again.finished
    assert not again.reports
    assert again.final == last.final


def test_a_checkpoint_of_before_there_was_patience_goes_on(trainer: Trainer) -> None:
    first = trainer.train(spec(patience=None, epochs=2), 0, None, 0.0).checkpoint
    with np.load(io.BytesIO(first)) as archive:
        members = dict(archive)
    header = json.loads(str(members.pop("header")))
    del header["improved_epoch"], header["improved_value"]
    buffer = io.BytesIO()
    np.savez(buffer, header=np.array(json.dumps(header)), **members)
    rests = [trainer.train(spec(patience=None, epochs=2), 0, each, NEVER_CUT) for each in (first, buffer.getvalue())]
    assert rests[0].final == rests[1].final


def metrics(reports: list[EpochReport]) -> list[dict[str, float]]:
    """Of every epoch, without what depends on speed."""
    told = ("seconds", "steps_per_second")
    return [{name: value for name, value in report.metrics.items() if name not in told} for report in reports]
