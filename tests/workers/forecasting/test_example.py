"""The rows that show what a model takes: of the training data, or made up."""

import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tests.cases import shown
from tests.workers.forecasting.worlds import WORLDS, trained
from workers.data.sources.table import BY_GROUP, Table
from workers.data.sources.tabular.clock import Time
from workers.forecasting.example import columns, example, made_up

pytestmark = pytest.mark.lengthy


@pytest.mark.sampled(6)
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
        name = next(own for name in recipe.input_names if (own := name.removesuffix(BY_GROUP)) in rows)
        assert not rows[name].dropna().isin(asked[name]).any()


@pytest.mark.parametrize("time", [{"column": "when", "zone": "Europe/Berlin"}, {"column": "when", "unit": "ms"}])
def test_made_up_rows_have_the_time_as_the_study_file_says_it_is_written(time: dict[str, str]) -> None:
    recipe = trained("level", "stateless").forecaster.recipe
    data = recipe.data.model_copy(update={"time": Time.model_validate(time)})
    assert isinstance(data, Table)
    rows = made_up(replace(recipe, data=data))
    assert set(rows) == set(columns(replace(recipe, data=data)))
    read, _ = data.known(data.sheet_of(rows, "the rows"), "")
    assert read.clock is not None
    assert np.diff(read.clock) == pytest.approx(recipe.step_seconds)


def test_the_example_is_of_the_training_data() -> None:
    forecaster, dataset, _ = trained("level", "stateless")
    rows = example(forecaster.recipe, dataset)
    assert rows is not None
    assert rows["level"].to_numpy() == pytest.approx(WORLDS["level"].rows["level"][: len(rows)].to_numpy(), rel=1e-5)
