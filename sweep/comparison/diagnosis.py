"""Why arms differ: what their runs say of state, in numbers and in words."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sweep.comparison.measure import THE_LOSS, Measure
from sweep.comparison.sentence import percent
from sweep.comparison.smallest_carry import Carry, smallest_carry, sufficient
from sweep.core.trials import Run
from workers.plans.arms import STATELESS
from workers.plans.policies import interval

Floats = NDArray[np.floating]
Runs = Sequence[Run]
NEGLIGIBLE_CHANGE = 0.01  # of what is shown of the loss, relative


@dataclass(frozen=True)
class Diagnosis:
    """What the runs of one arm say of state on the test split, by means over runs; NaN where undefined or not known.

    validation         the error on the validation split, as deployed; NaN where a run diverged
    used               what is shown of the loss with the state handled as in training: rmse of squared errors
    cold               the same with the state reset before each window
    carried            the same with the state carried on to each sequence's end
    gap                (carried - cold) / |cold|: below zero, carried state helps these models
    horizon            timesteps, the median over runs: inputs longer ago hardly change a prediction
    tried              timesteps, the longest past that was tried; a horizon above it is not known
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


def diagnosis(arm: str, runs: Runs, of_loss: Measure = THE_LOSS) -> Diagnosis:
    """Means over the runs that finished; of the horizon, the median. of_loss: how the loss is shown."""
    tests = [outcome.test.metrics for _, outcome in runs if outcome.test]
    used, cold, carried = (
        of_loss.value(_mean(tests, f"test/{name}")) for name in ("loss", "loss_cold", "loss_carried")
    )
    return Diagnosis(
        arm=arm,
        validation=float(_scores(runs).mean()),
        used=used,
        cold=cold,
        carried=carried,
        gap=(carried - cold) / abs(cold) if cold else math.nan,
        horizon=_mean(tests, "test/influence_horizon", np.median),
        tried=_mean(tests, "test/influence_tried", np.min),
        state_norm=_mean(tests, "test/state_norm"),
        saturation=_mean(tests, "test/saturation"),
        carried_timesteps=_carried(runs),
        window=runs[0][0].canonical.window,
    )


def carries(groups: Sequence[Runs]) -> list[Carry]:
    """A carry for each group of runs, of one arm or one interval, with its errors on the validation split."""
    return [
        Carry(
            carried_timesteps=_carried(runs),
            scores=_scores(runs),
            interval=interval(runs[0][0].canonical),
            arm=runs[0][0].arm,
        )
        for runs in groups
        if runs
    ]


def explained(diagnoses: Sequence[Diagnosis], tried: Sequence[Carry], of_loss: Measure = THE_LOSS) -> list[str]:
    """A few sentences: on the best arm that carries, the best that does not, and the smallest carry.

    of_loss  how the loss is shown, as in the diagnoses
    """
    known = sorted(diagnoses, key=_rank)
    carrying = [_described(found, of_loss) for found in known if found.arm not in STATELESS][:1]
    stateless = [_described(found, of_loss) for found in known if found.arm in STATELESS][:1]
    return [text for text in (*carrying, *stateless, carry_sentence(tried)) if text]


def carry_sentence(tried: Sequence[Carry]) -> str:
    """How short a carry suffices, of those that were run; nothing where none was reset at intervals."""
    intervals = sorted({carry.interval for carry in tried if carry.interval is not None})
    enough = sufficient(tried)
    if not intervals or not enough:
        return ""
    best = f"the best ({_carry_name(enough[0])})"
    smallest = smallest_carry(tried)
    if smallest is None:
        several = f"every {' or '.join(map(str, intervals))} batches"
        return f"No carry that was run, reset {several}, is within one standard error of {best} on validation."
    why = "itself the best" if smallest is enough[0] else f"within one standard error of {best}"
    without = next((carry.arm for carry in enough if carry.arm in STATELESS), "")
    none = f" But {without}, which carries nothing, suffices too." if without else ""
    return f"{_smallest(smallest, intervals)}: it is {why} on validation.{none}"


def _smallest(smallest: Carry, intervals: Sequence[int]) -> str:
    among = f"of those run ({', '.join(map(str, intervals))})" if len(intervals) > 1 else "the only one that was run"
    return (
        f"The smallest carry that suffices, {among}, is a reset every {smallest.interval} batches"
        f" ({smallest.carried_timesteps:.3g} timesteps behind a window on average)"
    )


def _carry_name(carry: Carry) -> str:
    return f"every {carry.interval} batches" if carry.interval is not None else carry.arm


def _described(found: Diagnosis, of_loss: Measure) -> str:
    parts = [text for text in (_gap(found, of_loss), _reach(found)) if text]
    return f"{found.arm}: {'; '.join(parts)}." if parts else ""


def _gap(found: Diagnosis, of_loss: Measure) -> str:
    """What carrying state changes in the test split's loss as it is shown, against a cold start before each window."""
    stateless = found.arm in STATELESS
    change = found.gap if stateless else (found.used - found.cold) / abs(found.cold or math.nan)
    if not math.isfinite(change):
        return ""
    training = "for which these models were not trained," if stateless else "as these models do,"
    effect = f"{'lowers' if change < 0 else 'raises'} their test {of_loss.name} by {percent(abs(change))} %"
    if abs(change) < NEGLIGIBLE_CHANGE:
        effect = f"hardly changes their test {of_loss.name}"
    return f"carrying state, {training} {effect}"


def _reach(found: Diagnosis) -> str:
    """How much of the past predictions depend on."""
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


def _rank(found: Diagnosis) -> tuple[bool, float]:
    """The best on validation first; arms with a diverged run last."""
    return math.isnan(found.validation), found.validation


def _scores(runs: Runs) -> Floats:
    """(n_seeds,) the error on validation as deployed; NaN where a run diverged."""
    return np.array([outcome.error_deployed if outcome.test else math.nan for _, outcome in runs])


def _carried(runs: Runs) -> float:
    return _mean([outcome.metrics for _, outcome in runs], "carried_timesteps")


def _mean(rows: Sequence[Mapping[str, float]], name: str, average: Callable[[Any], Any] = np.mean) -> float:
    """Over the rows that have this metric; NaN where none has."""
    values = [row[name] for row in rows if name in row]
    return float(average(values)) if values else math.nan
