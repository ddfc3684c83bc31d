"""The verdict on the runs of a comparison."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TypeVar

import numpy as np

from sweep.comparison import compare, steps
from sweep.comparison.cell_runs import CellRuns
from sweep.comparison.comparison import Comparison
from sweep.comparison.looks_spending import Step
from sweep.comparison.looks_spending import steps as steps_of
from sweep.comparison.question import Question, Scores, forecast
from sweep.comparison.selection import SELECTING_SEEDS, Cell, Selection
from sweep.comparison.verdict import ArmVerdict, Recommendation, Verdict
from sweep.config.margin import Margin
from sweep.config.sections import Compare, StudyConfig
from sweep.core.trials import Run, Trial, is_twin
from sweep.study.comparison_table import ComparisonTable, seed_number
from sweep.study.error_on_test import timesteps_of_test
from sweep.study.measured import measure
from sweep.study.origins import deciding_runs, first_timesteps
from workers.baselines.learned import LEARNED
from workers.data.dataset import Dataset
from workers.data.split_in_words import time_in_words
from workers.objective import Objective

Row = TypeVar("Row", ArmVerdict, Recommendation)

FLOOR = 0.01  # of the error of the best baseline that learns nothing: below it no difference is made relative to the
# reference's error


def answer(
    config: StudyConfig, settings: Compare, runs: ComparisonTable, dataset: Dataset, looks: int
) -> Verdict | None:
    """The verdict on these runs; None where no settings were chosen. `looks`: how many there were at these data."""
    asked = _asked(settings, runs, dataset, question_of(config, settings, dataset, looks))
    if asked is None:
        return None
    verdict, cells = compare.compare(*asked), runs.plan.cells
    configured = partial(_configured, cells.trials)
    stretches = tuple(
        replace(each, begins=time_in_words(dataset, first, config.zone))
        for each, first in zip(verdict.origins, first_timesteps(dataset), strict=False)
    )
    return replace(
        verdict,
        settings=cells.settings,
        arms=tuple(map(configured, verdict.arms)),
        recommendation=configured(verdict.recommendation),
        origins=stretches,
    )


def _configured(trials: Mapping[Cell, Trial], row: Row) -> Row:
    """The row with the whole configuration that it is of."""
    return replace(row, parameters=trials[Cell(row.arm, row.setting)].canonical.parameters)


def undecided(
    settings: Compare, runs: ComparisonTable, dataset: Dataset, question: Question, seeds: int
) -> Collection[str]:
    """The arms that need more seeds, once so many have decided; question: what `question_of` says.

    Arms that nothing can be said of yet are among them.
    """
    asked = _asked(settings, runs, dataset, question)
    return runs.arms if asked is None else [*steps.undecided(*asked, seeds), *asked[1].absent]


def _asked(
    settings: Compare, runs: ComparisonTable, dataset: Dataset, question: Question
) -> tuple[Comparison, Question] | None:
    """The runs that there are, and the whole question; None where no settings or no reference were run."""
    chosen = runs.selection
    if chosen is None:
        return None
    plan, root = runs.plan, dataset.loss.root
    objective = Objective(question.metric, question.goal)
    decides = chosen.deciding(plan.cells.trials, crossed=plan.crossed)
    made = {cell: own for cell, own in deciding_runs(runs, dataset, objective).items() if cell in decides}
    selected = runs.of_cells(plan.selecting_seeds) if plan.crossed else {}
    deciding, selecting = (_scores(table, objective, root=root) for table in (made, selected))
    present = {arm: setting for arm, setting in chosen.settings.items() if Cell(arm, setting) in deciding}
    if chosen.reference not in present:
        return None
    waited_for = [arm for arm in chosen.settings if arm not in present and not is_twin(arm)]  # by its later seeds
    taken = steps_of(plan.seeds, settings.seeds) if settings.stop_when_decided and not waited_for else ()
    first = _first(made[chosen.tuned(chosen.reference)], taken)
    shown = _mean_metric(first, f"test/{dataset.loss.called}_deployed")
    reference = scores_of(first, objective, root=root).runs
    whole = replace(
        question,
        margin=relative(settings.margin, reference, shown, question.floor, dataset.scaling.unit),
        absent=tuple(arm for arm in runs.arms if arm not in present),
        crossed=plan.crossed,
        seeds=plan.seeds,
        steps=taken,
        end=steps_of(settings.seeds, settings.seeds)[-1] if taken else None,
        shortened=plan.seeds < settings.seeds,
    )
    return Comparison(deciding, selecting, Selection(chosen.reference, present)), whole


def _first(reference: Sequence[Run], taken: Sequence[Step]) -> Sequence[Run]:
    """The reference's runs of the first step at which one of them finished, so that later ones move no margin."""
    for step in taken:
        until = [run for run in reference if seed_number(run.trial) <= SELECTING_SEEDS + step.seeds]
        if any(run.outcome.test for run in until):
            return until
    return reference


def question_of(config: StudyConfig, settings: Compare, dataset: Dataset, looks: int) -> Question:
    """What is asked, as far as no run is needed to know it."""
    shown = config.objective.deployed("test").removesuffix("_deployed")
    naive = dataset.test_baselines
    losses = dataset.baseline_losses(config.objective.metric)
    errors = dataset.baseline_errors(config.objective.metric).items()
    return Question(
        timesteps=timesteps_of_test(dataset),
        metric=config.objective.metric,
        goal=config.objective.goal,
        margin_shown=f"{settings.margin.value:g} {settings.margin.units}" if settings.margin.units else "",
        confidence=settings.confidence,
        looks=looks,
        floor=FLOOR * min((error for name, error in errors if name not in LEARNED), default=0.0),
        measure=measure(config, dataset),
        baselines={name: row[shown] for name, row in naive.items() if shown in row},
        forecasts={name: forecast(each, root=dataset.loss.root) for name, each in losses.items() if name in naive},
    )


def _mean_metric(runs: Sequence[Run], name: str) -> float:
    """Over the runs that have it; NaN where none has."""
    values = [run.outcome.test.metrics[name] for run in runs if run.outcome.test and name in run.outcome.test.metrics]
    return float(np.mean(values)) if values else np.nan


def relative(margin: Margin, reference: CellRuns, shown: float, floor: float, unit: float) -> float:
    """The margin as a part of what differences are parts of; shown: the reference's error in the target's units.

    unit  of the targets, in the scale of the errors: where the reference makes none
    """
    if margin.units is None:
        return margin.value
    error = reference.mean
    of_a_unit = error / shown if shown else unit
    return margin.value * of_a_unit / (max(error, floor) or 1.0)


def _scores(table: Mapping[Cell, Sequence[Run]], objective: Objective, *, root: bool) -> dict[Cell, Scores]:
    return {cell: scores_of(runs, objective, root=root) for cell, runs in table.items()}


def scores_of(runs: Sequence[Run], objective: Objective, *, root: bool) -> Scores:
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
