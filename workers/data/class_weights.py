"""How much a row of each class counts in training, where rare classes are to count as much as common ones."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def balanced(labels: NDArray[Any], n_classes: int) -> NDArray[np.float32]:
    """(n_classes,) n / (classes that occur * rows of the class), from labels (n,); 0 of a class that does not occur.

    Each class then counts alike, and a row on average 1, as with scikit-learn's class_weight="balanced". Source: King &
    Zeng 2001, Logistic Regression in Rare Events Data, Political Analysis 9.
    """
    counts = np.bincount(labels, minlength=n_classes)
    found = len(labels) / (np.count_nonzero(counts) * np.maximum(counts, 1))
    return np.where(counts > 0, found, 0).astype(np.float32)
