"""A comparison in steps: an arm that is decided needs no more seeds, and errs no more often for it."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.comparison import compare, steps
from sweep.comparison.comparison import Comparison
from sweep.comparison.looks_spending import LEAST_SEEDS, Step
from sweep.comparison.looks_spending import steps as steps_of
from sweep.comparison.question import Question, Scores
from sweep.comparison.scored_timesteps import ScoredTimesteps
from sweep.comparison.selection import Cell, Selection
from sweep.comparison.verdict import ArmVerdict
from tests.cases import shown
from tests.sweep.comparison.arms import RECORDED, TIMESTEPS, Floats, scores

STEPS = (Step(3, 0.007), Step(5, 0.104), Step(7, 0.272), Step(10, 0.617))  # of which the product leaves out the first
QUESTION = Question(timesteps=ScoredTimesteps(TIMESTEPS, np.zeros(1, int)), seeds=10, steps=STEPS)
FAR = [1.0, 1.01, 0.99, 1.0, 1.02, 0.98, 1.01, 0.99, 1.0, 1.0]


def comparison(**arms: Scores) -> Comparison:
    """Arms at one setting; the first is the reference, stateless."""
    reference = next(iter(arms))
    chosen = Selection(reference, dict.fromkeys(arms, "A"))
    return Comparison({Cell(arm, "A"): found for arm, found in arms.items()}, {}, chosen)


def rows(found: Comparison, question: Question = QUESTION) -> dict[str, ArmVerdict]:
    return {row.arm: row for row in steps.decided(found, question)}


def first(found: Scores, seeds: int) -> Scores:
    part = found.until(3 + seeds)
    assert part
    return part


STATELESS = scores([20 * each for each in FAR])
FAR_BETTER = scores([10 * each for each in reversed(FAR)])
CLOSE = scores(RECORDED["every_epoch"])


@given(st.integers(2, 60))
def test_the_steps_spend_all_of_a_look_and_the_last_has_all_seeds(seeds: int) -> None:
    found = steps_of(seeds, seeds)
    assert math.isclose(math.fsum(step.share for step in found), 1)
    assert all(step.share > 0 for step in found)
    assert found[-1].seeds == seeds
    counts = [step.seeds for step in found]
    assert counts == sorted(set(counts))
    assert all(count >= LEAST_SEEDS for count in counts) or len(counts) == 1


@given(st.integers(3, 60), st.data())
def test_the_end_of_the_time_changes_no_step_before_it_and_the_last_one_has_the_rest(
    planned: int, data: st.DataObject
) -> None:
    seeds = data.draw(st.integers(3, planned))
    whole, cut = steps_of(planned, planned), steps_of(seeds, planned)
    assert cut[:-1] == tuple(step for step in whole if step.seeds < seeds)
    assert math.isclose(math.fsum(step.share for step in cut), 1)


def test_ten_seeds_are_asked_about_after_five_and_seven() -> None:
    found = steps_of(10, 10)
    assert [step.seeds for step in found] == [5, 7, 10]
    # 2 - 2 Phi(1.959964 / sqrt(0.5)) is 0.0055746, of 0.05
    assert found[0].share == pytest.approx(0.111492, abs=1e-5)
    # 2 - 2 Phi(1.959964 / sqrt(0.7)) is 0.0191498
    assert found[1].share == pytest.approx(0.382996 - 0.111492, abs=1e-5)


def cut_short(seeds: int) -> tuple[Step, ...]:
    """The steps where the time was up after so many seeds: the last has what those before have left."""
    before = [step for step in STEPS if step.seeds < seeds]
    return (*before, Step(seeds, 1 - sum(step.share for step in before)))


def test_a_large_difference_is_decided_early_and_a_small_one_is_not() -> None:
    found = rows(comparison(stateless=STATELESS, never=FAR_BETTER, every_epoch=CLOSE))
    assert (found["never"].decision, found["never"].seeds, found["never"].seeds_planned) == ("better", 3, 3)
    assert found["every_epoch"].seeds > 3


def test_what_later_seeds_would_say_of_a_decided_arm_changes_nothing() -> None:
    many = comparison(stateless=STATELESS, never=FAR_BETTER, every_epoch=CLOSE)
    few = comparison(stateless=STATELESS, never=first(FAR_BETTER, 3), every_epoch=CLOSE)
    other = comparison(
        stateless=STATELESS, never=scores([10 * each for each in FAR[:3]] + [40.0] * 7), every_epoch=CLOSE
    )
    assert rows(many)["never"] == rows(few)["never"]
    assert rows(many)["every_epoch"] == rows(few)["every_epoch"]
    assert rows(other)["never"].decision == "better"


def test_the_arms_that_need_more_seeds_are_those_without_a_decision() -> None:
    found = comparison(stateless=first(STATELESS, 3), never=first(FAR_BETTER, 3), every_epoch=first(CLOSE, 3))
    assert steps.undecided(found, QUESTION, 3) == ["every_epoch"]


def test_a_step_is_as_strict_as_its_share_says() -> None:
    step = Step(5, STEPS[1].share)
    part = comparison(stateless=first(STATELESS, 5), never=first(CLOSE, 5))
    at_step = rows(part, replace(QUESTION, steps=(step,)))["never"]
    at_once = rows(part, replace(QUESTION, steps=(), seeds=5))["never"]
    assert at_step.p_holm is not None
    assert at_once.p_holm is not None
    assert at_step.p_holm == pytest.approx(min(at_once.p_holm / step.share, 1))
    assert at_step.interval
    assert at_once.interval
    assert at_step.interval.low < at_once.interval.low < at_once.interval.high < at_step.interval.high


def test_arms_that_are_finished_with_count_among_those_that_are_compared() -> None:
    """Two that differ leave one test to the third; two that were given up leave it a third of the level."""
    alone = rows(comparison(stateless=STATELESS, every_epoch=CLOSE), replace(QUESTION, steps=()))["every_epoch"]
    question = replace(QUESTION, steps=(Step(3, 0.5), Step(10, 1.0)))
    beside = comparison(stateless=STATELESS, never=FAR_BETTER, random=FAR_BETTER, every_epoch=CLOSE)
    found = rows(beside, question)["every_epoch"]
    assert found.p_holm == pytest.approx(alone.p_holm)
    assert found.interval
    assert alone.interval
    assert found.interval.high - found.interval.low > alone.interval.high - alone.interval.low


def test_an_arm_that_no_number_of_seeds_would_decide_is_given_up() -> None:
    """Both are the same but for where they err, so that the test data's luck is all there is."""
    steady = [1 + 1e-4 * each for each in range(10)]
    one, other = (
        scores([20 * each for each in steady], uneven=0.9),
        scores([20.1 * each for each in steady], uneven=0.9),
    )
    found = rows(comparison(stateless=one, never=other))["never"]
    assert (found.decision, found.seeds) == ("undecided", 3)
    assert found.obstacle == "test data"


