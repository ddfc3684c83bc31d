"""The arms of a search: which is next, and the best trial of each."""

from collections import Counter
from collections.abc import Iterable, Mapping

from sweep.config.reachable_arms import Fixed, Ways
from sweep.core.trials import Run, Trial, best_first
from workers.objective import Objective


def next_in_turn(arms: Mapping[str, Ways], trials: Iterable[Trial]) -> tuple[str, int, Fixed]:
    """The arm that was tried least often, the first of equals, how often that was, and a way to it.

    Several ways are taken one after the other.
    """
    tried = Counter(trial.arm for trial in trials)
    arm = min(arms, key=lambda arm: tried[arm])
    return arm, tried[arm], arms[arm][tried[arm] % len(arms[arm])]


def champions(trials: Iterable[Run], objective: Objective) -> dict[str, Trial]:
    """The best complete trial of each arm as deployed; arms in the order of their first trial."""
    ranked = [run.trial for run in best_first(trials, objective)]
    best = {trial.arm: trial for trial in reversed(ranked)}
    return {trial.arm: best[trial.arm] for trial in sorted(ranked, key=lambda trial: trial.number)}
