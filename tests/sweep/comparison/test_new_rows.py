"""The error on new rows beside that on the test split: told apart where they differ, and seldom where they do not."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from sweep.comparison.interval import Interval
from sweep.comparison.mean_error import interval, mean_error, p_of_equal
from sweep.comparison.new_rows import Comparison, compared, sentence
from sweep.comparison.scored_timesteps import ScoredTimesteps
from tests.sweep.comparison.cells import remembering
from workers.data.layout import Layout
from workers.forecasting.package import MeanError

Numbers = NDArray[np.floating]


def rows(count: int) -> ScoredTimesteps:
    return ScoredTimesteps(count, np.zeros(1, np.int64))


def error(losses: Numbers) -> MeanError:
    found = mean_error(losses, rows(len(losses)), "loss")
    assert found is not None
    return found


def draw(seed: int, count: int = 500, scale: float = 1.0, memory: float = 0.5) -> Numbers:
    """Squared errors of an autoregressive series."""
    return scale * remembering(memory, count, rng=np.random.default_rng(seed)) ** 2


def test_equal_errors_are_told_apart_hardly_oftener_than_promised() -> None:
    found = [p_of_equal(error(draw(2 * seed)), error(draw(2 * seed + 1, 300))) for seed in range(400)]
    assert np.mean(np.array(found) < 0.05) < 0.08


def test_the_interval_holds_the_mean_hardly_seldomer_than_promised() -> None:
    true = float(np.mean([draw(seed).mean() for seed in range(10_000, 11_000)]))
    lie = [interval(error(draw(seed)), 0.95) for seed in range(400)]
    assert np.mean([low <= true <= high for low, high in lie]) > 0.91


def scores(losses: Numbers, naive: dict[str, Numbers] | None = None) -> Any:
    """As a forecaster gives them, of a target whose unit is 10."""
    layout = Layout(np.zeros(1, np.int64))
    return SimpleNamespace(
        losses=losses, naive=naive or {}, layout=layout, metric="rmse", shown=lambda mean: 10 * max(mean, 0) ** 0.5
    )


TEST = error(draw(1, memory=0.0))


@pytest.mark.parametrize(
    ("scale", "decision", "words"),
    [
        (2.0, "larger", "larger, more than luck explains (p "),
        (1.0, "no difference", "no more than luck explains (p "),
        (0.5, "smaller", "smaller, more than luck explains (p "),
    ],
)
def test_an_error_is_called_larger_or_smaller_only_where_luck_does_not_explain_it(
    scale: float, decision: str, words: str
) -> None:
    found = compared(scores(draw(2, scale=scale, memory=0.0)), TEST, {})
    said = sentence(found, 1234)
    assert (found.against, found.decision) == ("test", decision)
    assert said.startswith(f"On 1,234 new rows rmse is {found.value:.4g} (95 % interval ")
    assert f"on the test split it was {found.other:.4g} (" in said
    assert words in said
    assert ("Train it again with these rows." in said) == (decision == "larger")


def test_the_level_is_said_once() -> None:
    assert sentence(compared(scores(draw(2)), TEST, {}), 500).count("95 %") == 1


def test_of_a_handful_of_rows_nothing_is_said() -> None:
    found = compared(scores(draw(2, 19)), TEST, {})
    assert (found.decision, found.interval, found.p) == ("unknown", None, None)
    assert "too few rows to say more" in sentence(found, 19)


def test_a_model_without_a_test_score_is_compared_with_the_forecast_without_a_model_on_the_same_rows() -> None:
    losses = draw(2)
    found = compared(scores(losses, {"persistence": losses + draw(3, scale=0.5)}), None, {})
    assert (found.against, found.decision) == ("persistence", "smaller")
    said = sentence(found, 500)
    assert "the model has no test score; of persistence it is" in said
    assert "smaller, more than luck explains" in said


def test_a_model_of_an_earlier_version_has_a_test_score_and_no_interval_of_it() -> None:
    found = compared(scores(draw(2)), None, {"test/rmse_deployed": 9.0})
    assert (found.other, found.other_interval, found.decision) == (9.0, None, "unknown")
    assert "how much of that is luck is not known, as the model was made by an earlier version" in sentence(found, 500)


def test_what_is_compared_is_said_in_json_with_nothing_infinite() -> None:
    found = Comparison("test", "rmse", 2.0, Interval(1.0, 3.0), 1.0, None, None, "unknown").as_json()
    assert (found["change"], found["interval"], found["other_interval"]) == (1.0, [1.0, 3.0], None)
