"""The search space: what is asked of a trial, and which trials are one."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import optuna
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from sweep.config import rules
from sweep.config.sections import Search
from sweep.config.space import FIELDS, JOINT_FIELDS, Entry, Range, Space, choices, key, typed
from tests.workers.worlds import sequences
from workers.plans.equivalence import canonical
from workers.spec import APPLIES, TrialSpec, applies

WORLDS = (sequences(30), sequences(7, 12, 4), sequences(3, 3, 3, 3))
VALUES: Mapping[str, tuple[Any, ...]] = {
    "cell": ("LSTM", "GRU"),
    "reset_after": (True, False),
    "layers": (1, 2, 3),
    "stateful": (True, False),
    "reset_policy": ("every_batch", "every_n_batches", "every_sequence", "every_epoch", "never", "random", "decay"),
    "reset_interval": (1, 2, 3, 100),
    "reset_probability": (0.0, 0.5, 1.0),
    "carry_start": (0.0, 0.5, 1.0),
    "state_decay": (0.0, 0.9, 1.0),
    "batch_size": (1, 2, 4),
    "window": (4, 6),
    "burn_in": (0, 1, 2, 3),
    "shuffle": (True, False),
    "rotate_lanes": (True, False),
    "window_jitter": (0.0, 0.5),
    "epochs": (1, 2),
    "clip_norm": (1.0, None),
    "optimizer": ("adam", "adamw", "sgd"),
    "weight_decay": (None, 0.0, 0.1),
    "momentum": (0.0, 0.9),
    "nesterov": (True, False),
    "learning_rate_schedule": ("constant", "cosine", "step"),
    "warmup_epochs": (0.0, 1.0),
    "decay_epochs": (None, 1.0, 2.0),
    "decay_rate": (0.1, 0.5),
    "decay_floor": (0.0, 0.5),
    "recurrent_dropout": (0.0, 0.2),
    "patience": (None, 2, 5),
    "min_delta": (0.0, 0.5),
    "class_weight": (None, "balanced"),
}
RANGES = {
    "layers": Range(low=1, high=3),
    "reset_interval": Range(low=1, high=4, log=True),
    "batch_size": Range(low=1, high=5, step=2),
    "state_decay": Range(low=0.0, high=1.0, step=0.25),
    "decay_epochs": Range(low=1.0, high=3.0, step=0.5),
    "patience": Range(low=2, high=4),
    "min_delta": Range(low=0.0, high=0.5, step=0.25),
}
ENDLESS = {"learning_rate": Range(low=1e-4, high=1e-2, log=True), "dropout": Range(low=0.0, high=0.5)}


@st.composite
def spaces(draw: st.DrawFn, *, finite: bool = False) -> Space:
    """A space that a study file may ask for."""
    asked = draw(st.lists(st.sampled_from([*VALUES, *([] if finite else ENDLESS)]), unique=True, max_size=5))
    search = Search(
        trial=TrialSpec(stateful=draw(st.booleans()), reset_policy=draw(st.sampled_from(VALUES["reset_policy"]))),
        space={name: draw(entries(name)) for name in asked},
    )
    assume(not any(problem.field[0] == "space" for problem in rules.check(search)))
    return Space(search.trial, search.space)


def entries(name: str) -> st.SearchStrategy[Any]:
    if name in ENDLESS:
        return st.just(ENDLESS[name])
    some = st.lists(st.sampled_from(VALUES[name]), unique=True, min_size=1, max_size=3).map(tuple)
    return st.one_of(some, st.just(RANGES[name])) if name in RANGES else some


class Answers:
    """A trial that takes its answers from a list of numbers, the first choice when it has run out, and notes all."""

    def __init__(self, picks: Sequence[int] = ()) -> None:
        self.picks = list(picks)
        self.asked: dict[str, Any] = {}
        self.sizes: list[int] = []

    def suggest_categorical(self, name: str, choices: Sequence[Any]) -> Any:
        i = len(self.sizes)
        self.sizes.append(len(choices))
        self.asked[name] = choices[self.picks[i] % len(choices) if i < len(self.picks) else 0]
        return self.asked[name]

    def suggest_int(self, name: str, low: int, high: int, *, step: int = 1, log: bool = False) -> int:
        return int(self.suggest_categorical(name, range(low, high + 1, step)))

    def suggest_float(
        self, name: str, low: float, high: float, *, step: float | None = None, log: bool = False
    ) -> float:
        n = 2 if step is None else round((high - low) / step)
        return float(self.suggest_categorical(name, [low + (high - low) * i / n for i in range(n + 1)]))


def reachable(space: Space) -> Iterator[TrialSpec]:
    """Every trial that some sequence of answers leads to."""
    paths: list[list[int]] = [[]]
    while paths:
        path = paths.pop()
        trial = Answers(path)
        yield space.suggest(trial)
        for i in range(len(path), len(trial.sizes)):
            paths += [[*path, *[0] * (i - len(path)), pick] for pick in range(1, trial.sizes[i])]


picks = st.lists(st.integers(0, 20), max_size=len(FIELDS))
slow = settings(
    max_examples=50, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow], deadline=None
)


@slow
@given(spaces(), picks)
def test_only_what_applies_is_asked(space: Space, picks: list[int]) -> None:
    trial = Answers(picks)
    spec = space.suggest(trial)
    assert trial.asked.items() <= spec.applying.items()


@slow
@given(spaces(), picks)
def test_all_that_applies_and_is_searched_is_asked(space: Space, picks: list[int]) -> None:
    trial = Answers(picks)
    spec = space.suggest(trial)
    assert trial.asked.keys() == spec.applying.keys() & space.entries.keys()


@slow
@given(spaces(), picks)
def test_a_trial_that_carries_state_is_neither_shuffled_nor_burnt_in(space: Space, picks: list[int]) -> None:
    spec = space.suggest(Answers(picks))
    assert not spec.stateful or spec.parameters.keys().isdisjoint({"shuffle", "burn_in"})


@slow
@given(spaces(), picks)
def test_the_parameters_that_were_asked_make_the_trial_again(space: Space, picks: list[int]) -> None:
    trial = Answers(picks)
    spec = space.suggest(trial)
    assert space.spec_from(trial.asked) == spec


def test_what_parameters_leave_open_is_as_the_trial_says() -> None:
    space = Space(TrialSpec(units=8), {"units": (16, 32)})
    assert space.spec_from({"cell": "GRU"}) == TrialSpec(units=8, cell="GRU")


@pytest.mark.parametrize("name", APPLIES)
def test_whether_a_field_applies_is_known_from_the_fields_asked_before_it(name: str) -> None:
    for stateful in (True, False):
        for policy in VALUES["reset_policy"]:
            values = dict(TrialSpec(stateful=stateful, reset_policy=policy))
            before = {other: values[other] for other in FIELDS[: FIELDS.index(name)]}
            assert applies(name, before) == applies(name, values)


@slow
@given(spaces(), picks, st.sampled_from(WORLDS))
def test_the_canonical_form_of_a_canonical_form_is_itself(space: Space, picks: list[int], train: Any) -> None:
    form = canonical(space.suggest(Answers(picks)), train)
    assert canonical(form, train) == form


@slow
@given(spaces(), picks, picks, st.sampled_from(WORLDS))
def test_keys_are_equal_where_canonical_forms_are(space: Space, one: list[int], other: list[int], train: Any) -> None:
    a, b = (canonical(space.suggest(Answers(picks)), train) for picks in (one, other))
    assert (key(a) == key(b)) == (a == b)


def test_a_key_is_short_and_stays_the_same_in_every_process() -> None:
    assert key(TrialSpec()) == "ec0acd2894b048c3"


def test_a_key_does_not_see_the_sign_of_zero_or_what_does_not_apply() -> None:
    assert key(TrialSpec(dropout=-0.0, state_decay=0.1)) == key(TrialSpec(dropout=0.0, state_decay=0.2))


@slow
@given(spaces(finite=True))
def test_the_grid_is_every_trial_that_can_be_suggested_once(space: Space) -> None:
    grid = [tuple(space.spec_from(parameters).parameters.items()) for parameters in space.grid()]
    assert sorted(map(repr, grid)) == sorted(repr(tuple(spec.parameters.items())) for spec in reachable(space))


def test_an_endless_space_has_no_grid() -> None:
    with pytest.raises(ValueError, match="learning_rate has infinitely many values"):
        list(Space(TrialSpec(), ENDLESS).grid())


@slow
@given(spaces(finite=True), st.sampled_from(WORLDS))
def test_trials_that_compute_the_same_are_counted_once(space: Space, train: Any) -> None:
    forms = {key(canonical(space.spec_from(parameters), train)) for parameters in space.grid()}
    assert space.distinct(train) == len(forms)


def test_what_applies_to_one_cell_only_is_counted_with_that_cell() -> None:
    space = Space(TrialSpec(), {"cell": ("LSTM", "GRU"), "reset_after": (True, False)})
    assert space.distinct(WORLDS[0]) == 3


def test_a_space_that_is_endless_or_takes_too_long_has_no_count() -> None:
    assert Space(TrialSpec(), ENDLESS).distinct(WORLDS[0]) is None
    assert Space(TrialSpec(), {"epochs": Range(low=1, high=10**12)}).distinct(WORLDS[0]) is None


def test_a_count_does_not_go_through_what_has_nothing_to_do_with_state() -> None:
    entries: dict[str, Entry] = {"units": Range(low=1, high=60_000), "layers": Range(low=1, high=64)}
    assert Space(TrialSpec(), entries).distinct(WORLDS[0]) == 60_000 * 64


@given(picks, st.sampled_from(WORLDS))
def test_canonical_leaves_alone_what_has_nothing_to_do_with_state(picks: list[int], train: Any) -> None:
    spec = Space(TrialSpec(), VALUES).suggest(Answers(picks))
    form = canonical(spec, train)
    assert all(getattr(form, name) == getattr(spec, name) for name in FIELDS if name not in JOINT_FIELDS)


def test_one_and_one_point_zero_are_one_choice_where_numbers_need_not_be_whole() -> None:
    assert repr(typed({"clip_norm": (1, None), "units": (1,)})) == "{'clip_norm': (1.0, None), 'units': (1,)}"
    assert choices(typed({"dropout": Range(low=0, high=1)})["dropout"]) is None


@pytest.mark.parametrize(
    ("entry", "values"),
    [
        (Range(low=2, high=5), [2, 3, 4, 5]),
        (Range(low=2, high=6, step=2), [2, 4, 6]),
        (Range(low=0.0, high=0.3, step=0.1), [0.0, 0.1, 0.2, 0.3]),
        ((1, None), [1, None]),
    ],
)
def test_the_values_of_an_entry(entry: Entry, values: list[Any]) -> None:
    assert list(choices(entry) or ()) == values


def test_a_trial_of_optuna_can_be_asked() -> None:
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    space = Space(TrialSpec(), {**{name: tuple(values) for name, values in VALUES.items()}, **RANGES})
    for _ in range(50):
        trial = study.ask()
        spec = space.suggest(trial)
        assert trial.params.items() <= spec.applying.items()


def test_a_logarithmic_range_is_drawn_from_as_one() -> None:
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    space = Space(TrialSpec(), {"units": Range(low=1, high=10_000, log=True), **ENDLESS})
    drawn = [space.suggest(study.ask()) for _ in range(100)]
    assert 30 < sum(spec.units < 100 for spec in drawn) < 70
    assert 30 < sum(spec.learning_rate < 1e-3 for spec in drawn) < 70


def test_what_optuna_suggests_in_steps_has_no_rounding_error() -> None:
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    space = Space(TrialSpec(), {"dropout": Range(low=0.1, high=0.9, step=0.1)})
    assert {space.suggest(study.ask()).dropout for _ in range(50)} <= {0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9}


def test_a_value_beside_the_steps_stays_as_it_is() -> None:
    assert Range(low=0.1, high=0.5, step=0.1).exactly(0.001) == 0.001
