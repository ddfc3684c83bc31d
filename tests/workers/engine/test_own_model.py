"""A model of the user's own trains as ours do, and one that would go wrong is found before."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.workers.engine.test_own_cell import ARMS, QUICK
from tests.workers.engine.training_helpers import losses, train
from tests.workers.own_models import CAUSAL, CODE, LSTM, MIXED
from tests.workers.worlds import regression
from workers.data.code_files import Code
from workers.engine.checkpoint import Checkpoint
from workers.engine.own_model import Sizes, refuse
from workers.engine.training import Trainer
from workers.errors import DataError
from workers.plans.equivalence import canonical
from workers.spec import PACE, TrialSpec

pytestmark = pytest.mark.lengthy

ONE_WAY = [arm for arm in ARMS if not arm.get("bidirectional")]
DATASET = replace(regression((60, 40)), own_code=dict.fromkeys((LSTM, MIXED, CAUSAL), CODE))
SIZES = Sizes(3, 2)


@pytest.fixture(scope="module")
def trainer() -> Trainer:
    return Trainer(DATASET)


def trial(**fields: Any) -> TrialSpec:
    sizes = {"window": 5, "batch_size": 3, "epochs": 3, "learning_rate": 0.01}
    return canonical(TrialSpec(**sizes | fields), DATASET.train)


@pytest.mark.parametrize(
    "arm",
    [pytest.param(arm, marks=[] if number < QUICK else pytest.mark.slow) for number, arm in enumerate(ONE_WAY)],
    ids=lambda arm: " ".join(map(str, arm.values())),
)
def test_a_copy_of_our_network_loses_what_ours_loses(trainer: Trainer, arm: dict[str, Any]) -> None:
    own, ours = losses(trainer, trial(model=LSTM, model_units=4, **arm)), losses(trainer, trial(units=4, **arm))
    assert own == [pytest.approx(epoch, rel=1e-5) for epoch in ours]


@pytest.mark.parametrize(
    "arm",
    [{"reset_policy": "never"}, {"stateful": False, "burn_in": 2}, {"reset_policy": "decay", "state_decay": 0.5}],
    ids=str,
)
@pytest.mark.parametrize("fields", [{"model": MIXED, "model_dropout": 0.3}, {"model": CAUSAL}], ids=str)
def test_it_goes_on_from_a_checkpoint_bit_for_bit(
    trainer: Trainer, fields: dict[str, Any], arm: dict[str, Any]
) -> None:
    spec = trial(**fields, **arm)
    whole, last = train(trainer, spec)
    pieces, end = train(Trainer(DATASET), spec, seconds=1e-9)
    measured = [[{**report.metrics, **dict.fromkeys(PACE, 0)} for report in reports] for reports in (whole, pieces)]
    assert measured[0] == measured[1]
    weights = zip(Checkpoint.from_bytes(last.checkpoint).best, Checkpoint.from_bytes(end.checkpoint).best, strict=True)
    assert all(np.array_equal(a, b) for a, b in weights)


def test_what_it_draws_is_the_trial_s_own(trainer: Trainer) -> None:
    spec = trial(model=MIXED, model_dropout=0.5)
    first, other, again = (losses(trainer, spec, seed) for seed in (1, 2, 1))
    assert first == again
    assert first != other
    assert losses(trainer, trial(model=MIXED), 1) != first


@pytest.mark.parametrize("path", [LSTM, MIXED, CAUSAL])
def test_models_whose_state_can_be_carried_pass(path: str) -> None:
    assert said_of(path) == ""


def said_of(path: str) -> str:
    """What is wrong with a model; empty if nothing is."""
    try:
        refuse(path, CODE, SIZES)
    except DataError as error:
        return error.message
    return ""


HEAD = """
import random
from typing import Annotated

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops
from pydantic import Field

started = random.SystemRandom()


def build(n_features, n_outputs, units: Annotated[int, Field(ge=2, le=8)] = 4):
    x = keras.Input((None, n_features))
    hidden = layers.GRU(units, return_sequences=True)(x)
    return keras.Model(x, {})


