"""What needs no model: the scores that a model must beat."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Scores = dict[str, dict[str, float]]
BITS = float(np.log2(np.e))  # in a nat


def class_scores(known: NDArray[Any], asked: NDArray[Any], n_classes: int) -> Scores:
    """Of the commonest of the training labels `known` (n,), always predicted for the labels `asked` (m,)."""
    return {"majority": _majority(known, asked, n_classes)}


def text_scores(known: NDArray[Any], asked: NDArray[Any], n_characters: int) -> Scores:
    """Of what needs only the present character, for pairs (n, 2) of it and the next: as numbers in the alphabet.

    majority is as for classes; bigram knows what followed the same character in the training part.
    """
    scores = {
        "majority": _majority(known[:, 1], asked[:, 1], n_characters),
        "bigram": _bigram(known, asked, n_characters),
    }
    return {name: row | {"bits_per_character": row["loss"] * BITS} for name, row in scores.items()}


def value_scores(forecasts: Mapping[str, NDArray[Any]], known: NDArray[Any], asked: NDArray[Any]) -> Scores:
    """Of each forecast (m, n_targets) of the targets `asked`, by name; without any, of the mean of those `known`."""
    naive = forecasts or {"mean": np.broadcast_to(known.mean(axis=0), asked.shape)}
    return {name: _errors(forecast, asked) for name, forecast in naive.items()}


def _errors(forecast: NDArray[Any], targets: NDArray[Any]) -> dict[str, float]:
    loss = float(np.mean((forecast - targets) ** 2, dtype=np.float64))
    return {"loss": loss, "rmse": loss**0.5}


def _majority(known: NDArray[Any], labels: NDArray[Any], n_classes: int) -> dict[str, float]:
    """Always the commonest class; its loss is the cross entropy of the training frequencies, in nats."""
    frequency = (np.bincount(known, minlength=n_classes) + 1) / (len(known) + n_classes)
    return {
        "loss": float(-np.log(frequency[labels]).mean()),
        "accuracy": float((labels == frequency.argmax()).mean()),
    }


def _bigram(known: NDArray[Any], asked: NDArray[Any], n_characters: int) -> dict[str, float]:
    pairs = np.bincount(known @ [n_characters, 1], minlength=n_characters**2).reshape(n_characters, -1) + 1
    frequency = pairs / pairs.sum(axis=1, keepdims=True)
    now, then = asked.T
    return {
        "loss": float(-np.log(frequency[now, then]).mean()),
        "accuracy": float((frequency.argmax(axis=1)[now] == then).mean()),
    }
