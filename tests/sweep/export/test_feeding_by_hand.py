"""What the card says of feeding the bare Keras models."""

import pytest

from sweep.export import feeding_by_hand
from tests.sweep.models import DATA
from tests.workers.worlds import regression
from workers.forecasting.recipe import Recipe
from workers.forecasting.standalone.program import AT_SEQUENCES
from workers.plans.equivalence import canonical
from workers.plans.policies import POLICIES
from workers.spec import TrialSpec

DATASET = regression((200, 90, 60))


def recipe(**fields: object) -> Recipe:
    spec = canonical(TrialSpec.model_validate({"batch_size": 4, "window": 6, **fields}), DATASET.train)
    return Recipe.of("walk", spec, DATA, DATASET)


def test_every_policy_is_told_how_to_be_fed() -> None:
    for policy in POLICIES:
        assert feeding_by_hand.streaming(recipe(reset_policy=policy)).endswith(".")


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"reset_policy": "every_sequence"}, "before the first row of each sequence, and nowhere else"),
        ({"reset_policy": "every_n_batches", "reset_interval": 3}, "then after every 18 rows"),
        ({"reset_policy": "decay", "state_decay": 0.5}, "multiply each state by 0.5"),
        ({"stateful": False}, "give it the last 6 rows"),
    ],
)
def test_the_numbers_are_those_of_the_trial(fields: dict[str, object], expected: str) -> None:
    assert expected in feeding_by_hand.streaming(recipe(**fields))


def test_what_is_read_both_ways_is_fed_window_by_window_and_never_in_a_stream() -> None:
    both = recipe(stateful=False, bidirectional=True)
    assert feeding_by_hand.streaming(both) == ""
    assert "A row is the last 6 rows" in feeding_by_hand.batch(both)
    assert "the forecast of its last row" in feeding_by_hand.batch(both)


def test_a_policy_that_never_met_two_sequences_in_a_lane_is_reset_at_sequences() -> None:
    one = Recipe.of("walk", TrialSpec(reset_policy="never"), DATA, regression((300,)))
    assert one.whole_lanes
    assert feeding_by_hand.streaming(one) == AT_SEQUENCES
