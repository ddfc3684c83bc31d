"""A new reset policy is one row of a table: with the row alone, a study can ask for it, train it and report on it."""

import ast
from pathlib import Path

import numpy as np
import pytest

from sweep.config.reachable_arms import reachable
from sweep.config.space import Space
from sweep.core.trials import Trial
from sweep.report import tables
from tests.paths import ROOT
from tests.sweep.comparison.arms import at_one_setting, scores
from tests.sweep.config.study_files import MINIMAL, complaint, study
from tests.sweep.config.test_space import Answers
from tests.workers.worlds import feed, sequences
from workers.plans import arms, epochs, policies
from workers.plans.equivalence import canonical
from workers.plans.policies import interval_policy
from workers.plans.policy_row import Keep, Own, Policy
from workers.plans.windows import Windows
from workers.spec import TrialSpec

NAME = "every_zeroth_moon"
TRAIN, VALIDATION = sequences(300), sequences(120, 80)


def every_other_batch(layout: Windows, trial: Own, rng: np.random.Generator) -> Keep:
    """Zero before every second step, and `state_decay` of the state at the others."""
    return policies.carry(layout, where=np.arange(len(layout))[:, None] % 2 != 0) * np.float32(trial.state_decay)


ROW = Policy(
    name=NAME,
    keep=every_other_batch,
    matched=lambda position, first, trial: (position % 2 != 0) * trial.state_decay,
    meaning="carried over one batch",
    advice="Carry state over one batch",
    fields=("state_decay",),
    as_stateless=lambda trial, training: trial.state_decay == 0,
)


@pytest.fixture(autouse=True)
def row(monkeypatch: pytest.MonkeyPatch) -> None:
    """All that makes it known."""
    monkeypatch.setitem(policies.POLICIES, NAME, ROW)


def trial(**fields: object) -> TrialSpec:
    return TrialSpec.model_validate({"reset_policy": NAME, "batch_size": 2, "window": 5, **fields})


def test_a_study_file_may_name_it(tmp_path: Path) -> None:
    text = f"{MINIMAL}space: {{reset_policy: [never, {NAME}], state_decay: [0.5, 0.9]}}\n"
    assert study(tmp_path, text).config.space["reset_policy"] == ("never", NAME)


def test_a_near_miss_is_answered_with_it(tmp_path: Path) -> None:
    assert f"did you mean {NAME}?" in complaint(tmp_path, f"{MINIMAL}trial: {{reset_policy: every_zerothmoon}}\n")


def test_the_json_schema_has_it() -> None:
    assert TrialSpec.model_json_schema()["properties"]["reset_policy"]["enum"].count(NAME) == 1


@pytest.mark.parametrize(("policy", "asked"), [(0, {"reset_policy"}), (1, {"reset_policy", "state_decay"})])
def test_a_search_asks_for_its_fields_and_only_with_it(policy: int, asked: set[str]) -> None:
    answers = Answers([policy])
    Space(TrialSpec(), {"reset_policy": ("never", NAME), "state_decay": (0.5, 0.9)}).suggest(answers)
    assert set(answers.asked) == asked


def test_it_has_a_canonical_form_and_its_equalities() -> None:
    assert canonical(trial(reset_interval=9), TRAIN) == trial()
    assert canonical(trial(), TRAIN).arm == NAME
    assert canonical(trial(state_decay=0.0), TRAIN).arm == "stateless"
    assert canonical(trial(batch_size=60), TRAIN).arm == "stateless"  # an epoch of one step


def test_it_trains_and_is_evaluated() -> None:
    plan = epochs.training_plan(trial(state_decay=0.5), TRAIN, 0, 0)
    assert (plan.keep[:4, 0] == [0, 0.5, 0, 0.5]).all()
    matched = epochs.evaluation_plans(trial(state_decay=0.5), VALIDATION, TRAIN, feed(120, 80))["matched"]
    assert set(np.unique(matched.plan.keep[matched.plan.end > 0])) == {0, 0.5}
    assert not epochs.changes(trial())


def test_it_is_an_arm_that_a_search_can_reach() -> None:
    space = Space(trial(), {"stateful": (True, False), "reset_policy": ("every_epoch", NAME)})
    assert set(reachable(space, TRAIN)) == {"every_epoch", NAME, "stateless"}
    assert arms.arms()[NAME] == arms.Arm(ROW.meaning, ROW.advice)
    assert Trial(7, trial(), canonical(trial(), TRAIN), "", 0).name == f"7 LSTM {NAME} b2"


def test_its_advice_and_meaning_are_told() -> None:
    better = 0.9 * np.linspace(0.9, 1.1, 10)
    found = at_one_setting({"stateless": scores(np.linspace(0.9, 1.1, 10)), NAME: scores(better)})
    assert found.sentence.startswith("Carry state over one batch: ")
    assert "carried over one batch" in tables.meaning(NAME)


def test_it_does_not_reset_at_intervals_of_the_users() -> None:
    assert policies.interval(trial()) is None
    assert interval_policy().name != NAME


def test_one_place_is_touched() -> None:
    """As many files would be touched as know the policies that there are."""
    files = [path for room in ("sweep", "workers") for path in sorted((ROOT / room).rglob("*.py"))]
    knowing = {str(path.relative_to(ROOT)): names for path in files if (names := named_in(path))}
    print(f"a new reset policy touches {len(knowing)} file: {', '.join(knowing)}")  # noqa: T201  (the count is news)
    assert list(knowing) == ["workers/plans/policies.py"]


def named_in(path: Path) -> set[str]:
    """The policies that a file has by name; `random` is a sampler's name too, and counts only beside others."""
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    texts = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    found = texts & policies.POLICIES.keys()
    return set() if found == {"random"} else found
