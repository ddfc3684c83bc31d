"""Each metric of classes is scikit-learn's."""

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn import metrics as sklearn

from workers.data.metrics.classes import CLASSES
from workers.data.metrics.row import Judged


def rows(labels: NDArray[np.int64], n_classes: int) -> Judged:
    return Judged(labels[:, None], np.zeros(0), tuple("abcdefgh"[:n_classes]))


def some(n_classes: int, digits: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Labels that are unevenly common, and probabilities that tell something; few digits: many are equal."""
    draws = np.random.default_rng(n_classes)
    labels = draws.choice(n_classes, 300, p=np.arange(1, n_classes + 1) / np.arange(1, n_classes + 1).sum())
    odds = np.round(draws.random((300, n_classes)) + 0.4 * (labels[:, None] == np.arange(n_classes)), digits) + 0.01
    return labels, odds / odds.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("digits", [1, 9])
@pytest.mark.parametrize("n_classes", [2, 4])
@pytest.mark.parametrize("name", CLASSES)
def test_a_metric_is_that_of_scikit_learn(name: str, n_classes: int, digits: int) -> None:
    labels, forecast = some(n_classes, digits)
    told = forecast.argmax(axis=1)
    scores = forecast[:, 1] if n_classes == 2 else forecast
    known = {
        "accuracy": sklearn.accuracy_score(labels, told),
        "balanced_accuracy": sklearn.balanced_accuracy_score(labels, told),
        "f1": sklearn.f1_score(labels, told, average="macro"),
        "auc": sklearn.roc_auc_score(labels, scores, multi_class="ovr", average="macro"),
        "log_loss": sklearn.log_loss(labels, forecast),
    }
    assert CLASSES[name].value(rows(labels, n_classes), forecast) == pytest.approx(known[name], rel=1e-9)


def test_a_class_without_rows_counts_as_in_scikit_learn_and_leaves_out_the_auc_with_a_word() -> None:
    labels, forecast = some(4, 9)
    labels[labels == 3] = 2
    told, judged = forecast.argmax(axis=1), rows(labels, 4)
    with pytest.warns(UserWarning, match="not in y_true"):
        balanced = sklearn.balanced_accuracy_score(labels, told)
    assert CLASSES["balanced_accuracy"].value(judged, forecast) == pytest.approx(balanced)
    assert CLASSES["f1"].value(judged, forecast) == pytest.approx(sklearn.f1_score(labels, told, average="macro"))
    assert np.isnan(CLASSES["auc"].value(judged, forecast))
    assert CLASSES["auc"].remark(judged) == "is left out: the test split has no row of class 'd'"


def test_a_class_that_is_thought_impossible_costs_no_infinite_loss() -> None:
    forecast = np.array([[1.0, 0.0], [0.5, 0.5]])
    found = CLASSES["log_loss"].value(rows(np.array([1, 0]), 2), forecast)
    assert found == pytest.approx(sklearn.log_loss([1, 0], forecast))
