"""The runs of a comparison in memory: which are needed, which were made, and of which cells."""

from collections.abc import Collection, Iterator, Sequence
from typing import Protocol

import numpy as np

from sweep.comparison.selection import Cell, Selection
from sweep.core.trials import FIRST, Origin, Outcome, Run, Trial, is_twin
from sweep.study.comparison_plan import ComparisonPlan, KeyParts, Need
from sweep.study.rerun import is_missing, to_ask
from sweep.study.run_table import RunTable
from workers.plans.policies import interval

COMPARISON = 1  # of the streams of random numbers drawn from a study's seed


class Interim(Protocol):
    """Says which arms need more seeds, from the runs that there are. See sweep.study.interim."""

    def undecided(self, runs: "ComparisonTable", seeds: int, looks: int) -> Collection[str]:
        """The arms that are not decided once those seeds that decide are so many."""


class ComparisonTable:
    """The runs that a plan needs, and what they came to.

    seed     the study's, from which the seeds of all runs are drawn
    seconds  the most that the runs may take together; None: as long as it takes
    interim  says which arms need more seeds, where the plan has steps; None: nobody is asked
    looks    how many other comparisons on the same data were looked at before; None while nothing has been looked at.
             Until it is known no arm is decided
    """

    def __init__(
        self, plan: ComparisonPlan, seed: int, seconds: float | None = None, interim: Interim | None = None
    ) -> None:
        self._whole, self._seed, self._seconds, self._interim = plan, seed, seconds, interim
        self.looks: int | None = None
        self._runs = RunTable()
        self._spent: list[tuple[int, float, float]] = []

    @property
    def plan(self) -> ComparisonPlan:
        """What is to be run. Once the time is up no further seed is begun, but those that were are run of every cell.

        That follows from the runs alone, so that whoever reads them later finds the same.
        """
        if self._seconds is None or self._elapsed() < self._seconds:
            return self._whole
        return self._whole.shortened([(_configuration(trial), seed_number(trial)) for trial in self._runs.trials])

    def spend(self, trial: int, began: float, ended: float) -> None:
        """Note that a run was under way from then to then, in seconds since 1970."""
        self._spent.append((trial, began, ended))

    def _elapsed(self) -> float:
        """For how many seconds some run of these cells was under way."""
        cells = {trial.key for trial in self._whole.cells.trials.values()}
        own = {trial.number for trial in self._runs.trials if _configuration(trial) in cells}
        total, until = 0.0, 0.0
        for began, ended in sorted((began, ended) for trial, began, ended in self._spent if trial in own):
            total += max(ended - max(began, until), 0.0)
            until = max(until, ended)
        return total

    @property
    def arms(self) -> list[str]:
        """The arms that are compared, without twins."""
        return [arm for arm in self.plan.cells.champions if not is_twin(arm)]

    @property
    def needed(self) -> list[Need]:
        """The runs that are known to be needed; what they come to may ask for others."""
        return self.plan.needed(self.is_settled, self._outcome, self._undecided if self._interim else None)

    def _undecided(self, chosen: Selection, seeds: int) -> Collection[str]:
        """The arms that need more seeds than so many."""
        if self._interim is None or self.looks is None:
            return chosen.settings
        return self._interim.undecided(self, seeds, self.looks)

    @property
    def keys(self) -> list[str]:
        """The keys of the runs on which the verdict rests, those that choose settings included; without twins'.

        As if there were time for all of them and none were left out, so that neither the time's end nor an arm that is
        decided makes another comparison of one that was begun.
        """
        cells = {trial.key for trial in self._whole.cells.trials.values()}
        needed = self._whole.needed(self.is_settled, self._outcome)
        return [need.key for need in needed if need.trial.key in cells and not need.trial.twin]

    @property
    def is_shown(self) -> bool:
        """Whether a run that decides has come to a result, so that something of the answer can be read."""
        are_known, plan = self.selection is not None or not self.plan.crossed, self.plan
        return are_known and any(self.of_cells(plan.deciding_seeds, origin) for origin in plan.every_origin)

    def __len__(self) -> int:
        """How many runs are known to be needed."""
        return len(self.needed)

    @property
    def missing(self) -> int:
        """How many of them are still to be made."""
        return sum(not self.is_settled(need.key) for need in self.needed)

    @property
    def selection(self) -> Selection | None:
        """The settings that are compared; None where they are not chosen yet."""
        return self.plan.selection(self.is_settled, self._outcome)

    def of_cells(self, seeds: Sequence[int], origin: Origin = FIRST) -> dict[Cell, list[Run]]:
        """The runs with these numbers of seeds that were made of each cell at an origin, diverged ones too."""
        found = {
            cell: [run for seed in seeds if (run := self._decided(Need(trial, seed, origin).key))]
            for cell, trial in self.plan.cells.trials.items()
        }
        return {cell: runs for cell, runs in found.items() if runs}

    def of_every_origin(self) -> dict[Cell, list[list[Run]]]:
        """The runs that decide of each cell: of each seed that came to a result at every origin, those in order."""
        at = [self.of_cells(self.plan.deciding_seeds, origin) for origin in self.plan.every_origin]
        by_seed = [{cell: {seed_number(run.trial): run for run in runs} for cell, runs in each.items()} for each in at]
        found = {
            cell: [
                [each[cell][seed] for each in by_seed]
                for seed in first
                if all(seed in each.get(cell, {}) for each in by_seed)
            ]
            for cell, first in by_seed[0].items()
        }
        return {cell: sets for cell, sets in found.items() if sets}

    def of_rungs(self) -> list[list[Run]]:
        """The runs made beside the arms, of each configuration those that came to a result."""
        chosen = self.selection
        rungs = self.plan.rungs(chosen) if chosen else ()
        return [
            [run for seed in self.plan.deciding_seeds if (run := self._decided(Need(trial, seed).key))]
            for trial in rungs
        ]

    def of_arms(self) -> dict[str, list[Run]]:
        """The runs that decide of each arm at its own setting."""
        chosen, made = self.selection, self.of_cells(self.plan.deciding_seeds)
        tuned = {arm: chosen.tuned(arm) for arm in chosen.settings if not is_twin(arm)} if chosen else {}
        return {arm: made[cell] for arm, cell in tuned.items() if cell in made}

    def of_common(self) -> dict[str, list[Run]]:
        """The runs that decide of each arm at the reference's setting; at its own where it was not run there."""
        chosen, made = self.selection, self.of_cells(self.plan.deciding_seeds)
        if chosen is None:
            return {}
        common = {arm: chosen.at_references(arm)[0] for arm in chosen.settings if not is_twin(arm)}
        return self.of_arms() | {arm: made[cell] for arm, cell in common.items() if cell in made}

    def __iter__(self) -> Iterator[Run]:
        """The runs that the comparison needs and that came to an end, in the order in which they are needed."""
        return filter(None, (self._runs.finished(need.key) for need in self.needed))

    def unfinished(self) -> Sequence[Trial]:
        """Runs of this comparison that were begun and not ended.

        Also those that no step needs yet, begun before the comparison had steps: nobody would take them up later.
        """
        whole = self._whole.needed(self.is_settled, self._outcome) if self._interim else []
        keys = {need.key for need in (*self.needed, *whole)}
        return [trial for trial, outcome in self._runs if outcome.state == "running" and trial.key in keys]

    def finished(self, key: str) -> Run | None:
        """The run with this key that needs no further attempt, and its outcome."""
        return self._decided(key) or (self._runs.finished(key) if self.is_settled(key) else None)

    def _decided(self, key: str) -> Run | None:
        """The run with this key that is complete or has diverged."""
        run = self._runs.finished(key)
        return None if run is None or run.outcome.was_killed else run

    def _outcome(self, key: str) -> Outcome | None:
        run = self._decided(key)
        return run.outcome if run else None

    def is_settled(self, key: str) -> bool:
        """Whether the run with this key came to a result, or to so many ends without one that it is missing."""
        ended = self._runs.ended(key)
        return is_missing(ended) or any(not run.outcome.was_killed for run in ended)

    def next(self) -> Trial | None:
        """The next run to make; None while it is not known what comes next, or nothing does. See sweep.study.rerun."""
        needs = {need.key: need for need in self.needed}
        key = next(iter(to_ask(needs, self._runs)), None)
        return self.run(self._runs.next_number, needs[key]) if key else None

    def add(self, trial: Trial, began: float) -> None:
        """A run that began at this time, in seconds since 1970."""
        self._runs.add(trial, began)

    def finish(self, run: Run) -> None:
        """A run that came to an end."""
        self._runs.finish(run)

    def run(self, number: int, need: Need) -> Trial:
        """The run as a trial; its own seed is drawn from the study's, by the number of the run's."""
        form = need.trial.canonical
        batches = interval(form)
        arm, origin = need.trial.arm, need.origin
        stream = (COMPARISON, need.seed, int(need.trial.twin), *([] if origin == FIRST else [origin.number]))
        drawn = int(np.random.SeedSequence(self._seed, spawn_key=stream).generate_state(1)[0])
        at = "" if origin == FIRST else f" origin {origin}"
        label = f"{f'{arm} {batches}' if batches else arm}{at} seed {need.seed}"
        return Trial(number, form, form, need.key, drawn, label, "compare", need.trial.twin, origin)


def seed_number(trial: Trial) -> int:
    """Which of the comparison's seeds, from 1, a run has."""
    return KeyParts.of(trial.key).seed


def _configuration(trial: Trial) -> str:
    """The key of a run's configuration."""
    return KeyParts.of(trial.key).configuration
