"""A split scored on lanes as exactly as in one long run: states are handed from lane to lane until they agree."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from workers.data.timeline import Integers
from workers.engine.laps import NOWHERE, Laps, Marks, Points, Scored, Shape, States
from workers.engine.program import Program
from workers.engine.stretches import Laid, Stretches
from workers.plans.evaluation_lanes import warm_up_windows
from workers.plans.evaluation_plan import EvaluationPlan
from workers.plans.windows import EpochPlan

# Of the largest number in a state of any lane. Float32 is exact to 6e-8 of it, and the noise of a window is a few times
# that. A difference of 1e-6 changes predictions by about as much, with either sign, so that a mean changes by less.
TOLERANCE = 1e-6
KEPT_WAYS = 16  # of one plan; an epoch takes three for each doubling of the warm-up


class Evaluated(NamedTuple):
    """What was measured, and how often the split was run for it."""

    scored: Scored
    passes: int


class _Way(NamedTuple):
    """Stretches of a run on the device: where states are taken as they begin, and noted as they end."""

    laps: Laps
    marks: Marks


class ExactRun:
    """An evaluation plan on the device, with what it takes to score it as one long run."""

    def __init__(self, evaluation: EvaluationPlan, shape: Shape) -> None:
        self.evaluation, self._shape = evaluation, shape
        self._laps = Laps(evaluation.plan, shape)
        self._ways: dict[tuple[bytes, bool], _Way] = {}  # most epochs take the same

    def score(self, program: Program) -> Evaluated:
        """Every scored timestep, as if each had been reached from the beginning of its run.

        A lane whose state after the warm-up is not that in which the lane before arrives there is handed that one, and
        the split is run again. The first lane is exact in the first pass, so that the nth is in the nth.
        """
        entries, lanes = self.evaluation.entries, self.evaluation.plan.lanes
        joints = np.flatnonzero(entries.source >= 0)
        handed, given = self._from_the_past(program)
        passes, late = 0, np.ones(1, bool)
        while late.any() and passes < lanes:
            rows = np.flatnonzero(given)
            take = Points(entries.step[rows], entries.lane[rows], rows)
            scored, noted = self._laps.run(program, take, self._notes(joints), handed)
            passes += 1
            own = np.where(given[joints, None], handed[joints], noted[joints])
            arrived = noted[len(entries) + entries.source[joints]]
            late = differ(own, arrived, program.state_sizes)
            handed[joints[late]], given[joints[late]] = arrived[late], True
        return Evaluated(scored, passes)

    def _notes(self, joints: Integers) -> Points:
        """Each joint's state on its lane goes to its own slot; how each lane ends, to one of the slots after those."""
        entries, plan = self.evaluation.entries, self.evaluation.plan
        if not len(joints):
            return NOWHERE
        lane = np.arange(plan.lanes)
        ends = Points(np.full(plan.lanes, plan.steps), lane, len(entries) + lane)
        begins = Points(entries.step[joints], entries.lane[joints], joints)
        return Points(*(np.concatenate(both) for both in zip(begins, ends, strict=True)))

    def _from_the_past(self, program: Program) -> tuple[States, NDArray[np.bool_]]:
        """The states at entries before which no lane scores anything, and which entries they are.

        The warm-up doubles until its end does not show the state in which it began. Once that takes as many steps as
        all since the run's own state was zero, that is read instead.
        """
        entries = self.evaluation.entries
        handed, given = self._laps.nothing(program), entries.source < 0
        unsettled, lead = np.flatnonzero(given), warm_up_windows(self._shape.window)
        unsettled = unsettled[np.argsort(entries.window[unsettled])]
        while len(unsettled):
            window, origin = entries.window[unsettled], entries.origin[unsettled]
            begin = np.maximum(window - lead, origin)
            short, whole = Stretches.apart(begin, window), Stretches.since(origin, window)
            if self._laid(short).steps + self._laid(short.twice()).steps >= self._laid(whole).steps:
                handed[unsettled] = self._arrive(program, whole)
                break
            states = self._arrive(program, short)
            handed[unsettled] = states
            cut = np.flatnonzero(begin > origin)
            shortened = Stretches.apart(begin[cut], window[cut])
            unsettled = unsettled[cut[self._remembered(program, shortened, states[cut])]]
            lead *= 2
        return handed, given

    def _remembered(self, program: Program, stretches: Stretches, from_zero: States) -> NDArray[np.bool_]:
        """(n,) whether it shows at the ends of stretches that they began in zero state; from_zero: the states there.

        Opposite states are tried, as a cell that remembers one of two things could take zero for either.
        """
        far, n = probe(from_zero, program.state_sizes), len(from_zero)
        arrived = self._arrive(program, stretches.twice(), np.repeat([far, -far], n, axis=0))
        sizes = program.state_sizes
        return differ(from_zero, arrived[:n], sizes) | differ(from_zero, arrived[n:], sizes)

    def _arrive(self, program: Program, stretches: Stretches, start: States | None = None) -> States:
        """(n, state_size) those at the ends of stretches of the run.

        start: (n, state_size) in which they begin, unless they go on from the one above; none: zero.
        """
        way, slots = self._way(stretches, from_zero=start is None), np.arange(len(stretches.end))
        handed = way.laps.nothing(program)
        handed[slots] = 0 if start is None else start
        return way.laps.run_marked(program, way.marks, handed)[1][slots]

    def _way(self, stretches: Stretches, *, from_zero: bool) -> "_Way":
        """The stretches on the device, made once where they were asked for lately."""
        key = b"".join(each.tobytes() for each in stretches), from_zero
        if key not in self._ways:
            if len(self._ways) >= KEPT_WAYS:
                self._ways.clear()
            self._ways[key] = self._made(stretches, from_zero=from_zero)
        return self._ways[key]

    def _made(self, stretches: Stretches, *, from_zero: bool) -> "_Way":
        slots, laid = np.arange(len(stretches.end)), self._laid(stretches)
        index, fresh = laid.index, np.flatnonzero(~stretches.goes_on)
        keep = np.where(index < 0, 1, self.evaluation.keep[index]).astype(np.float32)
        keep[laid.begin[fresh], laid.lane[fresh]] = 0 if from_zero else 1
        layout = self.evaluation.run.arrange(index)
        laps = Laps(EpochPlan(layout.offset, layout.end, layout.end, keep), self._shape)  # nothing in it is scored
        take = NOWHERE if from_zero else Points(laid.begin[fresh], laid.lane[fresh], fresh)
        return _Way(laps, laps.marks(take, Points(laid.end, laid.lane, slots)))

    def _laid(self, stretches: Stretches) -> Laid:
        return stretches.laid(self.evaluation.plan.lanes)


def differ(some: States, others: States, sizes: Sequence[int]) -> NDArray[np.bool_]:
    """(n,) whether states (n, state_size) differ by more than counts; sizes: of each state.

    A state that is not finite differs from none: the loss is not finite either.
    """
    with np.errstate(invalid="ignore"):
        late = np.abs(some - others) > TOLERANCE * _largest(others, sizes, 0.0)
    return np.asarray(late.any(axis=1))


def probe(states: States, sizes: Sequence[int]) -> States:
    """(state_size,) as far from zero as any of these (n, state_size), and as one at least, with either sign.

    sizes: of each state, whose numbers are alike
    """
    signs = np.random.default_rng(0).choice((-1, 1), states.shape[1:])
    return np.asarray(signs * _largest(states, sizes, 1.0), np.float32)


def _largest(states: States, sizes: Sequence[int], least: float) -> NDArray[np.float32]:
    """(state_size,) for each number how far any of its state is from zero."""
    begins = np.cumsum([0, *sizes[:-1]])
    return np.repeat(np.maximum.reduceat(np.abs(states).max(axis=0, initial=least), begins), sizes)
