"""The metrics of targets that are classes; the class that is forecast is the most probable one."""

import warnings
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
    from sklearn.metrics import balanced_accuracy_score  # noqa: PLC0415  (a second, which training saves)

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "y_pred contains classes not in y_true", UserWarning)
        return float(balanced_accuracy_score(_labels(rows), forecast.argmax(axis=1)))


def f1(rows: Judged, forecast: Numbers) -> float:
    """The mean over classes of 2 right / (measured + forecast), all three counts of rows.

    A class that is neither measured nor forecast is left out. Source: van Rijsbergen 1979, Information Retrieval.
    """
    from sklearn.metrics import f1_score  # noqa: PLC0415  (as above)

    return float(f1_score(_labels(rows), forecast.argmax(axis=1), average="macro"))


def auc(rows: Judged, forecast: Numbers) -> float:
    """The mean over classes of how often a row of the class has a higher probability of it than a row of another one.

    Of equal probabilities every second time. Of two classes one number says it of both. NaN where a class has no row,
    or all. Source: Hanley & McNeil 1982, The meaning and use of the area under a ROC curve, Radiology 143.
    """
    from sklearn.metrics import roc_auc_score  # noqa: PLC0415  (as above)

    if _absent(rows):
        return np.nan
    odds = forecast[:, 1] if forecast.shape[1] == 2 else forecast
    return float(roc_auc_score(_labels(rows), odds, multi_class="ovr", average="macro"))


def log_loss(rows: Judged, forecast: Numbers) -> float:
    """Mean -log p of the measured class, in nats; a p nearer to 0 than float64 resolves counts as its resolution."""
    told = forecast[np.arange(len(forecast)), _labels(rows)]
    return float(-np.log(np.maximum(told, np.finfo(np.float64).eps)).mean())


def _labels(rows: Judged) -> NDArray[np.int64]:
    return rows.measured[:, 0].astype(np.int64)


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