class Cumulative(layers.Layer):
    def call(self, inputs):
        return ops.cumsum(inputs, axis=1)


class Noisy(layers.Layer):
    def call(self, inputs, training=False):
        return inputs + tf.random.normal((1, 1, 1)) if training else inputs


class Forgetful(layers.Layer):
    def __init__(self, factor=1.0, **kwargs):
        super().__init__(**kwargs)
        self.factor = factor

    def call(self, inputs):
        return self.factor * inputs

    def get_config(self):
        return super().get_config() | {"factor": 1.0}


class Beginning(layers.GRUCell):
    def get_initial_state(self, batch_size=None):
        return [ops.ones((batch_size, self.units))]
"""
DENSE = "layers.Dense(n_outputs{})({})"
REFUSED = [
    (DENSE.format("", "ops.cumsum(hidden, axis=1)"), "what Cumsum computes at a timestep depends on others"),
    (DENSE.format("", "hidden[:, ::-1]"), "what GetItem computes at a timestep depends on others"),
    (DENSE.format("", "Cumulative(name='sums')(hidden)"), "what sums (Cumulative) computes at a timestep depends on"),
    (DENSE.format("", "hidden - ops.mean(x[..., :1], axis=1, keepdims=True)"), "what Mean computes at"),
    (DENSE.format("", "x"), "builds a model without a recurrent layer and without a causal convolution: it has no"),
    (DENSE.format(", kernel_regularizer='l2', name='head'", "hidden"), "its layer head adds to the loss (a regulari"),
    (DENSE.format("", "layers.Dense(3, trainable=False, name='fixed')(hidden)"), "not trained, fixed/kernel; what"),
    (DENSE.format(", activation='softmax'", "hidden"), "puts out probabilities; of classes it should put out logits"),
    (DENSE.format("", "Noisy()(hidden)"), "draws random numbers in training, which would be others after a checkpoint"),
    (DENSE.format("", "Forgetful(2.0)(hidden)"), "something else once it was saved and loaded: a get_config leaves"),
    (
        DENSE.format("", "layers.RNN(Beginning(3), return_sequences=True, name='own')(x)"),
        "the state of its layer own does not begin at zero, to which a reset sets it",
    ),
    (
        DENSE.format(", kernel_initializer=keras.initializers.RandomNormal(seed=started.randrange(9**9))", "hidden"),
        "begins with other weights each time, though",
    ),
    (DENSE.format("", "hidden / 0"), "makes of random numbers what is not finite"),
    (
        "layers.GRU(3, return_sequences=True, stateful=True)(x)",
        "is not given there needs a default; leave stateful=True out, since the reset policy says what is carried",
    ),
    ("1 / 0", "my:build raised ZeroDivisionError at my.py:17: division by zero; a model is built by build(3, 2)"),
]


@pytest.mark.parametrize(("output", "said"), REFUSED, ids=[said[:40] for _, said in REFUSED])
def test_what_could_go_wrong_is_said_before_anything_is_trained(output: str, said: str) -> None:
    code: Code = {"my.py": HEAD.replace("{}", output)}
    with pytest.raises(DataError) as refused:
        refuse("my:build", code, SIZES._replace(classes="softmax" in output))
    assert said in refused.value.message


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"units": 9}, "my:build says of units: input should be less than or equal to 8; it was given 9"),
        ({"units": 3.5}, "my:build says of units: input should be a valid integer, got a number with a fractional"),
        ({"width": 3}, "unexpected keyword argument 'width'; a model is built by build(3, 2, width=3); all that is"),
    ],
    ids=str,
)
def test_what_its_function_does_not_take_is_said(given: dict[str, Any], said: str) -> None:
    code: Code = {"my.py": HEAD.replace("{}", DENSE.format("", "hidden"))}
    refuse("my:build", code, SIZES, [{}, {"units": 8}])
    with pytest.raises(DataError) as refused:
        refuse("my:build", code, SIZES, [{}, given])
    assert said in refused.value.message
