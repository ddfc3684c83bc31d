"""What of new rows is said to be unlike the training data."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from tests.workers.forecasting.worlds import WORLDS, trained
from workers.data.sources.tabular.inputs.when import Calendar, Part
from workers.forecasting.reading import reader
from workers.forecasting.recipe import Recipe
from workers.forecasting.unlike import drifted

PARTS: tuple[Part, ...] = ("hour", "weekday")


def known(recipe: Recipe, rows: pd.DataFrame) -> NDArray[np.float64]:
    """The inputs of rows."""
    return reader(recipe).read(rows, {}).features


@pytest.mark.lengthy
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


@pytest.mark.lengthy
def test_a_category_that_training_did_not_have_is_said_in_how_many_rows_it_is() -> None:
    forecaster = trained("categories", "stateless").forecaster
    rows = WORLDS["categories"].rows[:50]
    assert drifted(forecaster.recipe, known(forecaster.recipe, rows)) == []
    other = rows.assign(sky=rows["sky"].where(rows.index != 7, "plaid"))
    with pytest.warns(UserWarning, match="sky is no category of training in 1 of 50 rows: all its inputs are 0 there"):
        assert forecaster.predict(other)["level"].notna().all()


def test_each_of_two_calendars_has_its_slack() -> None:
    recipe = trained("calendar", "stateless").forecaster.recipe
    both = recipe.data.model_copy(update={"inputs": ("level", *(Calendar(calendar=(part,)) for part in PARTS))})
    slack = {name: entry.slack for entry, at in replace(recipe, data=both).entries for name in entry.names({}) if at}
    assert slack == {"level": 0.0, **{f"{part} {wave}": Calendar.slack for part in PARTS for wave in ("sin", "cos")}}
