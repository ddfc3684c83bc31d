"""What of new rows is said to be unlike the training data."""

from dataclasses import replace

import numpy as np
import pytest

from tests.workers.forecasting.worlds import trained
from workers.forecasting.unlike import drifted


@pytest.mark.parametrize(("highest", "sentences"), [(0.97, 0), (0.9, 1)])  # of cosines: at 23 and 1 o'clock, and at 2
def test_an_hour_beside_those_of_training_is_not_unlike_them_where_its_cosine_turns(
    highest: float, sentences: int
) -> None:
    recipe = trained("calendar", "stateless").forecaster.recipe
    number = recipe.input_names.index("hour cos")
    high = tuple(highest if n == number else each for n, each in enumerate(recipe.high))
    features = np.tile(np.asarray(recipe.low), (20, 1))
    features[:, number] = 1.0
    assert len(drifted(replace(recipe, high=high), features)) == sentences
