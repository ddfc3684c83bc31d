"""The metrics of targets that are classes; the class that is forecast is the most probable one."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from workers.data.metrics.row import Judged, Numbers, Row
from workers.wording import listed


def accuracy(rows: Judged, forecast: Numbers) -> float:
    """The part of the rows whose class is the one that is forecast."""
    return float((_labels(rows) == forecast.argmax(axis=1)).mean())


def balanced_accuracy(rows: Judged, forecast: Numbers) -> float:
    """The mean over classes of the part of each one's rows in which it is forecast; a class without rows is left out.

    Source: Brodersen et al. 2010, The balanced accuracy and its posterior distribution, ICPR 20.
    """
    right, measured, _ = _counts(rows, forecast)
    return float((right[measured > 0] / measured[measured > 0]).mean())


def f1(rows: Judged, forecast: Numbers) -> float:
    """The mean over classes of 2 right / (measured + forecast), all three counts of rows.

    A class that is neither measured nor forecast is left out. Source: van Rijsbergen 1979, Information Retrieval.
    """
    right, measured, told = _counts(rows, forecast)
    some = measured + told > 0
    return float((2 * right[some] / (measured + told)[some]).mean())


def auc(rows: Judged, forecast: Numbers) -> float:
    """The mean over classes of how often a row of the class has a higher probability of it than a row of another one.

    Of equal probabilities every second time. Of two classes one number says it of both. NaN where a class has no row,
    or all. Source: Hanley & McNeil 1982, The meaning and use of the area under a ROC curve, Radiology 143.
    """
    if _absent(rows):
        return np.nan
    labels, n_classes = _labels(rows), forecast.shape[1]
    asked = range(n_classes) if n_classes != 2 else range(1, 2)
    return float(np.mean([_area(labels == number, forecast[:, number]) for number in asked]))


def log_loss(rows: Judged, forecast: Numbers) -> float:
    """Mean -log p of the measured class, in nats; a p nearer to 0 than float64 resolves counts as its resolution."""
    told = forecast[np.arange(len(forecast)), _labels(rows)]
    return float(-np.log(np.maximum(told, np.finfo(np.float64).eps)).mean())


def _labels(rows: Judged) -> NDArray[np.int64]:
    return rows.measured[:, 0].astype(np.int64)


def _counts(rows: Judged, forecast: Numbers) -> tuple[NDArray[np.int64], ...]:
    """(n_classes,) each: rows that are forecast rightly, that are of the class, and of which it is forecast."""
    labels, told, n = _labels(rows), forecast.argmax(axis=1), forecast.shape[1]
    return tuple(np.bincount(each, minlength=n) for each in (labels[labels == told], labels, told))


def _area(of_class: NDArray[np.bool_], score: Numbers) -> float:
    """By Mann and Whitney's count of pairs."""
    _, place, ties = np.unique(score, return_inverse=True, return_counts=True)
    rank = (np.cumsum(ties) - (ties - 1) / 2)[place]  # from 1, the mean of those that are equal
    n = int(of_class.sum())
    return float((rank[of_class].sum() - n * (n + 1) / 2) / (n * (len(score) - n)))


def _absent(rows: Judged) -> str:
    found = np.bincount(_labels(rows), minlength=len(rows.class_names))
    absent = [name for name, count in zip(rows.class_names, found, strict=True) if not count]
    if not absent:
        return "" if len(found) > 1 else "is left out: there is one class alone"
    noun = "class" if len(absent) == 1 else "classes"
    return f"is left out: {rows.where} has no row of {noun} {listed(map(repr, absent))}"


CLASSES: Mapping[str, Row] = {
    "accuracy": Row(accuracy),
    "balanced_accuracy": Row(balanced_accuracy),
    "f1": Row(f1),
    "auc": Row(auc, _absent),
    "log_loss": Row(log_loss),
}
