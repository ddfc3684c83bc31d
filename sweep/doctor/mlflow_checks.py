"""Checks of MLflow: it shows exactly what the ledger holds."""

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import partial

from sweep.core.trials import Run
from sweep.core.wording import counted, listed
from sweep.doctor.checks import Check, Finding, note
from sweep.doctor.study_state import StudyState, WritableStudy, called, missing_epochs
from sweep.study.storage.epochs import EpochReader
from sweep.tracking.card import ARM, STUDY, Identity
from sweep.tracking.inspection import SeenRun, View, status_of

SYNC = "sends what the ledger holds, as `sweep sync` does"


def experiment(state: StudyState) -> Iterator[Finding]:
    """Whether MLflow answers, and has the study's experiment."""
    if isinstance(state.mlflow, str):
        why = "results are safe in the ledger; nobody sees them in MLflow"
        yield Finding(state.mlflow, why, "cannot be repaired: when it is back, `sweep sync` sends what it lacks")
    elif state.mlflow.experiment != "there":
        what = "was deleted in MLflow" if state.mlflow.experiment == "deleted" else "is not in MLflow"
        yield Finding(
            f"the experiment {state.config.name} {what}", "nobody sees the study there", SYNC, needs_sync=True
        )


def unknown_runs(state: StudyState) -> Iterator[Finding]:
    """MLflow runs of the study that belong to no trial of its ledger."""
    keys = {_identity(run): run.trial.key for run in _runs(state)}
    for run in _mlflow_runs(state):
        if run.identity != STUDY and run.identity[0] != ARM and keys.get(run.identity) != run.key:
            yield Finding(
                f"run {run.name!r} mirrors no trial of this ledger",
                "it is of a ledger that was lost or replaced, and is counted with the others",
                "deletes the run, which `mlflow runs restore` brings back; a trial of its number gets a new one",
                repair=partial(_remove, state.mlflow, run),
                needs_sync=run.identity in keys,
            )


def one_run_each(state: StudyState) -> Iterator[Finding]:
    """Whether each trial, and the study itself, has exactly one MLflow run."""
    if not _has_experiment(state):
        return
    count = Counter(run.identity for run in _mlflow_runs(state))
    names = {STUDY: "the study itself", **{_identity(run): called(run.trial) for run in _runs(state)}}
    missing = [name for identity, name in names.items() if not count[identity]]
    doubled = [name for identity, name in names.items() if count[identity] > 1]
    if missing:
        yield Finding(f"no run in MLflow: {listed(missing)}", "MLflow shows less than there is", SYNC, needs_sync=True)
    if doubled:
        why = "MLflow shows them twice"
        yield Finding(f"more than one run in MLflow: {listed(doubled)}", why, "keeps the fuller one", needs_sync=True)


def statuses(state: StudyState) -> Iterator[Finding]:
    """Whether MLflow runs have the status of their trials; no run may be running while no launcher leads."""
    expected = {_identity(run): status_of(run.outcome) for run in _runs(state)}
    wrong = [
        f"{run.name!r} says {run.status}, not {expected[run.identity]}"
        for run in _mlflow_runs(state)
        if run.identity in expected and run.status != expected[run.identity]
    ]
    wrong += ["the study's own run says RUNNING" for run in _mlflow_runs(state) if _is_running_study(run)]
    if wrong:
        what = f"{counted(len(wrong), 'run')} with a wrong status: {listed(wrong)}"
        yield Finding(what, "MLflow shows as running, or as ended, what is not", SYNC, needs_sync=True)


def _is_running_study(run: SeenRun) -> bool:
    return run.identity == STUDY and run.status == "RUNNING"


def points(state: StudyState) -> Iterator[Finding]:
    """Whether the objective's metric has one point an epoch. The other metrics of an epoch are sent with it."""
    expected = dict(_steps(state))
    for run in _mlflow_runs(state):
        if isinstance(state.mlflow, View) and run.identity in expected:
            yield from _compared(state.mlflow, run, expected[run.identity], state.study.objective.metric)


def _compared(mlflow: View, run: SeenRun, expected: list[int], metric: str) -> Iterator[Finding]:
    steps = mlflow.steps(run, metric)
    missing = set(expected) - set(steps)
    extra = Counter(steps) - Counter(expected)
    if extra:
        yield Finding(
            f"run {run.name!r} has {counted(extra.total(), 'point')} of {metric} more than epochs",
            "its curve shows points that the trial does not have, or shows points twice",
            "deletes the run, which `mlflow runs restore` brings back, and sends it anew",
            repair=partial(_remove, mlflow, run),
            needs_sync=True,
        )
    elif missing:
        what = f"run {run.name!r} lacks {counted(len(missing), 'epoch')} of {len(expected)}"
        yield Finding(what, "its curve has a gap", SYNC, needs_sync=True)


def _steps(state: StudyState) -> Iterator[tuple[Identity, list[int]]]:
    """The steps that each MLflow run should have. Trials with a gap are left out: MLflow may have more of them."""
    for stage in state.stages:
        for run in stage.runs:
            if not missing_epochs(stage.epochs, run):
                yield _identity(run), _steps_of(stage.epochs, run)


def _steps_of(epochs: EpochReader, run: Run) -> list[int]:
    if run.outcome.reused_from is not None and run.outcome.metrics:
        return [run.outcome.epoch or 0]
    return [report.epoch for report in epochs.of(run.trial.number)]


def not_yet_sent(state: StudyState) -> Iterator[Finding]:
    """How many trials the launcher has still to send."""
    sent = {run.identity for run in _mlflow_runs(state)}
    missing = [run for run in _runs(state) if _identity(run) not in sent]
    if missing and _has_experiment(state):
        yield note(f"{counted(len(missing), 'trial')} not yet in MLflow", "the launcher sends them by itself")


def _runs(state: StudyState) -> Iterator[Run]:
    for stage in state.stages:
        yield from stage.runs


def _identity(run: Run) -> Identity:
    return run.trial.stage, str(run.trial.number)


def _mlflow_runs(state: StudyState) -> list[SeenRun]:
    return [] if isinstance(state.mlflow, str) else state.mlflow.runs


def _has_experiment(state: StudyState) -> bool:
    return isinstance(state.mlflow, View) and state.mlflow.experiment == "there"


def _remove(mlflow: View | str, run: SeenRun, _: WritableStudy) -> None:
    if isinstance(mlflow, View):
        mlflow.remove(run)


CHECKS: Iterable[Check] = (
    Check("MLflow", "MLflow answers, and has the experiment", experiment),
    Check("MLflow", "every run mirrors a trial of this ledger", unknown_runs, "idle"),
    Check("MLflow", "every trial has exactly one run", one_run_each, "idle"),
    Check("MLflow", "every run ended as its trial did", statuses, "idle"),
    Check("MLflow", "every epoch is there once", points, "idle"),
    Check("MLflow", "every trial that was begun has its run", not_yet_sent, "led"),
)
