"""Rolling origins: each stretch of the test part is forecast by what was trained on all that lies before it."""

from itertools import pairwise
from typing import Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.workers.data.timelines import counting
from workers.baselines.learned import with_learned
from workers.data.dataset import Dataset, prepare, with_origins
from workers.data.splits import Split
from workers.data.timeline import Timeline
from workers.errors import DataError

SPLIT = Split(validation=0.2, test=0.3, by="time")
cases = settings(max_examples=60, deadline=None)


@st.composite
def worlds(draw: st.DrawFn) -> Dataset:
    """A record, sequences, or sequences with a common clock, with two to five origins."""
    lengths = draw(st.lists(st.integers(100, 160), min_size=1, max_size=4))
    begins = draw(st.lists(st.integers(0, 40), min_size=len(lengths), max_size=len(lengths)))
    common = np.concatenate([np.arange(a, a + n, dtype=float) for a, n in zip(begins, lengths, strict=True)])
    clock = common if draw(st.booleans()) else None
    record = clock is None and draw(st.booleans())
    timeline = counting(*lengths, horizon=draw(st.integers(0, 4)), clock=clock, record=record)
    return with_origins(prepare(timeline, SPLIT), SPLIT, draw(st.integers(2, 5)))


def moments(timeline: Timeline) -> np.ndarray:
    """(time,) by which the timeline is cut."""
    if timeline.clock is not None:
        return timeline.clock
    if timeline.record:
        return np.arange(len(timeline.features), dtype=float)
    return np.concatenate([np.arange(n) / n for n in timeline.stops - timeline.starts])


@cases
@given(worlds())
def test_the_stretches_hold_each_scored_timestep_of_the_test_part_once_and_in_order(data: Dataset) -> None:
    places = data.places_of_origins()
    assert sorted(np.concatenate(places)) == list(range(len(data.scored_timesteps(data.test))))
    when = moments(data.timeline)[data.scored_timesteps(data.test)]
    ends = [(when[own].min(), when[own].max()) for own in places]
    assert all(before[1] <= after[0] for before, after in pairwise(ends))


@cases
@given(worlds())
def test_no_origin_learns_from_a_target_of_its_stretch_or_later(data: Dataset) -> None:
    when, horizon = moments(data.timeline), data.timeline.horizon
    for number in range(2, len(data.later_origins) + 2):
        origin = data.at_origin(number)
        begin = when[origin.test.timesteps].min()
        sequence = np.searchsorted(data.timeline.starts, np.arange(len(when)), side="right") - 1
        for part in (origin.train, origin.validation):
            target = part.timesteps + horizon
            assert (sequence[target] == sequence[part.timesteps]).all()
            assert (when[target] < begin).all()
        assert when[origin.train.timesteps].max() < when[origin.validation.timesteps].min() + 1e-9


def test_validation_is_the_same_share_of_what_lies_before_and_training_grows() -> None:
    """Of 1,000 timesteps half trains and a fifth validates: two sevenths of what lies before the test part."""
    data = with_origins(prepare(counting(1000), SPLIT), SPLIT, 3)
    found = [data.at_origin(number) for number in (1, 2, 3)]
    assert [[len(part.timesteps) for part in (each.train, each.validation)] for each in found] == [
        [500, 200],
        [571, 229],
        [643, 257],
    ]
    assert [len(own) for own in data.places_of_origins()] == [100, 100, 100]


def test_one_origin_is_the_split_itself_and_several_change_no_digest() -> None:
    data = prepare(counting(400, horizon=2), SPLIT)
    several = with_origins(data, SPLIT, 4)
    assert with_origins(data, SPLIT, 1).later_origins == ()
    assert several.at_origin(1) is several
    assert (several.digest, several.test_digest) == (data.digest, data.test_digest)
    assert several.at_origin(4).scaling is data.scaling


@pytest.mark.parametrize(("test", "by"), [(0.3, "sequence"), (0, "time")])
def test_without_an_order_or_a_test_part_there_are_no_stretches(test: float, by: Literal["sequence", "time"]) -> None:
    split = Split(validation=0.2, test=test, by=by)
    data = prepare(counting(*[50] * 10), split)
    with pytest.raises(DataError, match="cannot be cut into 3 stretches"):
        with_origins(data, split, 3)


def test_a_baseline_learns_anew_at_each_origin() -> None:
    """What it forecasts of a stretch is what it would forecast of it, were that origin's split the only one."""
    rng = np.random.default_rng(0)
    values = np.cumsum(rng.normal(size=(400, 1)), axis=0)
    one = np.zeros(1, np.int64)
    timeline = Timeline(values[:-1], values[1:], one, np.ones(399, bool), record=True)
    data = with_origins(prepare(timeline, SPLIT), SPLIT, 3)
    learned = with_learned(data, ["linear"], 3).test_forecasts["linear"]
    alone = with_learned(data.at_origin(3), ["linear"], 3).test_forecasts["linear"]
    first = with_learned(prepare(timeline, SPLIT), ["linear"], 3).test_forecasts["linear"]
    places = data.places_of_origins()
    assert (learned[places[2]] == alone).all()
    assert (learned[places[0]] == first[places[0]]).all()
    assert (learned[places[2]] != first[places[2]]).all()
