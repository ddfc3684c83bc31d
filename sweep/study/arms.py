"""The arms of a search: which there are, which is next, and the best trial of each."""

from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import product
from typing import Any

from sweep.config.space import Space, choices
from sweep.core.trials import Outcome, Trial, complete_runs
from workers.data.timeline import Sequences
from workers.plans.policies import canonical
from workers.spec import Objective, applies

DECIDING = ("stateful", "reset_policy", "shuffle")  # the fields that name an arm

Fixed = Mapping[str, Any]  # choices for some fields, by name


def reachable(space: Space, train: Sequences) -> dict[str, Fixed]:
    """Every arm that the space can propose, and the choices that lead to it; of several ways the first."""
    searched = {name: choices(space.entries[name]) or () for name in DECIDING if name in space.entries}
    arms: dict[str, Fixed] = {}
    for values in product(*searched.values()):
        fixed = dict(zip(searched, values, strict=True))
        spec = space.spec_from(fixed)
        applying = {name: value for name, value in fixed.items() if applies(name, dict(spec))}
        arms.setdefault(canonical(spec, train).arm, applying)
    return arms


def next_in_turn(arms: Mapping[str, Fixed], trials: Iterable[Trial]) -> Fixed:
    """The choices of the arm that was tried least often, the first of equals."""
    tried = Counter(trial.arm for trial in trials)
    return arms[min(arms, key=lambda arm: tried[arm])]


def champions(trials: Iterable[tuple[Trial, Outcome]], objective: Objective) -> dict[str, Trial]:
    """The best complete trial of each arm, the first of equals; arms in the order of their first trial."""
    best: dict[str, tuple[Trial, float]] = {}
    for (trial, _), value in complete_runs(trials):
        if trial.arm not in best or objective.better(value, best[trial.arm][1]):
            best[trial.arm] = (trial, value)
    return {arm: trial for arm, (trial, _) in best.items()}
