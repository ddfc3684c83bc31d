"""The arms of a search: which there are, and whose turn it is."""

import copy
from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import product
from typing import Any

from sweep.config.space import Space, choices
from sweep.core.trials import Outcome, Trial
from workers.data.timeline import Sequences
from workers.plans.equivalence import canonical
from workers.spec import Objective, applies

DECIDING = ("stateful", "reset_policy", "shuffle")  # the fields that name an arm

Fixed = Mapping[str, Any]


def reachable(space: Space, train: Sequences) -> dict[str, Fixed]:
    """Every arm that the space can propose, and the choices that lead to it; of several ways the first."""
    asked = {name: choices(space.entries[name]) or () for name in DECIDING if name in space.entries}
    arms: dict[str, Fixed] = {}
    for values in product(*asked.values()):
        fixed = dict(zip(asked, values, strict=True))
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
    for trial, outcome in trials:
        if outcome.state != "complete" or outcome.value is None:
            continue
        if trial.arm not in best or objective.better(outcome.value, best[trial.arm][1]):
            best[trial.arm] = (trial, outcome.value)
    return {arm: trial for arm, (trial, _) in best.items()}


class ArmStorage:
    """An Optuna storage in which only the trials of one arm can be seen, for pruners to judge by."""

    def __init__(self, storage: Any, arm: str) -> None:
        self._storage, self._arm = storage, arm

    def __getattr__(self, name: str) -> Any:
        return getattr(self._storage, name)

    def get_all_trials(self, *args: Any, **kwargs: Any) -> list[Any]:
        """Those of the arm."""
        trials = self._storage.get_all_trials(*args, **kwargs)
        return [trial for trial in trials if trial.user_attrs.get("trial", {}).get("arm") == self._arm]


def within(study: Any, arm: str) -> Any:
    """The same Optuna study, as if it had only this arm's trials."""
    view = copy.copy(study)
    view._storage = ArmStorage(study._storage, arm)  # noqa: SLF001  (where a study reads its trials)
    view._thread_local = type(study._thread_local)()  # noqa: SLF001  (where it keeps those it has read)
    return view
