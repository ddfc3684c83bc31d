"""The exported model: in the user's own units, and with its state from call to call only where it streams."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from numpy.typing import NDArray

from tests.cases import shown
from tests.workers.forecasting.worlds import WORLDS, trained
from tests.workers.worlds import regression, sums
from workers.data.dataset import Dataset, prepare
from workers.data.splits import Split
from workers.engine.training import Trainer
from workers.forecasting import keras_models
from workers.spec import TrialSpec

pytestmark = pytest.mark.lengthy

Floats = NDArray[np.float32]
SPEC = TrialSpec(units=4, window=5, batch_size=4)
RAW = np.random.default_rng(0).normal(size=(1, 10, 2)).astype(np.float32)


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    return regression((200,))


def exported(dataset: Dataset, *, streaming: bool) -> keras.Model:
    weights = Trainer(dataset).initial_weights(SPEC, seed=1)
    return keras_models.deployable(SPEC, dataset, weights, streaming=streaming)


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
    model = keras_models.deployable(SPEC, dataset, nothing, streaming=False)
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


class Fed:
    """The streaming model of a forecaster, fed as the model card says: row by row, with resets by hand."""

    def __init__(self, kind: str, arm: str) -> None:
        self.forecaster, dataset, _ = trained(kind, arm)
        self.spec = self.forecaster.recipe.spec
        self.starts = dataset.timeline.starts
        weights = self.forecaster._weights
        self.streaming, self.batch = (
            keras_models.deployable(self.spec, dataset, weights, streaming=streaming) for streaming in (True, False)
        )
        self._recurrent = [layer for layer in self.streaming.layers if isinstance(layer, keras.layers.RNN)]

    def row_by_row(self, x: Floats) -> Floats:
        """(rows, n_targets) of all rows, x: (rows, n_features)."""
        sequence = np.searchsorted(self.starts, np.arange(len(x)), side="right") - 1
        outputs = []
        for row, inside in enumerate(np.arange(len(x)) - self.starts[sequence]):
            for layer in self._recurrent:
                self.treat(layer, row, int(inside))
            outputs.append(self.streaming(x[None, row : row + 1]).numpy()[0, 0])
        return np.array(outputs)

    def treat(self, layer: Any, row: int, inside: int) -> None:
        """Reset a layer's state, or let it decay, before a row, of which so many in its sequence come before."""
        spec, policy = self.spec, self.spec.reset_policy
        every = {"every_n_batches": spec.reset_interval * spec.window}.get(policy, 0)
        if row == 0 or (inside == 0 and policy == "every_sequence") or (every and inside % every == 0):
            layer.reset_state()
        elif policy == "decay" and inside % spec.window == 0:
            for state in layer.states:
                state.assign(spec.state_decay * state)


@pytest.mark.parametrize("arm", shown(["every_n_batches", "every_sequence", "every_epoch", "never", "decay"]))
def test_fed_row_by_row_as_the_card_says_it_forecasts_what_the_forecaster_does(arm: str) -> None:
    fed, rows = Fed("long sequences", arm), WORLDS["long sequences"]
    forecast = fed.forecaster.predict(rows.asked)[list(fed.forecaster.recipe.target_names)].to_numpy()
    assert fed.row_by_row(rows.rows["features"]) == pytest.approx(forecast, rel=1e-4, abs=1e-4)


@pytest.mark.slow
def test_whole_sequences_at_once_are_row_by_row_where_state_is_reset_at_sequences() -> None:
    fed, x = Fed("long sequences", "every_sequence"), WORLDS["long sequences"].rows["features"]
    at_once = [fed.batch(piece[None]).numpy()[0] for piece in np.split(x, fed.starts[1:])]
    assert np.concatenate(at_once) == pytest.approx(fed.row_by_row(x), rel=1e-5, abs=1e-5)


@pytest.mark.lengthy
@pytest.mark.representative
def test_a_stateless_model_forecasts_from_windows_what_the_forecaster_does() -> None:
    fed, rows = Fed("one record", "stateless"), WORLDS["one record"]
    x, window = rows.rows["features"], fed.spec.window
    forecast = fed.forecaster.predict(rows.asked)[list(fed.forecaster.recipe.target_names)].to_numpy()
    windows = np.stack([x[at - window : at] for at in range(window, len(x) + 1)])
    assert fed.batch.predict_on_batch(windows)[:, -1] == pytest.approx(forecast[window - 1 :], rel=1e-5, abs=1e-5)
