"""A cell of the user's own trains as ours do, and what is no cell is found before."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.workers.engine.training_helpers import losses, train
from tests.workers.own_cells import CODE, KEEPER, LSTM
from tests.workers.worlds import regression
from workers.engine.checkpoint import Checkpoint
from workers.engine.own_cell import refuse
from workers.engine.training import Trainer
from workers.errors import DataError
from workers.plans.equivalence import canonical
from workers.spec import TrialSpec

pytestmark = pytest.mark.lengthy

QUICK = 4  # of the arms
ARMS: list[dict[str, Any]] = [
    {"reset_policy": "every_sequence"},
    {"reset_policy": "every_epoch"},
    {"reset_policy": "never"},
    {"reset_policy": "every_n_batches", "reset_interval": 3},
    {"reset_policy": "random", "reset_probability": 0.4},
    {"reset_policy": "decay", "state_decay": 0.5},
    {"stateful": False},
    {"stateful": False, "shuffle": True},
    {"stateful": False, "burn_in": 2},
    {"stateful": False, "bidirectional": True},
]
DATASET = replace(regression((60, 40)), own_code={LSTM: CODE, KEEPER: CODE})


@pytest.fixture(scope="module")
def trainer() -> Trainer:
    return Trainer(DATASET)


def trial(**fields: Any) -> TrialSpec:
    sizes = {"units": 4, "window": 5, "batch_size": 3, "epochs": 3, "learning_rate": 0.01}
    return canonical(TrialSpec(**sizes | fields), DATASET.train)


@pytest.mark.parametrize(
    "arm",
    [pytest.param(arm, marks=[] if number < QUICK else pytest.mark.slow) for number, arm in enumerate(ARMS)],
    ids=lambda arm: " ".join(map(str, arm.values())),
)
def test_a_copy_of_keras_lstm_loses_what_ours_loses(trainer: Trainer, arm: dict[str, Any]) -> None:
    own, ours = (losses(trainer, trial(cell=cell, **arm)) for cell in (LSTM, "LSTM"))
    assert own == [pytest.approx(epoch, rel=1e-5) for epoch in ours]


@pytest.mark.parametrize("cell", [KEEPER, pytest.param(LSTM, marks=pytest.mark.slow)])
def test_it_goes_on_from_a_checkpoint_bit_for_bit(trainer: Trainer, cell: str) -> None:
    spec = trial(cell=cell, dropout=0.2, layers=2)
    whole, last = train(trainer, spec)
    pieces, end = train(Trainer(DATASET), spec, seconds=1e-9)
    assert [report.metrics["train/loss"] for report in whole] == [report.metrics["train/loss"] for report in pieces]
    weights = zip(Checkpoint.from_bytes(last.checkpoint).best, Checkpoint.from_bytes(end.checkpoint).best, strict=True)
    assert all(np.array_equal(a, b) for a, b in weights)


CELL = """
import keras
from keras import ops

class Cell(keras.layers.Layer):
    def __init__(self, units{arguments}, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.state_size = units
        {init}

    def build(self, input_shape):
        self.kernel = self.add_weight((input_shape[-1] + self.units, self.units))
        {build}

    def call(self, inputs, states, training=False):
        h = ops.tanh(ops.matmul(ops.concatenate([inputs, states[0]], axis=-1), self.kernel))
        {call}
        return h, [h]

    def get_config(self):
        return {{**super().get_config(), "units": self.units}}
    {more}
"""
PARTS = ("arguments", "init", "build", "call", "more")
UNSET = "del self.state_size"
BEGINS = "def get_initial_state(self, batch_size=None): return [ops.ones((batch_size, self.units))]"
GAIN = "self.gain = self.add_weight((), 'ones', name='gain'"
SEEDS = "self.seeds = keras.random.SeedGenerator(1)"
WRONG = [
    ({"arguments": ", size"}, "my_cells:Cell raised TypeError: Cell.__init__() missing 1 required positional argument"),
    ({"init": UNSET}, "my_cells:Cell has no state_size"),
    ({"init": "self.state_size = [units, 2]"}, "with 8 units is [8, 2]; each state has to be as large as its units"),
    ({"init": "self.output_size = 'all'"}, "the output_size of my_cells:Cell is 'all'"),
    ({"more": BEGINS}, "the get_initial_state of my_cells:Cell is not zero"),
    ({"call": "raise KeyError('h')"}, "my_cells:Cell raised KeyError at my_cells.py:18: 'h'; it is called with inputs"),
    ({"call": "return h, [h, h]"}, "my_cells:Cell"),
    ({"call": "h = ops.log(h - 2)"}, "makes of random numbers what is not finite"),
    ({"build": f"{GAIN}, trainable=False)"}, "has a weight that is not trained, "),
    ({"build": f"{GAIN})"}, "has a weight that no gradient reaches, "),
    (
        {"init": SEEDS, "call": "h = keras.random.dropout(h, 0.5, seed=self.seeds) if training else h"},
        "draws random numbers in training, which would be others after a checkpoint",
    ),
]
SLOW = pytest.mark.slow


@pytest.mark.parametrize(
    ("parts", "said"),
    [pytest.param(*case, marks=[SLOW] if 6 < number < 10 else []) for number, case in enumerate(WRONG)],
)
def test_what_is_no_cell_is_one_message(parts: dict[str, str], said: str) -> None:
    code = {"my_cells.py": CELL.format(**dict.fromkeys(PARTS, "") | parts)}
    with pytest.raises(DataError) as refused:
        refuse("my_cells:Cell", code, 8)
    assert said in refused.value.message
    assert "\n" not in refused.value.message


def test_what_get_config_leaves_out_is_found() -> None:
    parts = {"arguments": ", sign=1.0", "init": "self.sign = sign", "call": "h = self.sign * h"}
    text = CELL.format(**dict.fromkeys(PARTS, "") | parts).replace('"units": self.units', "")
    with pytest.raises(DataError, match="it could not be saved and loaded; its get_config has to return"):
        refuse("my_cells:Cell", {"my_cells.py": text}, 8)


SIGNED = CELL.format(
    **dict.fromkeys(PARTS, "") | {"arguments": ", sign", "init": "self.sign = sign", "call": "h = self.sign * h"}
).replace('"units": self.units', '"units": self.units, "sign": self.sign')


def test_a_cell_has_the_arguments_that_the_trial_has() -> None:
    code = {"my_cells.py": SIGNED}
    refuse("my_cells:Cell", code, 8, [{"sign": 1.0}, {"sign": -1.0}])
    with pytest.raises(DataError, match="argument: 'sign'; a cell is made as Class\\(8, other=2"):
        refuse("my_cells:Cell", code, 8, [{"sign": 1.0}, {"other": 2}])
    dataset = replace(DATASET, own_code={"my_cells:Cell": code})
    one, other = (losses(Trainer(dataset), trial(cell="my_cells:Cell", cell_sign=sign)) for sign in (1.0, -1.0))
    assert one != other


@pytest.mark.parametrize("cell", [LSTM, KEEPER])
def test_a_cell_that_keeps_its_promises_is_not_refused(cell: str) -> None:
    said = []
    try:
        refuse(cell, CODE, 4)
    except DataError as error:
        said.append(error.message)
    assert said == []
