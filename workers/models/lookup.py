"""The lookup of categories: what a network reads in place of inputs of which one is 1."""

from collections.abc import Sequence
from typing import Any

import keras

from workers.data.embeddings import Embedding, pieces


def looked_up(x: Any, embeddings: Sequence[Embedding]) -> Any:
    """(batch, timesteps, n_features) -> (batch, timesteps, n), each embedding's inputs replaced by its numbers.

    Of inputs of which one is 1 the product with a table is a row of it: keras.layers.Embedding of the category's
    number, and as it is at first. Where all are 0, as of a category that training did not have, it is 0. The layers are
    Keras' own, so that a saved model needs no other.
    """
    if not embeddings:
        return x
    parts = []
    for number, piece in enumerate(pieces(embeddings, x.shape[-1])):
        part = x[..., piece.begin : piece.end]
        if piece.size:
            table = keras.layers.Dense(
                piece.size, use_bias=False, kernel_initializer="random_uniform", name=f"embedding_{number}"
            )
            part = table(part)
        parts.append(part)
    return keras.layers.Concatenate(name="looked_up")(parts)
