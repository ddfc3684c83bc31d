"""Checks of the ledger: who leads the study, and whether the records of each trial agree."""

import time
from collections.abc import Iterable, Iterator
from functools import partial

from sweep.core.trials import Run, Trial
from sweep.core.wording import counted, duration, listed
from sweep.doctor.checks import Check, Finding, note
from sweep.doctor.study_state import Stage, StudyState, WritableStudy, called, missing_epochs
from sweep.study.storage.leader_table import Leader


def leader(state: StudyState) -> Iterator[Finding]:
    """The launcher that leads the study, or ended without releasing its lease."""
    launcher = state.leader
    if launcher is None:
        return
    if launcher.leads:
        yield note(f"{launcher} leads the study, for {duration(launcher.seconds)}", "it is not disturbed")
    elif launcher.dead:
        yield note(f"{launcher} led the study and was killed", "the next launch takes over at once")
    elif launcher.here:
        yield _hanging(launcher)
    else:
        what = f"{launcher} led the study, and its lease ran out {duration(launcher.overdue)} ago"
        yield note(what, "the next launch takes over")


def _hanging(launcher: Leader) -> Finding:
    return Finding(
        f"{launcher} leads the study, and has not renewed its lease for {duration(launcher.overdue)}",
        "it is stopped or hangs: nothing goes on",
        "takes the lease from it, so that it writes nothing more; end it with `kill` if it does not end by itself",
        repair=_is_repaired_by_opening,
    )


def unfinished(state: StudyState) -> Iterator[Finding]:
    """The trials that the next launch continues."""
    for stage in state.stages:
        numbers = [str(trial.number) for trial, outcome in stage.runs if outcome.state == "running"]
        kind = "trial" if stage.runs and stage.runs[0].trial.stage == "search" else "comparison run"
        if numbers:
            are = "is" if len(numbers) == 1 else "are"
            what = f"{counted(len(numbers), kind)} {are} unfinished ({listed(numbers)})"
            yield note(what, "the next launch goes on")


def stuck(state: StudyState) -> Iterator[Finding]:
    """Trials whose worker has reported nothing for longer than `workers.timeout`."""
    limit = state.config.workers.timeout
    for stage in state.stages:
        for trial, outcome in stage.runs:
            silent = _silent_seconds(state, stage, trial) if outcome.state == "running" else 0.0
            if silent > limit:
                yield Finding(
                    f"nothing was heard of {called(trial)} for {duration(silent)}",
                    f"its launcher, {state.leader}, replaces a worker after {duration(limit)} (workers.timeout)",
                    "if that launcher hangs, end it (Ctrl-C, then `kill`), and launch the study again",
                )


def _silent_seconds(state: StudyState, stage: Stage, trial: Trial) -> float:
    """Seconds since the worker's last epoch or checkpoint; 0 while no worker has the trial."""
    running = [attempt for attempt in stage.attempts.of(trial.number) if attempt.ended is None]
    if not running:
        return 0.0
    file = state.checkpoint(trial)
    saved = file.stat().st_mtime if file.exists() else 0.0
    epochs = (report.timestamp for report in stage.epochs.of(trial.number))
    return time.time() - max([saved, running[-1].began, *epochs])


def unsettled(state: StudyState) -> Iterator[Finding]:
    """Trials whose launcher was killed after it wrote the outcome, and before it set the state."""
    for row in state.trials:
        if row.running and row.settled:
            yield Finding(
                f"the outcome of trial {row.number} is known, and its state still says RUNNING",
                "its launcher was cut off between the two",
                "sets the state",
                repair=_is_repaired_by_opening,
            )


def foreign_trials(state: StudyState) -> Iterator[Finding]:
    """Trials in the study that another program has begun and not ended."""
    for row in state.trials:
        if row.running and not row.ours:
            yield Finding(
                f"trial {row.number} is RUNNING, and is not this program's",
                "another tool has begun it in this study; nobody here goes on with it",
                "marks it failed",
                repair=partial(_give_up, number=row.number),
            )


def _give_up(writable: WritableStudy, number: int) -> None:
    writable.study.give_up(number)


def gaps(state: StudyState) -> Iterator[Finding]:
    """Trials with missing epochs."""
    for stage in state.stages:
        for run in stage.runs:
            missing = missing_epochs(stage.epochs, run)
            if missing:
                yield _gap(state, run, missing)


def _gap(state: StudyState, run: Run, missing: list[int]) -> Finding:
    what = f"{called(run.trial)} lacks {'epoch' if len(missing) == 1 else 'epochs'} {listed(missing)}"
    if run.outcome.state != "running":
        remedy = "cannot be repaired: restore the ledger from a copy, or give the study a new name"
        return Finding(what, "its curve has a gap; its result has none", remedy)
    if state.is_led:
        return Finding(what, "they were lost after they were written", "end the launcher, and repair")
    path = state.checkpoint(run.trial)
    if not path.exists():
        return note(what, "the next launch begins it again, which writes them")
    remedy = "removes its checkpoint: the next launch begins it again, and writes the same epochs"
    why = "the next launch would go on after the gap"
    return Finding(what, why, remedy, repair=lambda _: path.unlink(missing_ok=True))


def open_attempts(state: StudyState) -> Iterator[Finding]:
    """Attempts that have not ended although their trial has."""
    for stage in state.stages:
        for trial, outcome in stage.runs:
            if outcome.state != "running" and any(a.ended is None for a in stage.attempts.of(trial.number)):
                yield Finding(
                    f"{called(trial)} has ended, and an attempt at it has not",
                    "its launcher was cut off between the two; the time it took is unknown",
                    "ends the attempt",
                    repair=partial(_end_attempt, trial=trial),
                )


def _end_attempt(writable: WritableStudy, trial: Trial) -> None:
    attempts = writable.study.attempts if trial.stage == "search" else writable.comparison.attempts
    with attempts.engine.begin() as connection:
        attempts.end(connection, trial.number, "finished")


def _is_repaired_by_opening(_: WritableStudy) -> None:
    """Do nothing more: to take the lease and to open the study for writing has repaired it."""


CHECKS: Iterable[Check] = (
    Check("ledger", "nobody leads the study", leader),
    Check("ledger", "no trial waits to be gone on with", unfinished, "idle"),
    Check("ledger", "every worker was heard of lately", stuck, "led"),
    Check("ledger", "every trial's state fits its outcome", unsettled, "idle"),
    Check("ledger", "all that runs is this program's", foreign_trials),
    Check("ledger", "every trial has its epochs, without a gap", gaps),
    Check("ledger", "every attempt at what has ended has ended", open_attempts, "idle"),
)
