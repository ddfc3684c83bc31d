"""Which run's model people take away: the one answer that the terminal, the report, MLflow and a forecast read."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from pydantic_core import to_jsonable_python

from sweep.comparison.measure import Measure
from sweep.comparison.selection import SELECTING_SEEDS, Cell, best_cell
from sweep.comparison.verdict import Verdict
from sweep.config.sections import BEST_ON_VALIDATION, Deploy
from sweep.core.trials import FIRST, Outcome, Run, Trial, is_twin
from sweep.core.wording import counted, readable_metric
from sweep.study.arms import champions
from sweep.study.comparison_runs import ComparisonReader
from sweep.study.comparison_table import seed_number
from sweep.study.error_on_test import error_on_test
from sweep.study.reader import StudyReader
from workers.data.dataset import Dataset, for_refit
from workers.forecasting.package import MeanError
from workers.objective import Objective
from workers.spec import shortened

Reason = Literal["recommended", "best on validation", "asked for", "best trial of the search"]


@dataclass(frozen=True)
class DeployedModel:
    """What is said of the model. The names of its fields are those of its JSON object.

    setting         the name of the arm's setting in the comparison; None for a trial of the search
    stage, number   of the run: the search's trial, or the comparison's run, with this number
    name            the run's, for people
    epochs          that its weights were trained for
    metric          of `test_score`, in the targets' own units
    test_score      of the run; None where it has none, as a trial of the search or a model that is trained on all data
    validation_score  the same on validation
    reason          why it is this one
    remark          why it is not the one that was asked for; empty where it is
    """

    arm: str
    setting: str | None
    parameters: Mapping[str, Any]
    stage: str
    number: int
    name: str
    key: str
    seed: int
    epochs: int
    metric: str
    test_score: float | None
    validation_score: float | None
    refit: bool
    reason: Reason
    remark: str

    def as_json(self) -> dict[str, Any]:
        """The fields as plain numbers and texts."""
        plain: dict[str, Any] = to_jsonable_python(self, inf_nan_mode="null")
        return plain


@dataclass(frozen=True)
class Deployment:
    """The run whose model is deployed.

    run      the comparison's, or the search's trial, with its outcome
    setting  the name of its setting in the comparison; None for a trial of the search
    reason   why it is this one
    refit    whether its configuration is trained again on all data, and that model is deployed
    remark   why it is not the one that was asked for; empty where it is
    """

    run: Run
    objective: Objective
    setting: str | None
    reason: Reason
    refit: bool = False
    remark: str = ""

    @property
    def epochs(self) -> int:
        """The epochs behind the run's weights, which are its best ones or its last."""
        return (self.run.outcome.epoch or 0) + 1

    @property
    def trial(self) -> Trial:
        """The trial whose weights are deployed: the run itself or, refit, the same for `epochs` on all data."""
        trial = self.run.trial
        if not self.refit:
            return trial
        spec = shortened(trial.canonical, self.epochs)
        return replace(trial, spec=spec, canonical=spec, key=f"{trial.key}-refit-{self.epochs}", stage="refit")

    @property
    def trained_by(self) -> Objective:
        """The objective by which `trial` is trained: refit, nothing tells a better epoch, and the last one counts."""
        return replace(self.objective, at="last") if self.refit else self.objective

    def data(self, dataset: Dataset) -> Dataset:
        """The data that `trial` is trained on; dataset: the study's."""
        return for_refit(dataset) if self.refit else dataset

    @property
    def scores(self) -> Mapping[str, float]:
        """The metrics on the test split, by MLflow's names, of the model itself; none where it was trained on them."""
        test = self.run.outcome.test
        return {} if self.refit or test is None else test.metrics

    def test_error(self, dataset: Dataset) -> MeanError | None:
        """Its error on the test split of the study's dataset, with the luck of the rows there; None without one."""
        test = self.run.outcome.test
        return None if self.refit or test is None else error_on_test(test, dataset, self.objective.metric)

    @property
    def model(self) -> DeployedModel:
        """What is said of the model, as plain values."""
        trial, outcome = self.run
        metric = self.objective.deployed("test")
        scored = outcome.test.metrics.get(metric) if outcome.test and not self.refit else None
        return DeployedModel(
            arm=trial.arm,
            setting=self.setting,
            parameters=self.trial.canonical.parameters,
            stage=trial.stage,
            number=trial.number,
            name=trial.name,
            key=trial.key,
            seed=trial.seed,
            epochs=self.epochs,
            metric=metric,
            test_score=scored,
            validation_score=outcome.as_deployed(self.objective) if not self.refit else None,
            refit=self.refit,
            reason=self.reason,
            remark=self.remark,
        )

    def described(self, measure: Measure) -> str:
        """The model in one line for people; measure: how the study's objective is shown."""
        trial = self.run.trial
        called = f"{'comparison run' if trial.stage == 'compare' else 'trial'} {trial.number}, seed {trial.seed}"
        again = f", trained again on all data for {counted(self.epochs, 'epoch')}" if self.refit else ""
        where = f" at setting {self.setting}" if self.setting else ""
        remark = f" ({self.remark})" if self.remark else ""
        return f"{trial.arm}{where}, {called}{again}, {self._score(measure)}; {self.reason}{remark}"

    def _score(self, measure: Measure) -> str:
        model, test = self.model, self.run.outcome.test
        if model.test_score is None or test is None:
            return f"no test score ({'trained on the test data' if self.refit else 'only a comparison scores those'})"
        readable = readable_metric(test.metrics, "test", measure.units, measure.name)
        return f"{measure.said(model.test_score)} on the test split{readable}"


