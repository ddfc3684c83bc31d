"""How far back a model's predictions depend on the past, and how large its state is."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from workers.cells import cell_named
from workers.data.dataset import Dataset
from workers.data.timeline import Floats, Integers
from workers.engine.device import DevicePlan
from workers.engine.program import Program
from workers.plans.evaluation_plan import EvaluationPlan
from workers.plans.windows import EpochPlan
from workers.spec import TrialSpec

NEGLIGIBLE_CHANGE = 0.05  # a change that does not count, as a part of the predictions' own spread
LONGEST_PAST = 512  # timesteps
RESTARTS = 4  # of the state, each at other steps
MIN_PREDICTIONS = 16  # of one age; with fewer, the age does not count
MAX_TIMESTEPS = 2**17  # of one pass: of a longer split a sample is taken
MAX_VALUES = 2**24  # that one pass returns
LIMIT = 0.95  # of tanh, where its slope has fallen to a tenth


class Predictions(NamedTuple):
    """Predictions of timesteps, and how much of the past each had.

    time    (n,) timesteps on the timeline
    age     (n,) timesteps since the state was zero, this one included
    values  (n, n_outputs) scaled values, or the probabilities of classes
    """

    time: Integers
    age: Integers
    values: Floats


class Influence(NamedTuple):
    """How much predictions change when all that is older than `ages` timesteps is forgotten.

    ages     (n,) ascending, 1: the model sees the present alone
    changes  (n,) root mean square change, as a part of the predictions' root mean square distance from their mean
    """

    ages: Integers
    changes: Floats


def diagnose(spec: TrialSpec, program: Program, deployment: EvaluationPlan, dataset: Dataset) -> dict[str, float]:
    """The diagnosis of the program's weights on the plan of the trial's deployment; what is not defined is left out.

    state_norm         root mean square length of a lane's whole state, at the windows' ends
    saturation         the part of its units that are at their limits then; none of cells whose states have no bounds
    influence_horizon  timesteps; one more than influence_tried where that is not enough; not of a carrying trial's
                       single lane, which has no other's past to be given
    """
    plan = _sample(deployment.plan, spec.window, dataset.n_outputs)
    outputs, states = program.observe(DevicePlan.of(plan), spec.window, plan.steps)
    states = states[plan.begin < plan.end].astype(np.float64)
    whole = _predictions(plan, outputs, dataset)
    if plan.ages.any():
        less = [_predictions(again, outputs, dataset) for again, outputs in _replaced(plan, spec, program)]
    elif spec.bidirectional:  # a timestep that comes early in a window knows what comes
        less = [_predictions(again, outputs, dataset) for again, outputs in _shortened(plan, spec, program)]
    else:  # windows that overlap: a timestep that comes early in one has less past there
        less = [_predictions(replace(plan, begin=np.zeros_like(plan.begin)), outputs, dataset)]
    return {
        "state_norm": float(np.sqrt(np.square(states).sum(axis=-1).mean())),
        **_saturation(spec, states),
        **_horizon(influence(whole, less), _whole_past(plan, deployment.longest_past), spec.window),
    }


def influence(used: Predictions, shortened: Sequence[Predictions]) -> Influence:
    """Compare predictions with those of the same timesteps that had less past, age by age.

    After Khandelwal et al. 2018 (arXiv 1805.04623), who drop or replace what is older and compare mean losses; here
    predictions are compared, as a change that helps at one timestep and harms at another is a change too. That such
    changes fade is the echo state property of Jaeger 2001.
    """
    order = np.argsort(used.time)
    time, age, values = (part[order] for part in used)
    spread = np.square(values - values.mean(axis=0)).sum(axis=-1).mean()
    total, count = np.zeros((2, int(age.max()) + 1))
    for less in shortened:
        same = np.minimum(np.searchsorted(time, less.time), len(time) - 1)
        fewer = (time[same] == less.time) & (less.age < age[same])
        change = np.square(less.values[fewer] - values[same[fewer]]).sum(axis=-1)
        total += np.bincount(less.age[fewer], change, minlength=len(total))
        count += np.bincount(less.age[fewer], minlength=len(total))
    ages = np.flatnonzero(count >= MIN_PREDICTIONS)
    changes = np.sqrt(total[ages] / count[ages] / max(spread, np.finfo(np.float32).tiny))
    return Influence(ages, changes)


def _horizon(measured: Influence, whole: int | None, window: int) -> dict[str, float]:
    """The shortest past that predictions need: no longer past changes them; `whole`: the longest possible, if known."""
    oldest = int(measured.ages.max(initial=0))
    tried = whole if whole is not None and oldest >= whole - window else oldest
    needed = int(measured.ages[measured.changes >= NEGLIGIBLE_CHANGE].max(initial=0))
    enough = [*measured.ages[measured.ages > needed], tried] if needed < tried else [tried + 1]
    return {"influence_horizon": float(enough[0]), "influence_tried": float(tried)} if tried else {}


def _whole_past(plan: EpochPlan, longest: int) -> int | None:
    """The longest past in timesteps that any prediction can have; none if no prediction of the plan has so much."""
    return longest if int((plan.ages + plan.end).max()) == longest else None


def _sample(plan: EpochPlan, window: int, n_outputs: int) -> EpochPlan:
    """The plan's first steps, as many as one pass may compute and return."""
    most = min(MAX_TIMESTEPS, MAX_VALUES // n_outputs) // (plan.lanes * window)
    rows = slice(max(1, most))
    return EpochPlan(plan.offset[rows], plan.begin[rows], plan.end[rows], plan.keep[rows])


def _replaced(plan: EpochPlan, spec: TrialSpec, program: Program) -> Iterator[tuple[EpochPlan, NDArray[np.float32]]]:
    """Plans whose state is replaced every few windows, each from another step on, with the model's outputs.

    The state is replaced by that of another lane, not by zero: a model that was trained to carry state may never have
    begun at zero, and its outputs would show that instead of the influence of the past.
    """
    oldest = -(-int((plan.ages + plan.end).max()) // spec.window)
    afforded = RESTARTS * int((plan.end > 0).sum()) // MIN_PREDICTIONS // 2
    interval = max(1, min(oldest, afforded, LONGEST_PAST // spec.window))
    for first in sorted({turn * interval // RESTARTS for turn in range(RESTARTS if plan.lanes > 1 else 0)}):
        stretch, within = np.divmod(np.arange(plan.steps) - first, interval)
        turned = _turned(plan, (np.arange(plan.lanes) + stretch[:, None]) % plan.lanes)
        outputs, _ = program.observe(DevicePlan.of(turned), spec.window, plan.steps)
        yield replace(turned, keep=turned.keep * (within > 0)[:, None].astype(np.float32)), outputs


def _shortened(plan: EpochPlan, spec: TrialSpec, program: Program) -> Iterator[tuple[EpochPlan, NDArray[np.float32]]]:
    """Plans whose windows begin later, each another part of them so much, with the model's outputs."""
    number = np.arange(plan.end.size).reshape(plan.end.shape)
    for turn in range(RESTARTS):
        shorter = 1 + (number + turn * spec.window // RESTARTS) % np.maximum(plan.end, 1)
        length = np.minimum(shorter, plan.end).astype(np.int32)
        again = EpochPlan(plan.offset + plan.end - length, np.maximum(length - 1, 0), length, plan.keep)
        yield again, program.observe(DevicePlan.of(again), spec.window, plan.steps)[0]


def _turned(plan: EpochPlan, lanes: Integers) -> EpochPlan:
    """The plan with windows moved between lanes; lanes: (steps, lanes) the lane that each window comes from."""
    return EpochPlan(
        np.take_along_axis(plan.offset, lanes, axis=1),
        np.take_along_axis(plan.begin, lanes, axis=1),
        np.take_along_axis(plan.end, lanes, axis=1),
        np.take_along_axis(plan.keep, lanes, axis=1),
    )


def _predictions(plan: EpochPlan, outputs: NDArray[np.float32], dataset: Dataset) -> Predictions:
    """The predictions of the timesteps that the plan scores; outputs: (steps, lanes, window, n_outputs)."""
    steps = np.arange(outputs.shape[2])
    counted = (steps >= plan.begin[..., None]) & (steps < plan.end[..., None])
    time = (plan.offset[..., None] + steps)[counted]
    age = (plan.ages[..., None] + steps + 1)[counted]
    scored = dataset.timeline.scored[time]
    values = outputs[counted][scored].astype(np.float64)
    forecast = softmax(values, axis=-1) if dataset.timeline.n_classes else dataset.loss.link(np, values)
    return Predictions(time[scored], age[scored], forecast)


def _saturation(spec: TrialSpec, states: Floats) -> dict[str, float]:
    """The part of the bounded values of a cell's states (n, layers * states * units) that are near a bound.

    After Karpathy, Johnson & Li 2015 (arXiv 1506.02078), section 4.2, who look at the gates.
    """
    cell = cell_named(spec.network)
    if cell.bounded is None:
        return {}
    values = cell.bounded(states.reshape(len(states), spec.recurrences, cell.states, spec.units))
    return {"saturation": float((np.abs(values) > LIMIT).mean())}
