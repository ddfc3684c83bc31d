"""Which runs a comparison needs, as far as it can be known: what is selected decides what is run next."""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sweep.comparison import selection
from sweep.comparison.selection import SELECTING_SEEDS, Cell, Selection
from sweep.core.trials import FIRST, Origin, Outcome, Trial
from sweep.study.crossing import Cells

TWIN_KEY = "-twin"  # ends a configuration's key in the keys of its twin's runs, which have seeds of their own
MIN_SEEDS = 3  # that decide, however little time there is
_ORIGIN = re.compile(r"-o(\d+)of(\d+)$")  # the same of an origin but the first, whose runs are the study's own

Floats = NDArray[np.floating]


class Need(NamedTuple):
    """A run that is needed: a configuration, the number of its seed, and its origin."""

    trial: Trial
    seed: int
    origin: Origin = FIRST

    @property
    def key(self) -> str:
        """What the run is known by."""
        origin = "" if self.origin == FIRST else "-o{}of{}".format(*self.origin)
        return f"{self.trial.key}{TWIN_KEY if self.trial.twin else ''}{origin}-{self.seed}"


class KeyParts(NamedTuple):
    """What the key of a run says."""

    configuration: str
    twin: bool
    origin: Origin
    seed: int

    @classmethod
    def of(cls, key: str) -> "KeyParts":
        """The parts of a key that `Need.key` made."""
        rest, _, seed = key.rpartition("-")
        found = _ORIGIN.search(rest)
        own = rest[: found.start()] if found else rest
        origin = Origin(int(found[1]), int(found[2])) if found else FIRST
        configuration = own.removesuffix(TWIN_KEY)
        return cls(configuration, configuration != own, origin, int(seed))


Settled = Callable[[str], bool]  # whether the run with this key came to an end, whatever end
Outcomes = Callable[[str], Outcome | None]  # how it ended: complete or diverged; None where it did neither
Undecided = Callable[[Selection, int], Collection[str]]  # the arms that need more seeds after so many
Rungs = Callable[[Selection], Sequence[Trial]]  # what is run beside the arms, once the settings are chosen


@dataclass(frozen=True)
class ComparisonPlan:
    """The runs of a comparison.

    seeds      that decide; `selecting` those that choose, of each cell at most
    rungs      what is run beside the arms
    crossed    whether each arm is run at every setting
    steps      the numbers of seeds after which it is asked which arms need more; none: all seeds are run of every arm
    origins    at each of which every run that decides is made

    First every cell is run with one seed, then the better half of each arm's cells with two more. These choose each
    arm's setting and the reference. Then fresh seeds decide. Not crossed, each arm has one setting, all seeds decide,
    and the reference is chosen by their scores on validation. What chooses is run at the first origin alone.
    """

    cells: Cells
    seeds: int
    rungs: Rungs
    crossed: bool
    selecting: int = SELECTING_SEEDS
    steps: Sequence[int] = ()
    origins: int = 1

    @property
    def every_origin(self) -> list[Origin]:
        """The origins at which the runs that decide are made."""
        return [FIRST, *(Origin(number, self.origins) for number in range(2, self.origins + 1))]

    @property
    def deciding_seeds(self) -> range:
        """The numbers of the seeds that decide."""
        return range(SELECTING_SEEDS + 1, SELECTING_SEEDS + 1 + self.seeds)

    def shortened(self, begun: Collection[tuple[str, int]]) -> "ComparisonPlan":
        """The plan once its time is up: of the seeds those that were begun, by configuration, but enough to decide."""
        own = {trial.key for trial in self.cells.trials.values()}
        numbers = {seed for key, seed in begun if key in own}
        selecting = max((seed for seed in numbers if seed <= SELECTING_SEEDS), default=1)
        decided = max(numbers, default=0) - SELECTING_SEEDS
        return replace(self, selecting=selecting, seeds=min(self.seeds, max(decided, MIN_SEEDS)))

    def needed(self, settled: Settled, outcomes: Outcomes, undecided: Undecided | None = None) -> list[Need]:
        """The runs that are known to be needed, in the order in which they are made.

        undecided: asked at each step whose runs are settled; without, as if nobody asked
        """
        needs = self._selecting(settled, outcomes) if self.crossed else []
        if not all(settled(need.key) for need in needs):
            return needs
        chosen = self.selection(settled, outcomes)
        if chosen is None and not self.crossed:
            return needs + self._runs(list(self.cells.trials), self.deciding_seeds, self.every_origin)
        if chosen is None:
            return needs
        decides = self._deciding(chosen, settled, undecided)
        beside = [Need(trial, seed) for seed in self.deciding_seeds for trial in self.rungs(chosen)]
        return list({need.key: need for need in (*needs, *decides, *beside)}.values())

    def _deciding(self, chosen: Selection, settled: Settled, undecided: Undecided | None) -> list[Need]:
        """The runs that decide, step by step: those of a step are known once those of the step before are settled."""
        needs: list[Need] = []
        among: Collection[str] | None = None
        counts = [count for count in self.steps if count < self.seeds] if undecided else []
        for begin, end in pairwise([0, *counts, self.seeds]):
            cells = chosen.deciding(self.cells.trials, crossed=self.crossed, among=among)
            needs += self._runs(cells, self.deciding_seeds[begin:end], self.every_origin)
            if undecided is None or end == self.seeds or not all(settled(need.key) for need in needs):
                break
            among = undecided(chosen, end)
            if not among:
                break
        return needs

    def selection(self, settled: Settled, outcomes: Outcomes) -> Selection | None:
        """The settings and the reference; None where they are not chosen yet, or every run failed."""
        needs = (
            self._selecting(settled, outcomes)
            if self.crossed
            else self._runs(list(self.cells.trials), self.deciding_seeds)
        )
        if not all(settled(need.key) for need in needs):
            return None
        validation = self.validation(list(self.cells.trials), self.selecting_seeds, outcomes)
        return selection.select(validation) if validation else None

    @property
    def selecting_seeds(self) -> Sequence[int]:
        """The numbers of the seeds that choose."""
        return range(1, self.selecting + 1) if self.crossed else self.deciding_seeds

    def validation(self, cells: Sequence[Cell], seeds: Sequence[int], outcomes: Outcomes) -> dict[Cell, Floats]:
        """(n_seeds,) each cell's errors on validation, NaN where a run diverged; cells without runs are left out."""
        found = {}
        for cell in cells:
            ended = (outcomes(Need(self.cells.trials[cell], seed).key) for seed in seeds)
            errors = [np.nan if outcome.diverged else outcome.error_deployed for outcome in ended if outcome]
            if errors:
                found[cell] = np.array(errors)
        return found

    def _selecting(self, settled: Settled, outcomes: Outcomes) -> list[Need]:
        first = self._runs(list(self.cells.trials), [1])
        if not all(settled(need.key) for need in first):
            return first
        better = selection.kept(self.validation(list(self.cells.trials), [1], outcomes))
        return first + self._runs(better, range(2, self.selecting + 1))

    def _runs(self, cells: Sequence[Cell], seeds: Sequence[int], origins: Sequence[Origin] = (FIRST,)) -> list[Need]:
        """Seed by seed, so that a comparison whose time is up has whole sets of origins."""
        return [Need(self.cells.trials[cell], seed, origin) for seed in seeds for origin in origins for cell in cells]
