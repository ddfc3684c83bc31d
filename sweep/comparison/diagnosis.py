"""Why the arms differ: what their runs say of state, in numbers and in words."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sweep.comparison.sentence import percent
from sweep.comparison.smallest_carry import Carry, Goal, smallest_carry, sufficient
from sweep.core.trials import Outcome, Trial
from workers.plans.arms import STATELESS
from workers.plans.policies import interval

Floats = NDArray[np.floating]
Runs = Sequence[tuple[Trial, Outcome]]
HARDLY = 0.01  # a relative change of the loss that is none


@dataclass(frozen=True)
class Diagnosis:
    """What the runs of one arm say of state, on the test split; NaN for what is not defined for it, or not known.

    validation         the objective on validation, the mean over runs; NaN where one diverged
    used               the mean loss, with the state handled as in training
    cold, carried      the same with the state reset before each window, and carried on to each sequence's end
    gap                (carried - cold) / |cold|: below zero, carried state helps these models
    horizon            timesteps, the median over runs: what is longer ago hardly changes a prediction
    tried              the longest past that was tried; a longer horizon means that it is not known
    state_norm         the root mean square length of a lane's state at the windows' ends
    saturation         the part of its units that are at their limits then
    carried_timesteps  in training, the mean age of the state at the beginning of a window
    window             timesteps
    """

    arm: str
    validation: float
    used: float
    cold: float
    carried: float
    gap: float
    horizon: float
    tried: float
    state_norm: float
    saturation: float
    carried_timesteps: float
    window: int


def diagnosis(arm: str, runs: Runs) -> Diagnosis:
    """Means over the runs that finished; of the horizon, the median."""
    tests = [outcome.test.metrics for _, outcome in runs if outcome.test]
    cold, carried = _over(tests, "test/loss_cold"), _over(tests, "test/loss_carried")
    return Diagnosis(
        arm=arm,
        validation=float(_scores(runs).mean()),
        used=_over(tests, "test/loss"),
        cold=cold,
        carried=carried,
        gap=(carried - cold) / abs(cold) if cold else math.nan,
        horizon=_over(tests, "test/influence_horizon", np.median),
        tried=_over(tests, "test/influence_tried", np.min),
        state_norm=_over(tests, "test/state_norm"),
        saturation=_over(tests, "test/saturation"),
        carried_timesteps=_carried(runs),
        window=runs[0][0].canonical.window,
    )


def carries(groups: Mapping[str, Runs]) -> list[Carry]:
    """Of the runs of each arm or interval, as they were scored on validation."""
    return [
        Carry(
            carried_timesteps=_carried(runs),
            scores=_scores(runs),
            interval=interval(runs[0][0].canonical),
            arm=runs[0][0].arm,
        )
        for runs in groups.values()
        if runs
    ]


def explained(diagnoses: Sequence[Diagnosis], tried: Sequence[Carry], goal: Goal) -> list[str]:
    """A few sentences: the best arm of those that carry, the best of those that do not, and the smallest carry."""
    known = sorted(diagnoses, key=lambda found: _order(found, goal))
    carrying = [_described(found) for found in known if found.arm not in STATELESS][:1]
    stateless = [_described(found) for found in known if found.arm in STATELESS][:1]
    return [text for text in (*carrying, *stateless, carry_sentence(tried, goal)) if text]


def carry_sentence(tried: Sequence[Carry], goal: Goal) -> str:
    """How short a carry suffices, of those that were run; nothing where none was reset at intervals."""
    intervals = sorted({carry.interval for carry in tried if carry.interval is not None})
    enough = sufficient(tried, goal)
    if not intervals or not enough:
        return ""
    best = f"the best ({_named(enough[0])})"
    smallest = smallest_carry(tried, goal)
    several = f"every {' or '.join(map(str, intervals))} batches"
    if smallest is None:
        return f"No carry that was run, reset {several}, is within one standard error of {best} on validation."
    among = f"of those run ({', '.join(map(str, intervals))})" if len(intervals) > 1 else "the only one that was run"
    told = (
        f"The smallest carry that suffices, {among}, is a reset every {smallest.interval} batches"
        f" ({smallest.carried_timesteps:.3g} timesteps behind a window on average)"
    )
    why = "itself the best" if smallest is enough[0] else f"within one standard error of {best}"
    without = next((carry.arm for carry in enough if carry.arm in STATELESS), "")
    none = f" But {without}, which carries nothing, suffices too." if without else ""
    return f"{told}: it is {why} on validation.{none}"


def as_json(diagnoses: Sequence[Diagnosis], tried: Sequence[Carry], goal: Goal) -> dict[str, Any]:
    """The numbers behind the sentences, and the sentences."""
    smallest = smallest_carry(tried, goal)
    return {
        "sentences": explained(diagnoses, tried, goal),
        "arms": [vars(found) for found in diagnoses],
        "carries": [vars(carry) | {"mean": float(carry.scores.mean())} for carry in tried],
        "smallest_carry": smallest and {"interval": smallest.interval, "carried_timesteps": smallest.carried_timesteps},
    }


def _described(found: Diagnosis) -> str:
    told = [text for text in (_gap(found), _reach(found)) if text]
    return f"{found.arm}: {'; '.join(told)}." if told else ""


def _gap(found: Diagnosis) -> str:
    stateless = found.arm in STATELESS
    change = found.gap if stateless else (found.used - found.cold) / abs(found.cold or math.nan)
    if not math.isfinite(change):
        return ""
    told = f"{'lowers' if change < 0 else 'raises'} their test loss by {percent(abs(change))} %"
    told = told if abs(change) >= HARDLY else "hardly changes their test loss"
    return (
        f"carrying state, {'for which these models were not trained,' if stateless else 'as these models do,'} {told}"
    )


def _reach(found: Diagnosis) -> str:
    if not math.isfinite(found.horizon):
        return ""
    if found.horizon > found.tried:
        return f"predictions depend on more than the last {found.tried:.0f} timesteps, the longest past that was tried"
    steps = "the present timestep alone" if found.horizon == 1 else f"the last {found.horizon:.0f} timesteps"
    if found.arm in STATELESS:
        part = f" of the {found.window} in a window" if found.horizon < found.window else ", a whole window"
        return f"predictions depend on {steps}{part}"
    held = "more than" if found.horizon > found.window else "no more than"
    return f"predictions depend on {steps}, {held} a window of {found.window} holds"


def _named(carry: Carry) -> str:
    return f"every {carry.interval} batches" if carry.interval is not None else carry.arm


def _order(found: Diagnosis, goal: Goal) -> tuple[bool, float]:
    """The best on validation first; what diverged comes last."""
    return math.isnan(found.validation), found.validation if goal == "minimize" else -found.validation


def _scores(runs: Runs) -> Floats:
    """(n_seeds,) the objective on validation; NaN where a run diverged."""
    found = [outcome.value if outcome.test and outcome.value is not None else math.nan for _, outcome in runs]
    return np.array(found)


def _carried(runs: Runs) -> float:
    return _over([outcome.metrics for _, outcome in runs], "carried_timesteps")


def _over(rows: Sequence[Mapping[str, float]], name: str, mean: Callable[[Any], Any] = np.mean) -> float:
    """Of those rows that have it; NaN where none has."""
    values = [row[name] for row in rows if name in row]
    return float(mean(values)) if values else math.nan
