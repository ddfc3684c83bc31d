"""The arms of a search: none that can be proposed is forgotten, and each has its turn."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.config.reachable_arms import reachable
from sweep.config.space import Entry, Range, Space
from tests.sweep.config.test_space import WORLDS, Answers, picks, slow, spaces
from tests.sweep.worlds import STUDY, open_study, run
from tests.workers.worlds import sequences
from workers.plans.equivalence import canonical
from workers.plans.policies import POLICIES
from workers.spec import TrialSpec

STATELESS_SPEC = TrialSpec(stateful=False, window=12)
RECORD = sequences(400)


@slow
@given(spaces(), picks, st.sampled_from(WORLDS))
def test_every_arm_that_a_space_can_propose_is_reachable(space: Space, picks: list[int], train: Any) -> None:
    assert canonical(space.suggest(Answers(picks)), train).arm in reachable(space, train)


@slow
@given(spaces(finite=True), st.sampled_from(WORLDS))
def test_every_way_to_an_arm_can_lead_to_it(space: Space, train: Any) -> None:
    proposed = [(parameters, canonical(space.spec_from(parameters), train).arm) for parameters in space.grid()]
    for arm, ways in reachable(space, train).items():
        for way in ways:
            assert any(found == arm and way.items() <= parameters.items() for parameters, found in proposed)


@pytest.mark.parametrize("burn_in", [(0, 4), (4, 0), Range(low=0, high=8), Range(low=0, high=64, step=2)])
@pytest.mark.parametrize("shuffle", [{}, {"shuffle": (True, False)}])
def test_a_burn_in_that_is_searched_is_an_arm(burn_in: Entry, shuffle: dict[str, Entry]) -> None:
    space = Space(STATELESS_SPEC.model_copy(update={"window": 80}), {"burn_in": burn_in, **shuffle})
    arms = reachable(space, RECORD)
    assert set(arms) == {"stateless", "stateless-burn-in", *(["stateless-shuffled"] if shuffle else [])}
    assert all(way["burn_in"] == 0 for way in arms["stateless"])
    assert all(way["burn_in"] > 0 for way in arms["stateless-burn-in"])


def test_a_burn_in_that_is_never_zero_leaves_no_other_stateless_arm() -> None:
    assert set(reachable(Space(STATELESS_SPEC, {"burn_in": Range(low=1, high=8)}), RECORD)) == {"stateless-burn-in"}


def test_windows_read_both_ways_are_an_arm_that_has_no_burn_in() -> None:
    entries: dict[str, Entry] = {"stateful": (True, False), "bidirectional": (False, True), "burn_in": (0, 4)}
    arms = reachable(Space(TrialSpec(reset_policy="never"), entries), RECORD)
    assert set(arms) == {"never", "stateless", "stateless-burn-in", "stateless-bidirectional"}
    assert arms["stateless-bidirectional"] == [{"stateful": False, "bidirectional": True}]


def test_without_a_burn_in_arms_and_choices_are_those_of_the_first_version() -> None:
    entries = {"stateful": (True, False), "reset_policy": tuple(POLICIES), "shuffle": (False, True)}
    carry = {"stateful": True}
    found = reachable(Space(TrialSpec(batch_size=2), entries), sequences(300, 200))
    newer = set(POLICIES) - set(ORDER)
    assert [(name, ways) for name, ways in found.items() if name not in newer] == [
        ("stateless", [{**carry, "reset_policy": "every_batch"}]),
        *((name, [{**carry, "reset_policy": name}]) for name in POLICIES if name in ORDER),
        ("stateless-shuffled", [{"stateful": False, "shuffle": True}]),
    ]


ORDER = ("every_n_batches", "every_sequence", "every_epoch", "never", "random", "decay")


def test_what_another_field_leads_to_is_an_arm_and_only_that_field_is_chosen() -> None:
    entries: dict[str, Entry] = {"reset_interval": (1, 2), "units": (8, 16), "batch_size": (2, 4)}
    arms = reachable(Space(TrialSpec(reset_policy="every_n_batches", batch_size=2), entries), RECORD)
    assert arms == {"every_n_batches": [{}], "stateless": [{"reset_interval": 1}]}


def test_endless_fields_are_tried_at_their_ends() -> None:
    space = Space(TrialSpec(reset_policy="decay"), {"state_decay": Range(low=0.0, high=1.0)})
    assert set(reachable(space, RECORD)) == {"stateless", "decay", "every_epoch"}


def test_too_many_combinations_are_tried_out_by_a_sample() -> None:
    entries: dict[str, Entry] = {
        "reset_policy": tuple(POLICIES),
        "reset_interval": Range(low=1, high=500),
        "batch_size": Range(low=1, high=64),
        "window": Range(low=4, high=40),
        "epochs": Range(low=1, high=100),
        "rotate_lanes": (True, False),
    }
    assert {"stateless", *ORDER} - {"every_sequence"} <= set(reachable(Space(TrialSpec(), entries), RECORD))


def test_each_arm_has_as_many_turns_burn_in_included(tmp_path: Path) -> None:
    burnt = STUDY.replace("cell: [LSTM, GRU]", "burn_in: [0, 1, 2]").replace("compare: none", "compare: {seeds: 2}")
    study = open_study(tmp_path, text=burnt)
    run(study)
    tried = Counter(trial.arm for trial, _ in study)
    assert tried == dict.fromkeys(("stateless", "stateless-burn-in", "every_epoch", "never"), 3)
    assert {trial.spec.burn_in for trial, _ in study if trial.arm == "stateless-burn-in"} == {1, 2}
