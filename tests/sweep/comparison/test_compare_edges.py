"""The comparison at its edges: runs that are the same, few, diverged or do not fit; and what it hands on."""

import json
from dataclasses import fields
from typing import Any

import numpy as np
import pytest

from sweep.comparison.paired_statistics import UNBOUNDED
from sweep.comparison.question import ArmRuns, Question
from tests.sweep.comparison.arms import RECORDED, arm, recorded, row, verdict

STATELESS, CARRYING = RECORDED["stateless"], RECORDED["every_sequence"]
NAN = float("nan")


def test_the_same_runs_under_two_names_are_equivalent() -> None:
    found = row("never", verdict([arm("stateless", STATELESS), arm("never", STATELESS)], margin=0.0))
    assert (found.decision, found.difference, found.interval, found.p_holm) == ("equivalent", 0, (0, 0), 1)


def test_arms_without_common_seeds_are_paired_in_order() -> None:
    other = arm("never", CARRYING, seeds=range(100, 110))
    assert row("never", verdict([arm("stateless", STATELESS), other])).pairs == 10


def test_runs_whose_partner_is_missing_do_not_count_in_the_pairs() -> None:
    fewer = arm("never", CARRYING[:7], seeds=range(3, 10))
    found = row("never", verdict([arm("stateless", STATELESS), fewer]))
    assert (found.seeds, found.pairs) == (7, 7)
    assert found.difference == pytest.approx(np.mean(CARRYING[:7]) / np.mean(STATELESS[3:]) - 1)


def test_one_arm_is_the_reference_and_nothing_else() -> None:
    found = verdict(recorded("never"))
    assert [(row.arm, row.decision) for row in found.arms] == [("never", "reference")]


def test_two_seeds_never_show_a_difference_and_a_note_says_so() -> None:
    found = verdict([arm("stateless", [1.0, 1.001]), arm("never", [0.5, 0.501])])
    assert row("never", found).decision == "undecided"
    assert "With 2 pairs of runs p cannot fall below 0.5" in found.notes[0]
    assert "fewer than 6" in found.notes[0]


def test_without_variance_ten_seeds_decide() -> None:
    found = verdict([arm("stateless", [1.0] * 10), arm("never", [1.1] * 10)])
    assert row("never", found).decision == "worse"


def test_a_reference_of_zero_leaves_everything_undecided() -> None:
    found = row("never", verdict([arm("stateless", [0.0] * 10), arm("never", [0.1] * 10)]))
    assert (found.decision, found.interval, found.obstacle) == ("undecided", UNBOUNDED, "reference of zero")


def test_a_single_diverged_run_keeps_an_arm_from_being_better() -> None:
    found = row("never", verdict([arm("stateless", STATELESS * 3), arm("never", [NAN, *(CARRYING * 3)[1:]])]))
    assert (found.decision, found.stability, found.obstacle) == ("undecided", 29 / 30, "diverged runs")
    assert found.p_holm is not None
    assert found.p_holm < 0.05
    assert found.test_mean == pytest.approx(np.mean((CARRYING * 3)[1:]))


def test_an_arm_of_which_most_runs_diverged_is_worse() -> None:
    found = row("never", verdict([arm("stateless", STATELESS), arm("never", [NAN] * 9 + CARRYING[:1])]))
    assert found.decision == "worse"


def test_an_arm_of_which_every_run_diverged_is_worse() -> None:
    found = verdict([arm("stateless", STATELESS), arm("never", [NAN] * 10)])
    assert row("never", found).decision == "worse"
    assert found.as_json()["arms"][1]["test_mean"] is None
    assert "never: 10 of 10 runs diverged." in found.notes


def test_a_run_that_diverged_on_validation_only_has_diverged() -> None:
    validation = np.array([NAN, *STATELESS[1:]])
    found = row("never", verdict([arm("stateless", STATELESS), arm("never", CARRYING, validation=validation)]))
    assert (found.stability, found.decision) == (0.9, "undecided")


def test_against_a_reference_whose_every_run_diverged_a_steady_arm_is_better() -> None:
    found = row("never", verdict([arm("stateless", [NAN] * 10), arm("never", CARRYING)]))
    assert (found.decision, found.interval) == ("better", (-np.inf, -np.inf))


def test_a_difference_along_part_of_the_test_split_is_undecided_for_lack_of_test_data() -> None:
    uneven = np.where(np.arange(60) < 4, 5.0, 19.6)
    arms = [arm("stateless", STATELESS), arm("every_sequence", CARRYING, losses=uneven)]
    found = row("every_sequence", verdict(arms))
    assert found.interval is not None
    assert found.interval.side == -1
    assert (found.decision, found.obstacle, found.seeds_needed) == ("undecided", "test data", None)


def test_the_json_has_the_fields_of_the_contract_and_no_number_json_lacks() -> None:
    arms = [*recorded(), arm("decay", [NAN] * 10)]
    found = json.loads(json.dumps(verdict(arms, baselines={"persistence": 23.7}).as_json(), allow_nan=False))
    assert found.keys() >= {"reference", "margin", "confidence", "sentence", "arms", "looks", "baselines"}
    promised = {"arm", "seeds", "mean", "sd", "test_mean", "difference", "interval", "p_holm", "decision"}
    for arm_found in found["arms"]:
        assert arm_found.keys() >= promised | {"stability", "block_interval", "seeds_needed"}
    low, high = found["arms"][1]["interval"]
    assert low < high < 0


def test_means_and_deviations_are_over_seeds_on_validation() -> None:
    validation = np.array([1.0, 2.0, 4.0])
    found = row("stateless", verdict([arm("stateless", [5, 6, 7], validation=validation)]))
    assert (found.mean, found.sd, found.test_mean) == (validation.mean(), validation.std(ddof=1), 6)


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        ({"seeds": [1, 1]}, "each only once"),
        ({"seeds": [], "test": np.zeros(0), "validation": np.zeros(0)}, "at least one seed"),
        ({"test": np.ones(3)}, r"test must be \(2,\)"),
        ({"sliding": np.ones(3)}, r"sliding must be \(2,\)"),
    ],
)
def test_runs_that_do_not_fit_together_are_refused(broken: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=f"never: .*{message}"):
        ArmRuns("never", **{"seeds": [1, 2], "test": np.ones(2), "validation": np.ones(2), **broken})


def test_arms_need_names_of_their_own() -> None:
    with pytest.raises(ValueError, match="each by its own name"):
        verdict(recorded("never") * 2)
    with pytest.raises(ValueError, match="needs arms"):
        verdict([])


def test_losses_that_are_missing_are_missed() -> None:
    with pytest.raises(ValueError, match="never and stateless: their test losses are missing"):
        verdict([arm("stateless", STATELESS), arm("never", CARRYING, losses=None)])


def test_a_question_has_a_default_for_everything() -> None:
    assert all(getattr(Question(), field.name) is not None for field in fields(Question))
