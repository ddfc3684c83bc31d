"""The reset policies: pure functions that say how much of each lane's state survives into each step."""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from workers.data.timeline import Sequences
from workers.plans import windows
from workers.plans.windows import EpochPlan, Windows
from workers.spec import TrialSpec

Keep = NDArray[np.float32]
Policy = Callable[[Windows, TrialSpec, np.random.Generator], Keep]


def every_batch(layout: Windows, spec: TrialSpec, rng: np.random.Generator) -> Keep:
    """Zero before every window: Keras' default, with or without stateful=True."""
    return np.zeros(layout.offset.shape, np.float32)


def every_n_batches(layout: Windows, spec: TrialSpec, rng: np.random.Generator) -> Keep:
    """Zero before every `reset_interval`-th step of the epoch."""
    return _carry(layout, where=np.arange(len(layout))[:, None] % spec.reset_interval != 0)


def every_sequence(layout: Windows, spec: TrialSpec, rng: np.random.Generator) -> Keep:
    """Zero where a lane enters another sequence: what documents, utterances and records with gaps ask for."""
    return _carry(layout, where=~layout.first)


def every_epoch(layout: Windows, spec: TrialSpec, rng: np.random.Generator) -> Keep:
    """Zero once, at the epoch's first step; sequences that share a lane see each other's state."""
    return _carry(layout)


def never(layout: Windows, spec: TrialSpec, rng: np.random.Generator) -> Keep:
    """Carry on, from the last epoch's end into this one too."""
    return np.ones(layout.offset.shape, np.float32)


def random(layout: Windows, spec: TrialSpec, rng: np.random.Generator) -> Keep:
    """Zero with `reset_probability`, drawn for each lane and step.

    Random state passing: Narayanan et al. 2019 (arXiv 1910.11455); from `carry_start` on, so that it can begin late.
    """
    return _carry(layout, where=rng.random(layout.offset.shape) >= spec.reset_probability)


def decay(layout: Windows, spec: TrialSpec, rng: np.random.Generator) -> Keep:
    """Keep the fraction `state_decay` of the state at every step."""
    return _carry(layout) * np.float32(spec.state_decay)


def _carry(layout: Windows, where: NDArray[np.bool_] | None = None) -> Keep:
    """1 where asked (everywhere by default); 0 at the epoch's first step, and where the data begin anew in a lane."""
    keep = np.ones(layout.offset.shape, np.float32)
    if where is not None:
        keep *= where
    keep[0] = 0
    keep[layout.first & (layout.offset == layout.offset[layout.end > 0].min())] = 0
    return keep


POLICIES: Mapping[str, Policy] = {
    policy.__name__: policy
    for policy in (every_batch, every_n_batches, every_sequence, every_epoch, never, random, decay)
}


def training_plan(spec: TrialSpec, sequences: Sequences, epoch: int, seed: int) -> EpochPlan:
    """The plan of epoch `epoch` (from 0) of a trial: its layout, and its policy's resets."""
    cut = windows.windows(sequences, spec.window, 0 if spec.stateful else spec.burn_in)
    if _varies(spec) and canonical(spec, sequences).stateful:
        layout = _varied(spec, sequences, epoch, seed)
    elif spec.stateful or not spec.shuffle:
        layout = windows.lanes(cut, spec.batch_size)
    else:
        layout = windows.shuffled(cut, spec.batch_size, stream(seed, "shuffle", epoch))
    policy = POLICIES[spec.reset_policy] if spec.stateful and epoch >= _first_carrying(spec) else every_batch
    return _planned(layout, policy(layout, spec, stream(seed, "resets", epoch)))


def changes(spec: TrialSpec) -> bool:
    """Whether the plan may be another one in each epoch."""
    return _varies(spec) or (spec.reset_policy == "random" if spec.stateful else spec.shuffle)


def evaluation_plans(spec: TrialSpec, sequences: Sequences, train: Sequences) -> dict[str, EpochPlan]:
    """How a split is scored: `cold`, `carried`, and `matched`, which is as the trial was trained.

    Resets are counted from each sequence's start, so that no lane's beginning shows in a score.
    """
    layout = windows.evaluation_lanes(sequences, spec.window)
    cold = windows.lanes(windows.windows(sequences, spec.window), layout.offset.shape[1])
    plans = {
        "cold": _planned(cold, np.zeros(cold.offset.shape, np.float32)),
        "carried": _planned(layout, _carry(layout, ~layout.first)),
    }
    spec = canonical(spec, train)
    if not spec.stateful:
        matched = plans["cold"] if not spec.burn_in else _burnt_in(spec, sequences, layout.offset.shape[1])
    elif spec.reset_policy == "every_sequence" or (
        _carries_on(spec) and not _meets_strangers(spec, _finest_layout(spec, train))
    ):
        matched = plans["carried"]
    else:
        matched = _planned(layout, _matched(layout, spec))
    return plans | {"matched": matched}


