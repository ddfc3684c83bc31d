"""What every cell promises, whichever row it is."""

import keras
import numpy as np
import pytest

from workers.cells import CELLS
from workers.models import model
from workers.spec import TrialSpec, applies

UNITS, LAYERS, LANES, WINDOW = 3, 2, 2, 4


@pytest.fixture(scope="module", params=sorted(CELLS))
def spec(request: pytest.FixtureRequest) -> TrialSpec:
    return TrialSpec(cell=request.param, units=UNITS, layers=LAYERS)


@pytest.fixture(scope="module", params=[False, True], ids=["stock", "fused"])
def built(spec: TrialSpec, request: pytest.FixtureRequest) -> keras.Model:
    keras.utils.set_random_seed(0)
    return model.build(spec, n_features=1, n_outputs=1, fused=request.param)


def run(built: keras.Model, mask: np.ndarray, states: list[np.ndarray]) -> list[np.ndarray]:
    """The states after a window of random numbers."""
    x = np.random.default_rng(1).normal(size=(LANES, WINDOW, 1)).astype(np.float32)
    return [np.asarray(state) for state in built([x, mask, *states])[1:]]


def random_states(built: keras.Model) -> list[np.ndarray]:
    rng = np.random.default_rng(0)  # all above 0, as some are of every cell
    return [rng.uniform(1, 3, size=(LANES, UNITS)).astype(np.float32) for _ in built.inputs[2:]]


def test_a_cell_keeps_as_many_states_as_its_row_says(spec: TrialSpec, built: keras.Model) -> None:
    assert len(built.inputs) - 2 == len(built.outputs) - 1 == LAYERS * CELLS[spec.cell].states


def test_a_cell_leaves_its_states_as_they_are_where_all_is_masked(built: keras.Model) -> None:
    before = random_states(built)
    after = run(built, np.zeros((LANES, WINDOW), bool), before)
    assert all((a == b).all() for a, b in zip(after, before, strict=True))


def test_a_cell_s_states_after_a_window_depend_on_those_before(built: keras.Model) -> None:
    everything = np.ones((LANES, WINDOW), bool)
    zeros = [np.zeros_like(state) for state in random_states(built)]
    pairs = zip(run(built, everything, zeros), run(built, everything, random_states(built)), strict=True)
    assert all((a != b).any() for a, b in pairs)


def test_what_a_row_calls_bounded_lies_between_minus_1_and_1(spec: TrialSpec, built: keras.Model) -> None:
    cell = CELLS[spec.cell]
    zeros = [np.zeros_like(state) for state in random_states(built)]
    states = np.concatenate(run(built, np.ones((LANES, WINDOW), bool), zeros), axis=-1)
    if cell.bounded is not None:
        values = cell.bounded(states.reshape(LANES, LAYERS, cell.states, UNITS))
        assert len(values) == LANES
        assert (np.abs(values) <= 1).all()


def test_a_cell_s_own_fields_are_those_that_apply_to_it_alone(spec: TrialSpec) -> None:
    own = {name for row in CELLS.values() for name in row.options}
    assert {name for name in own if applies(name, dict(spec))} == set(CELLS[spec.cell].options)


def test_a_cell_with_recurrent_dropout_has_a_loop_that_can_do_it_and_is_one_of_keras(spec: TrialSpec) -> None:
    cell = CELLS[spec.cell]
    assert not cell.masks or (cell.fused and cell.keras_name)
