"""The runs of several origins put together: what a seed comes to on the whole test split, each stretch by its own."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from sweep.comparison.selection import Cell
from sweep.core.trials import ERROR_DEPLOYED, Outcome, Run, is_twin
from sweep.study.comparison_table import ComparisonTable
from workers.data.dataset import Dataset
from workers.objective import Objective
from workers.spec import TestScores

Floats = NDArray[np.floating]
Integers = NDArray[np.integer]


def deciding_runs(runs: ComparisonTable, dataset: Dataset, objective: Objective) -> dict[Cell, list[Run]]:
    """The runs that decide of each cell, one for each seed that came to a result at every origin.

    With one origin they are the runs themselves. Else each has the key of the first origin's run, and the scores of
    all: where one of them diverged it has diverged.
    """
    if runs.plan.origins == 1:
        return runs.of_cells(runs.plan.deciding_seeds)
    places = dataset.places_of_origins()
    return {
        cell: [_together(each, places, dataset, objective) for each in sets]
        for cell, sets in runs.of_every_origin().items()
    }


def deciding_of_arms(runs: ComparisonTable, dataset: Dataset, objective: Objective) -> dict[str, list[Run]]:
    """The same of each arm at its own setting."""
    chosen, made = runs.selection, deciding_runs(runs, dataset, objective)
    tuned = {arm: chosen.tuned(arm) for arm in chosen.settings if not is_twin(arm)} if chosen else {}
    return {arm: made[cell] for arm, cell in tuned.items() if cell in made}


def first_timesteps(dataset: Dataset) -> list[int]:
    """Of each origin's stretch the scored timestep that is earliest."""
    scored, clock = dataset.scored_timesteps(dataset.test), dataset.timeline.clock
    stretches = [scored[places] for places in dataset.places_of_origins()]
    return [int(each[0] if clock is None else each[np.argmin(clock[each])]) for each in stretches]


def _together(at: Sequence[Run], places: Sequence[Integers], dataset: Dataset, objective: Objective) -> Run:
    """The runs of one seed, one of each origin, as one."""
    first = at[0]
    failed = next((run for run in at if run.outcome.diverged or run.outcome.test is None), None)
    if failed is not None:
        return Run(first.trial, replace(failed.outcome, test=None))
    tests = [run.outcome.test for run in at if run.outcome.test]
    losses = whole([test.losses for test in tests], places)
    validation = objective.deployed("validation")
    metrics = {
        **first.outcome.metrics,
        **{name: _mean(name, [run.outcome for run in at]) for name in (ERROR_DEPLOYED, validation)},
    }
    shown = _shown(tests[0], losses, dataset, objective)
    return Run(
        first.trial, replace(first.outcome, metrics=metrics, test=replace(tests[0], losses=losses, metrics=shown))
    )


def whole(losses: Sequence[NDArray[np.float32]], places: Sequence[Integers]) -> NDArray[np.float32]:
    """(n_scored,) the losses of the whole test split, each timestep's by the run of its origin.

    losses  of the first origin's run (n_scored,), of which its own stretch counts; of the others' each its stretch's
    places  of each origin, which of the scored timesteps are in its stretch

    Raises ValueError for losses of another number of timesteps than the stretch has.
    """
    together = np.array(losses[0], np.float32)
    for number, (own, where) in enumerate(zip(losses[1:], places[1:], strict=True), 2):
        if len(own) != len(where):
            raise ValueError(f"origin {number} has {len(where)} scored timesteps, and its run {len(own)}")
        together[where] = own
    return together


def _mean(name: str, outcomes: Sequence[Outcome]) -> float:
    return float(np.mean([outcome.metrics[name] for outcome in outcomes]))


def _shown(first: TestScores, losses: Floats, dataset: Dataset, objective: Objective) -> Mapping[str, float]:
    """The metrics on the test split that follow from what decides; those that do not are the first run's."""
    before, now = (float(values.mean(dtype=np.float64)) for values in (first.losses, losses))
    moved = dataset.loss.moved(first.metrics["test/loss_deployed"], before, now, objective.metric)
    found = {f"test/{name}_deployed": value for name, value in moved.items()}
    return {**first.metrics, "test/error_deployed": dataset.loss.error(now), **found}
