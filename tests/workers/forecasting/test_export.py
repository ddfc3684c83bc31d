"""The exported model: in the user's own units, and with its state from call to call only where it streams."""

import keras
import numpy as np
import pytest

from tests.workers.worlds import regression
from workers.data.dataset import Dataset
from workers.engine.training import Trainer
from workers.forecasting import export
from workers.spec import TrialSpec

SPEC = TrialSpec(units=4, window=5, batch_size=4)
RAW = np.random.default_rng(0).normal(size=(1, 10, 2)).astype(np.float32)


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    return regression((200,))


def exported(dataset: Dataset, *, streaming: bool) -> keras.Model:
    weights = Trainer(dataset).initial_weights(SPEC, seed=1)
    return export.deployable(SPEC, dataset, weights, streaming=streaming)


def test_a_streaming_model_goes_on_where_it_stopped(dataset: Dataset) -> None:
    whole = exported(dataset, streaming=True)(RAW).numpy()
    model = exported(dataset, streaming=True)
    pieces = [model(RAW[:, :3]).numpy(), model(RAW[:, 3:]).numpy()]
    assert np.concatenate(pieces, axis=1) == pytest.approx(whole, abs=1e-5)


def test_another_begins_each_call_without_a_past(dataset: Dataset) -> None:
    model = exported(dataset, streaming=False)
    first, again = model(RAW).numpy(), model(RAW).numpy()
    assert (first == again).all()
    assert first[:, 3:] != pytest.approx(model(RAW[:, 3:]).numpy(), abs=1e-3)


def test_predictions_are_in_the_targets_own_units(dataset: Dataset) -> None:
    weights = Trainer(dataset).initial_weights(SPEC, seed=1)
    nothing = [*weights[:-2], 0 * weights[-2], 0 * weights[-1]]
    model = export.deployable(SPEC, dataset, nothing, streaming=False)
    assert model(RAW).numpy()[0, 0] == pytest.approx(dataset.scaling.target_mean, rel=1e-5)
