"""The weights of classes are those of scikit-learn."""

import numpy as np
import pytest
from sklearn.utils.class_weight import compute_class_weight

from workers.data.class_weights import balanced


def test_a_class_counts_by_how_rare_it_is_among_those_that_occur() -> None:
    labels = np.array([0] * 7 + [3] * 2 + [1])
    found = balanced(labels, 5)
    assert found[[0, 1, 3]] == pytest.approx(compute_class_weight("balanced", classes=np.array([0, 1, 3]), y=labels))
    assert found[[2, 4]].tolist() == [0, 0]
    assert found[labels].mean() == pytest.approx(1)