def test_where_a_run_is_missing_altogether_there_is_no_step() -> None:
    late = scores([10 * each for each in FAR[:5]], first=9)  # seeds of which the first machine ended five
    found = rows(comparison(stateless=STATELESS, never=late))["never"]
    assert found.seeds == 5
    assert found.seeds_planned == 10


def test_the_verdict_says_what_was_spared() -> None:
    two = comparison(stateless=first(STATELESS, 3), never=first(FAR_BETTER, 3))
    notes = compare.compare(two, replace(QUESTION, metric="validation/loss")).notes
    assert any("never after 3" in note and "14 runs were spared" in note for note in notes)
    assert not any("missing" in note for note in notes)


def test_without_steps_nothing_is_said_of_any() -> None:
    verdict = compare.compare(comparison(stateless=STATELESS, never=FAR_BETTER), replace(QUESTION, steps=()))
    assert not any("spared" in note for note in verdict.notes)


def _told_apart(draw: Callable[[np.random.Generator], Floats], studies: int = 300) -> int:
    """How many comparisons of equal arms tell some apart, each with luck of its own."""
    question = replace(QUESTION, steps=steps_of(10, 10))
    told = 0
    for world in range(studies):
        rng = np.random.default_rng(world)
        arms = {name: scores(draw(rng), uneven=0.0) for name in ("stateless", "never", "every_epoch")}
        told += any(row.decision in ("better", "worse") for row in steps.decided(comparison(**arms), question))
    return told


@pytest.mark.parametrize(
    "draw",
    shown(
        [
            lambda rng: 1 + 0.05 * rng.standard_t(3, size=10),
            lambda rng: 1 + 0.05 * rng.normal(size=10),
            lambda rng: np.where(rng.random(10) < 0.5, 1.0, 0.5) + 0.01 * rng.normal(size=10),
        ]
    ),
    ids=["heavy tails", "normal luck", "a task that is solved or not"],
)
@pytest.mark.lengthy
def test_equal_arms_are_told_apart_in_one_of_twenty_at_most(draw: Callable[[np.random.Generator], Floats]) -> None:
    assert _told_apart(draw) <= 0.05 * 300 + 2 * math.sqrt(0.05 * 0.95 * 300)