def may_be_deployed(trial: Trial) -> bool:
    """Whether a complete run of the comparison can turn out to be the deployed one.

    Its seed decides, it is no twin's, and it was trained as the study's own split has it.
    """
    decides = trial.stage == "compare" and not trial.twin and trial.origin == FIRST
    return decides and seed_number(trial) > SELECTING_SEEDS


def deployment(study: StudyReader, runs: ComparisonReader | None, verdict: Verdict | None) -> Deployment | None:
    """The run to deploy by `deploy` of the study file; None while no trial of the search is complete.

    winner           of the runs that decide of the recommended arm at its setting, the one whose error on validation is
                     the median; of an even number the better of the middle two
    best-validation  the same of the arm and setting that are best on validation, whatever the verdict
    an arm           the same of this arm at its own setting; without a verdict its best trial of the search

    Without a verdict, and where no run that could be deployed finished, it is the best trial of the search.
    """
    if study.best is None:
        return None
    found = _of_comparison(study, runs, verdict) if runs and verdict else _of_search(study)
    return found or _plain(study, study.best, remark="no run of the comparison that could be deployed finished")


def _of_comparison(study: StudyReader, runs: ComparisonReader, verdict: Verdict) -> Deployment | None:
    deploy = study.config.deploy
    made = {cell: _finished(each) for cell, each in runs.of_cells(runs.plan.deciding_seeds).items()}
    candidates = _candidates(deploy, runs, verdict)
    cell, reason = next(((cell, reason) for cell, reason in candidates if made.get(cell)), (None, None))
    if cell is None or reason is None:
        return None
    remark = "" if reason == candidates[0][1] else f"{deploy.arm}: no run of it that decides finished"
    return Deployment(_median(made[cell]), study.objective, cell.setting, reason, deploy.refit, remark)


def _candidates(deploy: Deploy, runs: ComparisonReader, verdict: Verdict) -> list[tuple[Cell, Reason]]:
    """What is asked for, and what comes in its place where no run of it finished."""
    named = verdict.recommendation
    recommended: tuple[Cell, Reason] = (Cell(named.arm, named.setting), "recommended")
    best = _best_on_validation(runs)
    on_validation: list[tuple[Cell, Reason]] = [(best, "best on validation")] if best else []
    if deploy.arm == BEST_ON_VALIDATION:
        return [*on_validation, recommended]
    if deploy.named is None:
        return [recommended, *on_validation]
    setting = next((row.setting for row in verdict.arms if row.arm == deploy.named), "")
    return [(Cell(deploy.named, setting), "asked for"), recommended, *on_validation]


def _of_search(study: StudyReader) -> Deployment | None:
    """The best trial, or of an arm that is asked for by name the best one of that arm."""
    named = study.config.deploy.named
    if named is None or study.best is None:
        return _plain(study, study.best) if study.best else None
    champion = champions(study, study.objective).get(named)
    if champion is None:
        return _plain(study, study.best, remark=f"{named}: no trial of it is complete")
    run = next(run for run in study if run.trial.number == champion.number)
    return replace(_plain(study, run), reason="asked for")


def _plain(study: StudyReader, run: Run, remark: str = "") -> Deployment:
    refit = study.config.deploy.refit
    return Deployment(run, study.objective, None, "best trial of the search", refit, remark)


def _best_on_validation(runs: ComparisonReader) -> Cell | None:
    """Of the cells that have deciding runs, without twins."""
    made = runs.of_cells(runs.plan.deciding_seeds)
    return best_cell(
        {cell: np.array([_error(run.outcome) for run in each]) for cell, each in made.items() if not is_twin(cell.arm)}
    )


def _error(outcome: Outcome) -> float:
    """On validation as deployed; NaN of a run that diverged."""
    return outcome.error_deployed if outcome.state == "complete" and outcome.test else np.nan


def _finished(runs: list[Run]) -> list[Run]:
    return [run for run in runs if np.isfinite(_error(run.outcome))]


def _median(runs: list[Run]) -> Run:
    """By the error on validation; of an even number the better of the middle two, of equals the first by number."""
    ranked = sorted(runs, key=lambda run: (run.outcome.error_deployed, run.trial.number))
    return ranked[(len(ranked) - 1) // 2]
