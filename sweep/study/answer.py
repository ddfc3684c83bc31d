"""The verdict on the runs of a comparison."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from sweep.comparison import compare
from sweep.comparison.cell_runs import CellRuns
from sweep.comparison.compare import Comparison
from sweep.comparison.question import Question, Scores, forecast
from sweep.comparison.scored_timesteps import ScoredTimesteps
from sweep.comparison.selection import Cell, Selection
from sweep.comparison.verdict import Verdict
from sweep.config.margin import Margin
from sweep.config.sections import Compare, StudyConfig
from sweep.core.trials import Run
from sweep.study.comparison_table import ComparisonTable, seed_number
from workers.data.dataset import Dataset
from workers.objective import Objective

FLOOR = 0.01  # of the best naive forecast's error: below it no difference is made relative to the reference's error


def answer(
    config: StudyConfig, settings: Compare, runs: ComparisonTable, dataset: Dataset, looks: int
) -> Verdict | None:
    """The verdict on these runs; None where no settings were chosen. `looks`: how many there were at these data."""
    chosen = runs.selection
    if chosen is None:
        return None
    plan, root = runs.plan, dataset.error_is_root
    decides = chosen.deciding(plan.cells.trials, crossed=plan.crossed)
    made = {cell: own for cell, own in runs.of_cells(plan.deciding_seeds).items() if cell in decides}
    selected = runs.of_cells(plan.selecting_seeds) if plan.crossed else {}
    deciding, selecting = (_scores(table, config.objective, root=root) for table in (made, selected))
    present = {arm: setting for arm, setting in chosen.settings.items() if Cell(arm, setting) in deciding}
    if chosen.reference not in present:
        return None
    question = _question(config, settings, dataset, looks)
    reference = chosen.tuned(chosen.reference)
    rmse = _mean_metric(made[reference], "test/rmse_deployed")
    question = replace(
        question,
        margin=relative(settings.margin, deciding[reference].runs, rmse, question.floor, dataset.scaling.unit),
        absent=tuple(arm for arm in runs.arms if arm not in present),
        crossed=plan.crossed,
        seeds=plan.seeds,
        shortened=plan.seeds < settings.seeds,
    )
    verdict = compare.compare(Comparison(deciding, selecting, Selection(chosen.reference, present)), question)
    named = verdict.recommendation
    configuration = plan.cells.trials[Cell(named.arm, named.setting)].canonical.parameters
    return replace(verdict, settings=plan.cells.settings, recommendation=replace(named, parameters=configuration))


def _question(config: StudyConfig, settings: Compare, dataset: Dataset, looks: int) -> Question:
    shown = config.objective.deployed("test").removesuffix("_deployed")
    naive = dataset.test_baselines
    losses = dataset.baseline_losses(config.objective.metric)
    errors = dataset.baseline_errors(config.objective.metric).values()
    return Question(
        timesteps=timesteps(dataset),
        metric=config.objective.metric,
        goal=config.objective.goal,
        margin_shown=f"{settings.margin.value:g} {settings.margin.units}" if settings.margin.units else "",
        confidence=settings.confidence,
        looks=looks,
        floor=FLOOR * min(errors, default=0.0),
        squared_error=dataset.error_is_root,
        units=config.units or "",
        baselines={name: row[shown] for name, row in naive.items() if shown in row},
        forecasts={name: forecast(each, root=dataset.error_is_root) for name, each in losses.items()},
    )


def timesteps(dataset: Dataset) -> ScoredTimesteps:
    """Where the scored timesteps of the test split stand."""
    layout = dataset.layout(dataset.test)
    count = len(dataset.scored_timesteps(dataset.test))
    return ScoredTimesteps(count, layout.starts, layout.groups, layout.clock)


def _mean_metric(runs: Sequence[Run], name: str) -> float:
    """Over the runs that have it; NaN where none has."""
    values = [run.outcome.test.metrics[name] for run in runs if run.outcome.test and name in run.outcome.test.metrics]
    return float(np.mean(values)) if values else np.nan


def relative(margin: Margin, reference: CellRuns, rmse: float, floor: float, unit: float) -> float:
    """The margin as a part of what differences are parts of; rmse: the reference's, in the target's units.

    unit  of the targets, in the scale of the errors: where the reference makes none
    """
    if margin.units is None:
        return margin.value
    error = reference.mean
    of_a_unit = error / rmse if rmse else unit
    return margin.value * of_a_unit / (max(error, floor) or 1.0)


def _scores(table: Mapping[Cell, Sequence[Run]], objective: Objective, *, root: bool) -> dict[Cell, Scores]:
    return {cell: _of_cell(runs, objective, root=root) for cell, runs in table.items()}


def _of_cell(runs: Sequence[Run], objective: Objective, *, root: bool) -> Scores:
    """A run without losses on the test split has diverged: those that a machine ended are not among these."""
    validation, test = map(objective.deployed, ("validation", "test"))
    whole = [run.outcome if run.outcome.test else None for run in runs]
    return Scores(
        CellRuns(
            seeds=[seed_number(run.trial) for run in runs],
            validation=np.array([outcome.error_deployed if outcome else np.nan for outcome in whole]),
            losses=[outcome.test.losses if outcome and outcome.test else None for outcome in whole],
            root=root,
            keys=[run.trial.key for run in runs],
        ),
        validation=np.array([outcome.metrics[validation] if outcome else np.nan for outcome in whole]),
        test=np.array([outcome.test.metrics[test] if outcome and outcome.test else np.nan for outcome in whole]),
    )