def test_runs_that_machines_ended_were_not_spared() -> None:
    question = replace(QUESTION, metric="validation/loss", steps=(Step(10, 1.0),))
    found = compare.compare(comparison(stateless=STATELESS, never=first(CLOSE, 8)), question)
    assert found.spared == 0
    assert not any("seeds were needed" in note for note in found.notes)


def test_the_verdict_says_after_how_many_seeds_it_decided_where_all_were_run_before() -> None:
    question = replace(QUESTION, metric="validation/loss")
    found = compare.compare(comparison(stateless=STATELESS, never=FAR_BETTER), question)
    assert found.spared == 0
    assert any("never after 3" in note for note in found.notes)


def test_an_arm_stands_beside_the_reference_with_the_same_seeds() -> None:
    """The reference's later seeds, which other arms need, err more."""
    late = scores([20 * each for each in FAR[:3]] + [26 * each for each in FAR[3:]])
    found = compare.compare(
        comparison(stateless=late, never=first(FAR_BETTER, 3), every_epoch=CLOSE),
        replace(QUESTION, metric="validation/loss"),
    )
    assert found.recommendation.arm == "never"
    assert "of 3 seeds and the test data), 9.97 against 20." in found.sentence


def test_a_setting_that_shows_the_opposite_stands_in_the_way_at_a_step_as_at_the_end() -> None:
    cells = {
        Cell("stateless", "A"): STATELESS,
        Cell("never", "B"): FAR_BETTER,
        Cell("stateless", "B"): scores([21 * each for each in FAR]),
        Cell("never", "A"): scores([20 * 1.06 * each for each in reversed(FAR)]),
    }
    crossed = Comparison(cells, {}, Selection("stateless", {"stateless": "A", "never": "B"}))
    for question in (QUESTION, replace(QUESTION, steps=())):
        row = rows(crossed, question)["never"]
        assert (row.decision, row.obstacle, row.seeds) == ("undecided", "setting", 10)


def test_intervals_at_a_setting_are_at_the_level_that_the_verdict_names() -> None:
    at_step = rows(comparison(stateless=STATELESS, never=FAR_BETTER))["never"].settings[0]
    few = comparison(stateless=first(STATELESS, 3), never=first(FAR_BETTER, 3))
    assert at_step.interval == rows(few, replace(QUESTION, steps=(), seeds=3))["never"].settings[0].interval


def test_an_arm_that_was_not_hopeless_is_not_when_the_time_is_up() -> None:
    """Else its later runs, which were made, would be left out."""
    rng = np.random.default_rng(96)
    one, other = (scores(1 + 0.0125 * rng.normal(size=5), uneven=0.0) for _ in range(2))
    found = comparison(stateless=one, never=other)
    assert steps.undecided(found, QUESTION, 3) == ["never"]
    cut = replace(QUESTION, steps=cut_short(5), end=STEPS[-1], seeds=5, shortened=True)
    assert rows(found, cut)["never"].seeds == 5
    assert rows(found, replace(cut, end=None))["never"].seeds == 3


def _uneven(errors: Sequence[float], rng: np.random.Generator) -> Scores:
    """Runs whose losses vary along the test split by 40 % of their error."""
    found = scores(errors, uneven=0.0)
    shape = 1 + 0.4 * rng.normal(size=TIMESTEPS)
    losses = [error * shape for error in errors]
    return replace(found, runs=replace(found.runs, losses=losses))


def test_an_arm_that_was_given_up_still_is_when_the_time_is_up() -> None:
    """Else runs of it would be missing that nobody was to make: the last step may spend more once it comes sooner."""
    rng = np.random.default_rng(0)
    one, other = (_uneven([part * (1 + each) for each in (-0.003, 0.0, 0.003)], rng) for part in (1.0, 0.97))
    found = comparison(stateless=one, never=other)
    assert steps.undecided(found, QUESTION, 3) == []
    cut = replace(QUESTION, steps=cut_short(7), end=STEPS[-1], seeds=7, shortened=True)
    assert steps.undecided(found, cut, 3) == []
    assert steps.undecided(found, replace(cut, end=None), 3) == ["never"]
