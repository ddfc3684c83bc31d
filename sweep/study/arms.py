"""The arms of a search: which is next, and the best trial of each."""

from collections import Counter
from collections.abc import Iterable, Mapping

from sweep.config.reachable_arms import Fixed, Ways
from sweep.core.trials import Run, Trial, complete_runs


def next_in_turn(arms: Mapping[str, Ways], trials: Iterable[Trial]) -> tuple[str, int, Fixed]:
    """The arm that was tried least often, the first of equals, how often that was, and a way to it.

    Several ways are taken one after the other.
    """
    tried = Counter(trial.arm for trial in trials)
    arm = min(arms, key=lambda arm: tried[arm])
    return arm, tried[arm], arms[arm][tried[arm] % len(arms[arm])]


def champions(trials: Iterable[Run]) -> dict[str, Trial]:
    """The best complete trial of each arm as deployed, the first of equals; arms in the order of their first trial."""
    complete = [run for run, _ in complete_runs(trials)]
    best = dict.fromkeys(run.trial.arm for run in complete)
    of_arm = {arm: [run for run in complete if run.trial.arm == arm] for arm in best}
    return {arm: min(runs, key=lambda run: run.outcome.error_deployed).trial for arm, runs in of_arm.items()}
