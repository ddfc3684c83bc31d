"""What is looked up is Keras' Embedding of the category's number, and 0 where there is none."""

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from workers.data.embeddings import Embedding
from workers.models import model
from workers.models.lookup import looked_up
from workers.spec import TrialSpec

TWO = (Embedding("shop", 1, 4, 2), Embedding("sky", 4, 9, 3))
RNG = np.random.default_rng(0)


def test_numbers_and_gradients_are_those_of_keras_embedding() -> None:
    inputs = keras.Input((None, 10))
    ours = keras.Model(inputs, looked_up(inputs, TWO))
    theirs = [keras.layers.Embedding(each.end - each.begin, each.size) for each in TWO]
    numbers = [RNG.integers(0, each.end - each.begin, (4, 6)) for each in TWO]
    plain = RNG.normal(size=(4, 6, 2))
    hot = [np.eye(each.end - each.begin)[number] for each, number in zip(TWO, numbers, strict=True)]
    x = np.concatenate([plain[..., :1], *hot, plain[..., 1:]], axis=-1).astype(np.float32)
    for layer, table, number in zip(theirs, ours.get_weights(), numbers, strict=True):
        layer.build(number.shape)
        layer.set_weights([table])
    pull = RNG.normal(size=(4, 6, 7)).astype(np.float32)
    both: list[Any] = [
        ([ours], lambda: ours(x)),
        (
            theirs,
            lambda: tf.concat([x[..., :1], *(t(n) for t, n in zip(theirs, numbers, strict=True)), x[..., 9:]], -1),
        ),
    ]
    found = []
    for layers, forward in both:
        weights = [variable.value for layer in layers for variable in layer.trainable_variables]
        with tf.GradientTape() as tape:
            values = forward()
            loss = tf.reduce_sum(values * pull)
        found.append([values, *map(tf.convert_to_tensor, tape.gradient(loss, weights))])
    for own, other in zip(*found, strict=True):
        np.testing.assert_allclose(own, other, rtol=1e-5, atol=1e-6)


def test_its_first_values_are_as_keras_has_them() -> None:
    tables = model.build(TrialSpec(units=2), 10, 1, embeddings=TWO).trainable_variables[:2]
    assert [tuple(table.shape) for table in tables] == [(3, 2), (5, 3)]
    assert all(0 < np.abs(table.numpy()).max() <= 0.05 for table in tables)


def test_of_a_category_that_training_did_not_have_the_numbers_are_0() -> None:
    inputs = keras.Input((None, 10))
    found = keras.Model(inputs, looked_up(inputs, TWO))(np.zeros((1, 1, 10), np.float32))
    assert not found.numpy().any()
