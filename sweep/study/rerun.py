"""Which runs of a comparison are made again: those that failed without having diverged, once, with the same seed.

Such a run says nothing of its arm: its worker died, memory ran out, nothing was heard of it. If it fails again it is
missing. It is never taken for a diverged one, which is a result.
"""

from collections.abc import Iterable

from sweep.core.trials import Run

ATTEMPTS = 2  # of one run, over all launches


def to_ask(keys: Iterable[str], runs: Iterable[Run]) -> list[str]:
    """Of the runs that are needed, by key, those to ask for now: first those never begun, then those to make again.

    runs: all that were ever begun, those under way included. A run that is made again has the key of the first and a
    number of its own.
    """
    made = _by_key(runs)
    waiting = [key for key in keys if _attempts_left(made.get(key, []))]
    return sorted(waiting, key=lambda key: key in made)


def is_missing(runs: Iterable[Run]) -> bool:
    """Whether a run, by all attempts at it, was killed as often as it may be."""
    return sum(run.outcome.was_killed for run in runs) >= ATTEMPTS


def _by_key(runs: Iterable[Run]) -> dict[str, list[Run]]:
    made: dict[str, list[Run]] = {}
    for run in runs:
        made.setdefault(run.trial.key, []).append(run)
    return made


def _attempts_left(attempts: list[Run]) -> bool:
    """Whether all attempts so far have failed, and another one is allowed."""
    return all(run.outcome.was_killed for run in attempts) and not is_missing(attempts)
