"""The arms that a search space can propose, and the choices that lead to each."""

import random
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice, product
from typing import Any

import numpy as np

from sweep.config.sections import Search
from sweep.config.space import FIELDS, LIMIT, Entry, Range, Space, choices
from sweep.core.trials import twin_of
from workers.data.timeline import Sequences
from workers.plans.arms import DECIDING, STATELESS
from workers.plans.equivalence import canonical
from workers.plans.fields import PlanFields
from workers.spec import applies

SOME = 50  # combinations that are tried out to see whether all lead to one arm
MANY = 16  # values of one field; of more, some are tried out

Fixed = Mapping[str, Any]  # choices that are made before the sampler is asked for the others
Ways = Sequence[Fixed]  # to one arm


def reachable(space: Space, train: Sequences) -> dict[str, Ways]:
    """Every arm that the space can propose, and the ways to it.

    Arms that the fields in DECIDING lead to come first, with the other fields as the trial in the study file has them.
    Behind them stand those that other fields lead to, such as a reset_interval of 1. Of more than LIMIT combinations,
    or of fields with more than MANY values, a sample is tried out.
    """
    arms = _decided(space, train)
    seen, complete = _seen(space, train)
    if complete:
        arms = {arm: _leading(ways, seen[arm]) for arm, ways in arms.items() if arm in seen}
    others = {arm: _ways(space, train, arm, combinations) for arm, combinations in seen.items() if not arms.get(arm)}
    return {**arms, **others}


def arms_of(search: Search, train: Sequences) -> dict[str, Ways]:
    """The same of a search: the arms of its enqueued trials too, to which there may be no other way."""
    space = Space(search.trial, search.space)
    arms = reachable(space, train)
    enqueued = (canonical(space.spec_from(entry.parameters), train).arm for entry in search.enqueue)
    return arms | {arm: () for arm in enqueued if arm not in arms}


def merged(space: Space, train: Sequences) -> dict[tuple[str, str], float]:
    """How a space asks for one arm and gets another, which computes the same: both by name, and in which part of it.

    The part is that of the combinations which ask for the first arm; of many combinations a sample is looked at.
    """
    asked: Counter[str] = Counter()
    other: Counter[tuple[str, str]] = Counter()
    for fixed in _combinations(space)[0]:
        spec = space.spec_from(fixed)
        found = canonical(spec, train).arm
        asked[spec.arm] += 1
        other[spec.arm, found] += spec.arm != found
    return {(arm, found): count / asked[arm] for (arm, found), count in other.items() if count}


def with_twins(arms: Mapping[str, Ways]) -> dict[str, Ways]:
    """The arms, and a twin of each that may be the reference: of the stateless ones, or of all where none is."""
    stateless = {arm: ways for arm, ways in arms.items() if arm in STATELESS}
    return {**arms, **{twin_of(arm): ways for arm, ways in (stateless or arms).items()}}


def leads_always(space: Space, train: Sequences, arm: str, fixed: Fixed) -> bool:
    """Whether these choices lead to the arm whatever the others are; some combinations of them are tried out."""
    entries = {name: entry for name, entry in space.entries.items() if name in PlanFields.model_fields}
    others = {name: _values(entry) for name, entry in entries.items() if name not in fixed}
    trials = (space.spec_from({**fixed, **drawn}) for drawn in _drawn(Space(space.spec_from(fixed), others)))
    return all(canonical(trial, train).arm == arm for trial in islice(trials, SOME))


def _decided(space: Space, train: Sequences) -> dict[str, Ways]:
    """The arms that the fields in DECIDING lead to. Ways to one arm differ in the burn-in alone."""
    asked = {name: _values(space.entries[name]) for name in DECIDING if name in space.entries}
    arms: dict[str, list[Fixed]] = {}
    for values in product(*asked.values()):
        fixed = dict(zip(asked, values, strict=True))
        spec = space.spec_from(fixed)
        applying = {name: value for name, value in fixed.items() if applies(name, dict(spec))}
        ways = arms.setdefault(canonical(spec, train).arm, [])
        if applying not in ways:
            ways.append(applying)
    return {arm: _alike(ways, _surest(space, train, arm, ways)) for arm, ways in arms.items()}


def _surest(space: Space, train: Sequences, arm: str, ways: Ways) -> Fixed:
    """The first way that leads to the arm whatever the other fields are; the first of all where none does."""
    if len(ways) == 1:
        return ways[0]
    return next((way for way in ways if leads_always(space, train, arm, way)), ways[0])


def _alike(ways: Ways, chosen: Fixed) -> list[Fixed]:
    """Those of the ways that differ from the chosen one in the burn-in alone."""
    return [way for way in ways if {**way, "burn_in": 0} == {**chosen, "burn_in": 0}]


def _seen(space: Space, train: Sequences) -> tuple[dict[str, list[Fixed]], bool]:
    """Every arm that was met, with the combinations that led to it, and whether all were tried out."""
    combinations, complete = _combinations(space)
    arms: dict[str, list[Fixed]] = {}
    for fixed in combinations:
        arms.setdefault(canonical(space.spec_from(fixed), train).arm, []).append(fixed)
    return arms, complete


def _combinations(space: Space) -> tuple[Iterable[Fixed], bool]:
    """Values of the fields that plans depend on, and whether these are all combinations of the space."""
    entries = {name: entry for name, entry in space.entries.items() if name in PlanFields.model_fields}
    some = Space(space.trial, {name: _values(entry) for name, entry in entries.items()})
    combinations = list(islice(some.grid(), LIMIT + 1))
    if len(combinations) > LIMIT:
        return _drawn(some), False
    return combinations, all(0 < len(choices(entry) or ()) <= MANY for entry in entries.values())


def _drawn(space: Space) -> Iterator[Fixed]:
    """LIMIT combinations at random, the same each time."""
    rng = random.Random(0)  # noqa: S311  (nothing secret)
    for _ in range(LIMIT):
        values, chosen = dict(space.trial), {}
        for name in FIELDS:
            if name in space.entries and applies(name, values):
                values[name] = chosen[name] = rng.choice(choices(space.entries[name]) or ())
        yield chosen


def _leading(ways: Ways, combinations: Sequence[Fixed]) -> Ways:
    """Those of the ways that some combination goes."""
    return [way for way in ways if any(way.items() <= combination.items() for combination in combinations)]


def _ways(space: Space, train: Sequences, arm: str, combinations: Sequence[Fixed]) -> Ways:
    """Of the combinations that lead to the arm, the choices that cannot be left to the sampler."""
    first = combinations[0]
    needed = [name for name in first if not _is_free(space, train, arm, first, name)]
    ways = [tuple((name, fixed[name]) for name in needed) for fixed in combinations if fixed.keys() >= set(needed)]
    return [dict(way) for way in dict.fromkeys(ways)]


def _is_free(space: Space, train: Sequences, arm: str, fixed: Fixed, name: str) -> bool:
    """Whether every value of the field leads to the arm, with the other choices as they are."""
    others = ({**fixed, name: value} for value in _values(space.entries[name]))
    return all(canonical(space.spec_from(other), train).arm == arm for other in others)


def _values(entry: Entry) -> tuple[Any, ...]:
    """All values of an entry; of more than MANY some, both ends included, and closer together towards the first."""
    values = choices(entry)
    if values is None and isinstance(entry, Range):
        return (entry.low, (entry.low + entry.high) / 2, entry.high)
    values = tuple(values or ())
    if len(values) <= MANY:
        return values
    return tuple(values[i] for i in np.unique(np.geomspace(1, len(values), MANY).round().astype(int)) - 1)
