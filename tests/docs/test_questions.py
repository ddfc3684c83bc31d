"""What docs/questions.md answers about state in Keras is so."""

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.docs.pages import DOCS, blocks

pytestmark = pytest.mark.tensorflow


@pytest.fixture(scope="module")
def names() -> dict[str, Any]:
    """What the page's programs leave behind, run one after the other."""
    keras.utils.set_random_seed(0)
    found: dict[str, Any] = {}
    for block in blocks(DOCS / "questions.md", "python"):
        exec(block, found)
    return found


def test_state_is_kept_from_call_to_call_until_it_is_reset(names: dict[str, Any]) -> None:
    assert not np.allclose(names["first"], names["second"])
    np.testing.assert_array_equal(names["first"], names["third"])


def test_a_batch_of_another_size_is_refused(names: dict[str, Any]) -> None:
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"Incompatible shapes: \[3,32\] vs\. \[4,32\]"):
        names["model"].predict(names["windows"][:3], verbose=0)


def test_a_batch_of_one_row_is_broadcast(names: dict[str, Any]) -> None:
    assert len(names["model"].predict(names["windows"][:1], verbose=0)) == 4


def test_state_is_no_weight(names: dict[str, Any]) -> None:
    assert len(names["model"].get_weights()) == 5  # three of the LSTM, two of Dense


def test_the_model_of_one_row_says_the_same_row_by_row(names: dict[str, Any]) -> None:
    at_once = names["first"][0, :, 0]
    assert [value[0] for value in names["row_by_row"]] == pytest.approx(at_once, rel=1e-4)


def test_a_model_has_no_reset_of_its_own(names: dict[str, Any]) -> None:
    assert not hasattr(names["model"], "reset_states")
