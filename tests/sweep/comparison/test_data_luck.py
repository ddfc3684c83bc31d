"""The luck of the test data: what is drawn, how surely, and how often a t test errs by it."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from sweep.comparison.data_luck import Influence, data_luck, draw
from sweep.comparison.draws import Groups, GroupsAndStretches, Stretches
from sweep.comparison.long_run_variance import wave_count, waves
from sweep.comparison.luck import UNKNOWN, Luck, satterthwaite
from sweep.comparison.scored_timesteps import ScoredTimesteps, even_number
from tests.cases import shown
from tests.sweep.comparison.cells import panel, record, remembering

pytestmark = pytest.mark.lengthy

Floats = NDArray[np.floating]


def of_difference(differences: Floats, data: ScoredTimesteps) -> Luck:
    """Where the errors differ by this, and seeds by nothing."""
    none = np.zeros((1, data.count))
    return data_luck(Influence(differences, none), Influence(none[0], none), (0.0, 0.0), data)


def wrong(series: Floats, data: ScoredTimesteps) -> float:
    """The part of series of mean zero whose mean a t test at 5 % tells from zero."""
    found = [of_difference(one, data) for one in series]
    t = [abs(one.mean()) / np.sqrt(luck.variance()) for one, luck in zip(series, found, strict=True)]
    return float((2 * stats.t.sf(t, [luck.freedom for luck in found]) < 0.05).mean())


def test_all_waves_together_tell_the_usual_variance() -> None:
    values = np.random.default_rng(0).normal(size=50)
    assert (waves(values) ** 2).mean() == pytest.approx(values.var(ddof=1))


def test_values_that_remember_are_told_by_fewer_waves() -> None:
    rng = np.random.default_rng(0)
    counts = [wave_count(remembering(memory, 1000, rng=rng)) for memory in (0.0, 0.8, 0.95)]
    assert counts[0] == 39 > counts[1] > counts[2] >= 2


def test_memory_is_seen_under_noise() -> None:
    rng = np.random.default_rng(0)
    assert wave_count(remembering(0.9, 1000, rng=rng) + 2 * rng.normal(size=1000)) < 25


@pytest.mark.parametrize(("count", "waves_of_it"), [(1, 0), (2, 1), (3, 2), (20, 2), (100, 8)])
def test_of_few_values_there_are_few_waves(count: int, waves_of_it: int) -> None:
    assert wave_count(np.random.default_rng(0).normal(size=count)) == waves_of_it


RECORDS = [
    (0.9, 500, 0.065), (0.0, 500, 0.06), (0.5, 500, 0.06), (0.5, 1000, 0.06), (0.9, 1000, 0.065), (0.5, 3000, 0.06),
    (0.9, 3000, 0.065), (0.9, 200, 0.085),
]  # fmt: skip


@pytest.mark.parametrize(("memory", "count", "most"), shown(RECORDS))
def test_a_record_that_remembers_misleads_hardly_oftener_than_promised(memory: float, count: int, most: float) -> None:
    series = remembering(memory, 4000, count, rng=np.random.default_rng(count))
    assert 0.04 < wrong(series, record(count)) <= most


@pytest.mark.parametrize("count", shown([500, 3000]))
def test_memory_that_hides_under_noise_misleads_a_little_oftener(count: int) -> None:
    rng = np.random.default_rng(count)
    series = remembering(0.9, 4000, count, rng=rng) + 1.5 * rng.normal(size=(4000, count))
    assert 0.04 < wrong(series, record(count)) <= 0.08


def test_long_memory_that_hides_under_much_noise_misleads_no_oftener_than_promised() -> None:
    rng = np.random.default_rng(0)
    series = remembering(0.99, 600, 3000, rng=rng) + 8 * rng.normal(size=(600, 3000))
    assert wrong(series, record(3000)) <= 0.12


def test_many_short_sequences_are_drawn_whole_where_that_counts_more() -> None:
    """A sequence is easy or hard from its first timestep to its last."""
    level = np.random.default_rng(1).normal(size=100)
    data = ScoredTimesteps(3000, np.arange(100) * 30)
    luck = of_difference(np.repeat(level, 30), data)
    assert luck.variance() >= level.var(ddof=1) / 100 * (1 - 1e-9)
    assert luck.variance() >= of_difference(np.repeat(level, 30), record(3000)).variance()


@pytest.mark.parametrize("memory", shown([0.9, 0.0]))
@pytest.mark.parametrize("record_of", shown(["each", "one"]))
def test_many_short_sequences_mislead_no_oftener_than_promised(memory: float, record_of: str) -> None:
    """Whether they are parts of one record, or each has its own. That the wider counts makes the rate a bit lower."""
    shape = (4000, 600) if record_of == "one" else (4000, 20, 30)
    series = remembering(memory, *shape, rng=np.random.default_rng(0)).reshape(4000, 600)
    assert 0.025 < wrong(series, ScoredTimesteps(600, np.arange(20) * 30)) <= 0.065


def test_sequences_that_differ_mislead_no_oftener_than_promised() -> None:
    rng = np.random.default_rng(0)
    series = rng.normal(size=(2000, 20, 1)) + 2 * rng.normal(size=(2000, 20, 30))
    assert wrong(series.reshape(2000, 600), ScoredTimesteps(600, np.arange(20) * 30)) <= 0.065


def test_few_long_sequences_are_one_record() -> None:
    values = remembering(0.5, 900, rng=np.random.default_rng(0))
    assert of_difference(values, ScoredTimesteps(900, np.array([0, 400]))) == of_difference(values, record(900))


PANELS = shown([(10, 100), (30, 60), (30, 300), (10, 1000), (50, 500), (100, 100)])


@pytest.mark.sampled(6)
@pytest.mark.parametrize("memory", shown([0.9, 0.0]))
@pytest.mark.parametrize(("shock", "lasting"), shown([(0.5, 0.5), (0.0, 0.0), (0.5, 0.0)]))
@pytest.mark.parametrize(("groups", "timesteps"), PANELS)
def test_a_panel_with_common_shocks_misleads_hardly_oftener_than_promised(
    groups: int, timesteps: int, shock: float, lasting: float, memory: float
) -> None:
    rng = np.random.default_rng(groups)
    common = shock * remembering(lasting, 800, 1, timesteps, rng=rng)
    series = common + remembering(memory, 800, groups, timesteps, rng=rng)
    assert wrong(series.reshape(800, -1), panel(groups, timesteps)) <= 0.07


@pytest.mark.parametrize("shock", shown([0.5, 0.0]))
@pytest.mark.parametrize("clock", shown([True, False]))
@pytest.mark.parametrize(("groups", "timesteps"), PANELS[:2])
def test_a_panel_of_groups_that_differ_misleads_hardly_oftener_than_promised(
    groups: int, timesteps: int, clock: bool, shock: float
) -> None:
    rng = np.random.default_rng(groups)
    common = clock * shock * rng.normal(size=(2000, 1, timesteps))  # without a clock nobody could know of it
    series = rng.normal(size=(2000, groups, 1)) / 2 + common + rng.normal(size=(2000, groups, timesteps))
    assert wrong(series.reshape(2000, -1), panel(groups, timesteps, clock=clock)) <= 0.07


LENGTHS = {
    "one long, 29 short": [1000] + [20] * 29,
    "one longer, 49 short": [400] + [20] * 49,
    "lognormal": [int(each) for each in 10 + 40 * np.exp(np.random.default_rng(3).normal(size=20))],
    "a little uneven": [int(each) for each in 10 + 40 * np.exp(np.random.default_rng(3).normal(size=40) / 2)],
}


def uneven(lengths: list[int], *, groups: bool = True, clock: bool = False) -> ScoredTimesteps:
    """Sequences of these lengths, each a group of its own."""
    times = np.concatenate([np.arange(each) for each in lengths]).astype(float)
    starts, own = np.cumsum([0, *lengths[:-1]]), np.arange(len(lengths))
    return ScoredTimesteps(sum(lengths), starts, own if groups else None, times if clock else None)


def with_levels(lengths: list[int], repeats: int = 1000) -> Floats:
    """Series of which each sequence is easy or hard as a whole."""
    rng = np.random.default_rng(0)
    level = np.repeat(rng.normal(size=(repeats, len(lengths))), lengths, axis=1)
    return np.asarray(level + 3 * rng.normal(size=level.shape))


@pytest.mark.parametrize("clock", shown([False, True]))
@pytest.mark.parametrize("name", shown(["one longer, 49 short", "a little uneven"]))
def test_groups_of_unequal_size_mislead_no_oftener_than_promised(name: str, clock: bool) -> None:
    data = uneven(LENGTHS[name], clock=clock)
    assert data.groups_are_drawn
    assert wrong(with_levels(LENGTHS[name]), data) <= 0.07


@pytest.mark.parametrize("name", shown(["lognormal", "one long, 29 short"]))
def test_sequences_of_unequal_size_mislead_no_oftener_than_promised(name: str) -> None:
    assert wrong(with_levels(LENGTHS[name]), uneven(LENGTHS[name], groups=False)) <= 0.065


@pytest.mark.parametrize("name", shown(["lognormal", "one long, 29 short"]))
def test_a_few_groups_that_hold_most_timesteps_are_few_groups(name: str) -> None:
    assert not uneven(LENGTHS[name]).groups_are_drawn


def test_unequal_groups_count_as_the_fewer_that_would_weigh_alike() -> None:
    even, one_of_two = np.repeat(np.arange(12), 5), np.repeat([0, 1], [9, 1])
    assert even_number(even) == pytest.approx(12) == pytest.approx(Groups(even).freedom + 1)
    assert even_number(one_of_two) == pytest.approx(1 / 0.82)


def test_few_groups_are_not_drawn_but_common_shocks_are() -> None:
    rng = np.random.default_rng(0)
    data = panel(5, 200)
    assert isinstance(draw(rng.normal(size=1000), data), Stretches)
    shocks = rng.normal(size=(2000, 1, 200)) + rng.normal(size=(2000, 5, 200))
    assert 0.04 < wrong(shocks.reshape(2000, -1), data) <= 0.06


def test_groups_that_differ_and_common_shocks_count_both() -> None:
    rng = np.random.default_rng(0)
    group, shock, noise = rng.normal(size=(20, 1)), rng.normal(size=50), rng.normal(size=(20, 50))
    way = draw((group + shock + noise).ravel(), panel(20, 50))
    assert isinstance(way, GroupsAndStretches)
    assert way.freedom == pytest.approx(min(19, way.stretches.count))
    assert isinstance(draw((group + noise / 9).ravel(), panel(20, 50, clock=False)), Groups)


def test_what_single_seeds_do_at_single_timesteps_is_counted_once() -> None:
    """It is in the variance between runs already."""
    rng = np.random.default_rng(0)
    noise = rng.normal(size=(10, 500)) / np.sqrt(10)
    apart = (noise - noise.mean(axis=0)) / 3
    means = Influence(noise.mean(axis=0) * np.sqrt(10), apart), Influence(np.zeros(500), np.zeros((1, 500)))
    alone, beside = (data_luck(*means, (seeds, 0.0), record(500)).variance() for seeds in (0.0, np.inf))
    assert beside < alone


def test_equal_influences_are_no_luck() -> None:
    assert of_difference(np.zeros(50), record(50)).variance() == 0


@pytest.mark.parametrize("data", [record(1), ScoredTimesteps(3, np.arange(3), np.arange(3), np.zeros(3))])
def test_what_cannot_be_drawn_again_tells_nothing(data: ScoredTimesteps) -> None:
    assert of_difference(np.arange(1.0, data.count + 1), data) == UNKNOWN


def test_degrees_of_freedom_of_a_sum() -> None:
    assert satterthwaite([(1.0, 9), (1.0, 9)]) == pytest.approx(18)
    assert satterthwaite([(1.0, 9), (0.0, 2)]) == pytest.approx(9)
    assert satterthwaite([(0.0, 9)]) == np.inf


def test_caution_lets_parts_that_are_hardly_known_count_more() -> None:
    rng = np.random.default_rng(0)
    vague, sure = 0.9 * rng.chisquare(2, 20_000) / 2, 0.1 * rng.chisquare(18, 20_000) / 18
    t = np.abs(rng.normal(size=20_000)) / np.sqrt(vague + sure)
    freedom = [
        [satterthwaite([(a, 2), (b, 18)], caution) for a, b in zip(vague, sure, strict=True)] for caution in (0.0, 4.0)
    ]
    rates = [float((2 * stats.t.sf(t, one) < 0.05).mean()) for one in freedom]
    assert rates[0] > 0.07
    assert 0.05 < rates[1] < 0.06


@pytest.mark.parametrize("count", shown([500, 3000, 150, 200, 300]))
def test_chance_seldom_passes_for_a_memory_as_long_as_the_test_split(count: int) -> None:
    """Where it does, two degrees of freedom are left, and a large effect is missed."""
    rng = np.random.default_rng(count)
    few = sum(wave_count(rng.normal(size=count)) <= 4 for _ in range(400))
    assert few <= 0.04 * 400
