"""The rows that show what a model takes: of the training data, or made up."""

import warnings

import pandas as pd
import pytest

from tests.cases import shown
from tests.workers.forecasting.worlds import WORLDS, trained
from workers.forecasting.example import columns, example, made_up


@pytest.mark.parametrize("kind", shown([*WORLDS], 2))
def test_made_up_rows_are_taken_without_a_word_and_are_in_no_data(kind: str) -> None:
    forecaster = trained(kind, "stateless").forecaster
    recipe = forecaster.recipe
    rows = made_up(recipe)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(forecaster.predict(rows)) == len(rows.iloc[0, 0] if recipe.alphabet else rows)
    needed = {name for name, of in columns(recipe).items() if of != "long"}
    assert set(rows) == needed
    if not recipe.alphabet:
        asked = pd.DataFrame(WORLDS[kind].asked)
        assert not rows[recipe.input_names[0]].isin(asked[recipe.input_names[0]]).any()


def test_the_example_is_of_the_training_data() -> None:
    forecaster, dataset, _ = trained("level", "stateless")
    rows = example(forecaster.recipe, dataset)
    assert rows is not None
    assert rows["level"].to_numpy() == pytest.approx(WORLDS["level"].rows["level"][: len(rows)].to_numpy(), rel=1e-5)