def sliding_plan(spec: TrialSpec, sequences: Sequences) -> EpochPlan:
    """How a stateless model is deployed: the window slides one timestep at a time, so that all that fits is context."""
    return _burnt_in(spec.model_copy(update={"burn_in": spec.window - 1}), sequences, windows.MAX_EVALUATION_LANES)


def _matched(layout: Windows, spec: TrialSpec) -> Keep:
    if spec.reset_policy == "every_n_batches":
        return _carry(layout, where=layout.position % spec.reset_interval != 0)
    keep = POLICIES[spec.reset_policy](layout, spec, stream(0, "evaluation", 0))
    keep[0] = 0
    return keep


def _burnt_in(spec: TrialSpec, sequences: Sequences, n_lanes: int) -> EpochPlan:
    layout = windows.lanes(windows.windows(sequences, spec.window, spec.burn_in), n_lanes)
    return _planned(layout, np.zeros(layout.offset.shape, np.float32))


def _carries_on(spec: TrialSpec) -> bool:
    return spec.reset_policy in ("every_epoch", "never")


def _meets_strangers(spec: TrialSpec, layout: Windows) -> bool:
    """Whether a lane of the training layout (the finest) enters, or in some epoch may enter, a second sequence."""
    return bool(layout.first.sum() > 1 if _varies(spec) else layout.first[1:].any())


def _varies(spec: TrialSpec) -> bool:
    """Whether lanes are asked to be cut anew in each epoch."""
    return spec.stateful and (spec.rotate_lanes or _shortest(spec) < spec.window)


def _varied(spec: TrialSpec, sequences: Sequences, epoch: int, seed: int) -> Windows:
    cut = windows.varied_windows(sequences, _shortest(spec), spec.window, stream(seed, "jitter", epoch))
    turn = int(stream(seed, "rotation", epoch).integers(len(cut))) if spec.rotate_lanes else 0
    return windows.lanes(cut, spec.batch_size, turn)


def _shortest(spec: TrialSpec) -> int:
    return max(1, spec.window - round(spec.window_jitter * spec.window))


def _finest_layout(spec: TrialSpec, train: Sequences) -> Windows:
    """The layout; of windows of varied length, the one with the most steps that can come about."""
    return windows.lanes(windows.windows(train, _shortest(spec)), spec.batch_size)


def _first_carrying(spec: TrialSpec) -> int:
    """The first epoch, from 0, in which state is carried."""
    return round(spec.carry_start * spec.epochs) if spec.reset_policy == "random" else 0


def _planned(layout: Windows, keep: Keep) -> EpochPlan:
    return EpochPlan(layout.offset, layout.begin, layout.end, keep)


def canonical(spec: TrialSpec, train: Sequences) -> TrialSpec:
    """The simplest trial that computes the same from these training sequences; fields without effect at their defaults.

    Two trials with equal canonical forms are one trial: they need training once.
    """
    if spec.stateful:
        layout = _finest_layout(spec, train)
        if _as_every_epoch(spec, layout):
            spec = spec.model_copy(update={"reset_policy": "every_epoch"})
        if _as_every_batch(spec, layout):
            spec = spec.model_copy(update={"stateful": False, "shuffle": False, "burn_in": 0})
        jitter = (spec.window - _shortest(spec)) / spec.window
        spec = spec.model_copy(update={"carry_start": _first_carrying(spec) / spec.epochs, "window_jitter": jitter})
    return TrialSpec(**spec.parameters)


def _as_every_epoch(spec: TrialSpec, layout: Windows) -> bool:
    """The equalities whose other side is every_epoch."""
    return {
        "every_n_batches": spec.reset_interval >= len(layout),
        "random": spec.reset_probability == 0 and _first_carrying(spec) == 0,
        "decay": spec.state_decay == 1,
        "never": spec.epochs == 1 and not spec.rotate_lanes,
        "every_sequence": not _meets_strangers(spec, layout),
    }.get(spec.reset_policy, False)


def _as_every_batch(spec: TrialSpec, layout: Windows) -> bool:
    """The equalities whose other side is a stateless trial."""
    if len(layout) == 1:
        return spec.reset_policy != "never"
    return {
        "every_batch": True,
        "every_n_batches": spec.reset_interval == 1,
        "random": spec.reset_probability == 1 or _first_carrying(spec) == spec.epochs,
        "decay": spec.state_decay == 0,
        "every_sequence": bool((layout.first | (layout.end == 0)).all()),
    }.get(spec.reset_policy, False)


STREAMS = ("weights", "dropout", "shuffle", "resets", "evaluation", "rotation", "jitter")


def stream(seed: int, purpose: str, epoch: int) -> np.random.Generator:
    """A random stream of its own for each purpose and epoch; spawned, since added numbers would overlap."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(STREAMS.index(purpose), epoch)))
