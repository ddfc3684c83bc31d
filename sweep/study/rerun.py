"""Which runs of a comparison are made again: those that failed without having diverged, once, with the same seed.

Such a run says nothing of its arm: its worker died, memory ran out, nothing was heard of it. If it fails again it is
missing. It is never taken for a diverged one, which is a result.
"""

from collections.abc import Iterable

from sweep.core.trials import Outcome, Run

ATTEMPTS = 2  # of one run, over all launches


def to_ask(keys: Iterable[str], runs: Iterable[Run]) -> list[str]:
    """Of the runs that are needed, by key, those to ask for now: first those never begun, then those to make again.

    runs: all that were ever begun, those under way included. A run that is made again has the key of the first and a
    number of its own.
    """
    made = _by_key(runs)
    waiting = [key for key in keys if _attempts_left(made.get(key, []))]
    return sorted(waiting, key=lambda key: key in made)


def missing_for_good(keys: Iterable[str], runs: Iterable[Run]) -> list[str]:
    """Of the runs that are needed, by key, those that have failed as often as they may."""
    made = _by_key(runs)
    return [key for key in keys if _killed(made.get(key, [])) == ATTEMPTS]


def _by_key(runs: Iterable[Run]) -> dict[str, list[Outcome]]:
    made: dict[str, list[Outcome]] = {}
    for trial, outcome in runs:
        made.setdefault(trial.key, []).append(outcome)
    return made


def _attempts_left(outcomes: list[Outcome]) -> bool:
    """Whether all attempts so far have failed, and another one is allowed."""
    return _killed(outcomes) == len(outcomes) < ATTEMPTS


def _killed(outcomes: list[Outcome]) -> int:
    return sum(outcome.was_killed for outcome in outcomes)
