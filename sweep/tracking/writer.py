"""Writes a study into MLflow: an experiment, in it a run for the study, and below it one for each trial and arm."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from mlflow.entities import Param, RunInfo

from sweep.comparison.verdict import ArmVerdict, Verdict
from sweep.core.errors import ServiceUnavailable
from sweep.core.trials import FIRST, Outcome, Trial
from sweep.study.deployment import Deployment
from sweep.tracking import arm_page, configuration, study_page, tag_names, view
from sweep.tracking.card import ARM, STUDY, Identity, StudyCard, identity
from sweep.tracking.entities import (
    LONGEST_NOTE,
    STATUS,
    dataset,
    epoch_points,
    final_state,
    milliseconds,
    parameters,
    points,
    result_points,
    result_tags,
)
from sweep.tracking.outbox import Away
from sweep.tracking.runs import StudyRuns
from sweep.tracking.server import ERRORS, explained, refused
from workers.objective import Objective
from workers.spec import EpochReport

MAX_FAILED_WRITES = 6  # of one write while MLflow answers other requests; then the write is given up


class StudyWriter:
    """Every write may be repeated and changes nothing then. `at`, `began`, `ended`: seconds since 1970.

    runs  the study's in MLflow
    """

    def __init__(self, tracking_uri: str, study: StudyCard, may_send: Callable[[], bool] = lambda: True) -> None:
        """may_send: asked before each request that writes; while it returns false, writes raise Away."""
        self.runs = StudyRuns(tracking_uri, study.name, may_send)
        self._study, self._objective = study, Objective(study.metric, study.goal)
        self._failed = 0

    def attempt(self, write: Callable[["StudyWriter"], None]) -> None:
        """Write once. Raises Away when MLflow cannot be reached, and MLflow's error for a hopeless write."""
        try:
            write(self)
        except Away:
            self.runs.forget()  # another launcher may have written since
            raise
        except ERRORS as error:
            self.runs.forget()
            if refused(error) or self._is_hopeless():
                raise
            raise Away(explained(error)) from error
        self._failed = 0

    def _is_hopeless(self) -> bool:
        """Whether MLflow answers other requests and has failed this write too often."""
        self._failed = self._failed + 1 if self.runs.answers() else 0
        return self._failed >= MAX_FAILED_WRITES

    def open_now(self, began: float, where: str) -> None:
        """As `open`. Raises ServiceUnavailable, with the address as it is shown and advice."""
        try:
            self.open(began)
        except Away as error:
            raise ServiceUnavailable(f"{where}: {error}; the same command goes on") from error
        except ERRORS as error:
            raise ServiceUnavailable(
                f"{where}: MLflow cannot be used there: {explained(error)}\n"
                "Is it up, and is the address right (MLFLOW_TRACKING_URI, or else `tracking` in the study file)?"
            ) from error

    def add(self, trial: Trial, reports: Sequence[EpochReport]) -> None:
        """Add the metrics of finished epochs."""
        run_id = self.runs.find(identity(trial)).run_id
        self.runs.client.log_batch(run_id, metrics=epoch_points(reports), synchronous=True)

    def whole(
        self, trial: Trial, outcome: Outcome, epochs: Callable[[], Sequence[EpochReport]], began: float, ended: float
    ) -> None:
        """Make a trial's run, or add what it lacks."""
        run = self._begin(identity(trial), trial.name, self._tags(trial), began)
        metrics = epoch_points(epochs()) + result_points(trial, outcome, run.start_time / 1000, self._study.metric)
        self.runs.client.log_batch(run.run_id, metrics=metrics, params=parameters(trial), synchronous=True)
        tags = self._tags(trial) | result_tags(outcome)  # the study's run, too, may have been made anew
        self._close(run.run_id, final_state(outcome), tags, ended)

    def best(
        self,
        trial: Trial,
        outcome: Outcome,
        deployed: Deployment | None,
        verdict: Verdict | None,
        scores: Mapping[str, Sequence[float]],
        improvements: Sequence[tuple[int, float]],
    ) -> None:
        """Say in the study's run what was found, which run is deployed, and which trial of the search is the best.

        And below it, in a run for each arm, what its runs came to: `scores` on the test split.
        """
        best = study_page.of_search(self._link_to(trial), outcome, self._objective, self._study.measure)
        lines = [best, self._link()]
        tags = {tag_names.BEST: str(trial.number)}
        if deployed:
            own = deployed.run.trial
            lines.insert(0, f"Deployed: {self._link_to(own)}: {deployed.described(self._study.measure)}")
            lines.insert(1, study_page.loading(self._study.name))
            tags[tag_names.DEPLOYED] = f"{own.stage}-{own.number}"
        run = self.runs.find(STUDY)
        for number, value in improvements:
            self._log(run, study_page.best_so_far(value, self._study.measure), number)
        if fields := study_page.configuration(verdict, deployed):
            number = self._configure(run.run_id, fields)
            lines = [*configuration.where(number), *lines]
            tags[tag_names.CONFIGURATION] = str(number)
        if verdict:
            lines, tags = [*study_page.answer(verdict), *lines], tags | study_page.tags(verdict)
            self._log(run, study_page.metrics(verdict), verdict.looks)
            for row in verdict.arms:
                self._arm(row, verdict, scores.get(row.arm, ()), run)
        self.runs.tag(run.run_id, {**tags, tag_names.NOTE: "\n\n".join(lines)[:LONGEST_NOTE]})

    def _arm(self, row: ArmVerdict, verdict: Verdict, scores: Sequence[float], study: RunInfo) -> None:
        """It begins and ends with the study's run, so that it is the same whenever it is sent."""
        began = study.start_time / 1000
        named = row.arm == verdict.recommendation.arm
        tags = {**arm_page.tags(row, recommended=named), "mlflow.parentRunId": study.run_id}
        run = self._begin((ARM, row.arm), row.arm, tags, began)
        self._log(run, arm_page.metrics(row, verdict.measure, scores), verdict.looks)
        note = arm_page.note(row, verdict, view.run(self.runs.experiment_id, study.run_id))
        where = configuration.where(self._configure(run.run_id, row.parameters)) if row.parameters else []
        tags |= {tag_names.NOTE: "\n\n".join([*where, note])[:LONGEST_NOTE], tag_names.STATE: "finished"}
        self._close(run.run_id, "finished", tags, began)

    def _log(self, run: RunInfo, metrics: Mapping[str, float], step: int) -> None:
        """At the run's beginning, so that they are the same points whenever they are sent."""
        found = points(metrics, run.start_time / 1000, step)
        self.runs.client.log_batch(run.run_id, metrics=found, synchronous=True)

    def _configure(self, run_id: str, fields: Mapping[str, Any]) -> int:
        """Give a run these parameters; the number under which it has them, where it had others before."""
        there = self.runs.client.get_run(run_id).data.params
        parameters, number = configuration.named(fields, there)
        missing = [Param(name, value) for name, value in parameters.items() if name not in there]
        self.runs.client.log_batch(run_id, params=missing, synchronous=True)
        return number

    def _link_to(self, trial: Trial) -> str:
        return f"[{trial.name}]({view.run(self.runs.experiment_id, self.runs.find(identity(trial)).run_id)})"

    def artifact(self, path: Path, folder: str | None) -> None:
        """Put a file into a folder of the study's run."""
        if not path.exists():
            raise LookupError(f"{path} is not there any more")
        self.runs.client.log_artifact(self.runs.find(STUDY).run_id, str(path), folder)

    def open(self, began: float) -> None:
        """Find or create the experiment and the study's run."""
        self.runs.open()
        shown = view.best_first(self._objective, self._study.measure)
        self.runs.client.set_experiment_tag(self.runs.experiment_id, view.TAG, shown)
        run = self._begin(STUDY, self._study.name, {tag_names.NOTE: self._link()}, began, running=True)
        self.runs.client.log_text(run.run_id, self._study.file, "study.yaml")

    def start(self, trial: Trial, at: float) -> None:
        """Show a trial as running."""
        run = self._begin(identity(trial), trial.name, self._tags(trial), at, running=True)
        self.runs.client.log_batch(run.run_id, params=parameters(trial), synchronous=True)

    def end(self, trial: Trial, outcome: Outcome, at: float) -> None:
        """Show how a trial ended."""
        run = self.runs.find(identity(trial))
        # At the run's beginning, so that they are the same points whenever they are sent.
        metrics = result_points(trial, outcome, run.start_time / 1000, self._study.metric)
        self.runs.client.log_batch(run.run_id, metrics=metrics, synchronous=True)
        self._close(run.run_id, final_state(outcome), result_tags(outcome), at)

    def finish(self, state: str, at: float) -> None:
        """Close the study's run, and the runs of unfinished trials."""
        self.runs.forget()  # so that a double, which a lost answer leaves behind, is found and removed
        self.runs.find(STUDY)
        for which, run_id in self.runs.running():
            now = state if which == STUDY else "stopped"
            self._close(run_id, now, {tag_names.STATE: now}, at)

    def _tags(self, trial: Trial) -> dict[str, str]:
        parent = self.runs.find(STUDY).run_id
        origin = {} if trial.origin == FIRST else {tag_names.ORIGIN: str(trial.origin)}
        return {tag_names.ARM: trial.arm, tag_names.KEY: trial.key, **origin, "mlflow.parentRunId": parent}

    def _begin(
        self, which: Identity, name: str, tags: Mapping[str, str], at: float, *, running: bool = False
    ) -> RunInfo:
        find = self.runs.start if running else self.runs.find_or_create
        run = find(which, name, tags, milliseconds(at))
        self.runs.client.log_inputs(run.run_id, [dataset(self._study)])
        return run

    def _close(self, run_id: str, state: str, tags: Mapping[str, str], at: float) -> None:
        self.runs.tag(run_id, tags)
        self.runs.client.set_terminated(run_id, STATUS[state], milliseconds(at))
        self.runs.confirm(run_id)  # to a write MLflow answers nothing, and so may anything

    def _link(self) -> str:
        return f"[All trials, the best first]({view.link(self.runs.experiment_id)})"
