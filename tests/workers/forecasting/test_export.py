"""The exported model: in the user's own units, and with its state from call to call only where it streams."""

from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest

from tests.workers.worlds import regression, sums
from workers.data.dataset import Dataset, prepare
from workers.data.splits import Split
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


@pytest.mark.parametrize(("size", "offset"), [(10, 1.7e9), (1e25, 0), (1e-25, 0)])
def test_numbers_that_single_precision_cannot_hold_lose_nothing(size: float, offset: float, tmp_path: Path) -> None:
    plain = sums((200,))
    given, wanted = (values.astype(np.float64) * size + offset for values in (plain.features, plain.targets))
    dataset, ordinary = (prepare(each, Split()) for each in (replace(plain, features=given, targets=wanted), plain))
    exported(dataset, streaming=False).save(tmp_path / "model.keras")
    found = keras.models.load_model(tmp_path / "model.keras")(given[None, :10]).numpy()
    expected = exported(ordinary, streaming=False)(plain.features[None, :10].astype(np.float64)).numpy()
    assert (found - offset) / size == pytest.approx(expected, rel=1e-5, abs=1e-5)
