"""Checks of the ledger: who leads, and whether what is written of each trial fits together."""

import time
from collections.abc import Iterable, Iterator
from functools import partial

from sweep.core.trials import Outcome, Trial
from sweep.core.wording import counted, duration, listed
from sweep.doctor.case import Case, Check, Finding, Hands, lacking, news
from sweep.doctor.wording import called
from sweep.execution.checkpoint_files import ARTIFACTS, SUFFIX
from sweep.study.storage.attempts import AttemptReader
from sweep.study.storage.epochs import EpochReader


def leader(case: Case) -> Iterator[Finding]:
    """Who leads the study, or has left it without a word."""
    who = case.leader
    if who is None:
        return
    if who.leads:
        yield news(f"{who} leads the study, for {duration(who.seconds)}", "it is not disturbed")
    elif who.dead:
        yield news(f"{who} led the study and was killed", "the next launch takes over at once")
    elif who.here:
        yield Finding(
            f"{who} leads the study, and has not renewed its lease for {duration(who.overdue)}",
            "it is stopped or hangs: nothing goes on",
            "takes the lease from it, so that it writes nothing more; end it with `kill` if it does not end by itself",
            mend=_by_having_the_lease,
        )
    else:
        yield news(
            f"{who} led the study, and its lease ran out {duration(who.overdue)} ago",
            "the next launch takes over",
        )


def unfinished(case: Case) -> Iterator[Finding]:
    """What the next launch goes on with."""
    for _, _, runs in case.parts:
        names = [str(trial.number) for trial, outcome in runs if outcome.state == "running"]
        kind = "trial" if runs and runs[0][0].stage == "search" else "comparison run"
        if names:
            are = "is" if len(names) == 1 else "are"
            yield news(f"{counted(len(names), kind)} {are} unfinished ({listed(names)})", "the next launch goes on")


def stuck(case: Case) -> Iterator[Finding]:
    """Trials that a worker has and of which nothing was heard for longer than the launcher would wait."""
    limit = case.config.workers.timeout
    for epochs, attempts, runs in case.parts:
        for trial, outcome in runs:
            silent = _silence(case, epochs, attempts, trial) if outcome.state == "running" else 0.0
            if silent > limit:
                yield Finding(
                    f"nothing was heard of {called(trial)} for {duration(silent)}",
                    f"its launcher, {case.leader}, replaces a worker after {duration(limit)} (workers.timeout)",
                    "if that launcher hangs, end it (Ctrl-C, then `kill`), and launch the study again",
                )


def _silence(case: Case, epochs: EpochReader, attempts: AttemptReader, trial: Trial) -> float:
    """Seconds since a worker gave a sign of life; 0 while none has the trial."""
    tried = [attempt for attempt in attempts.of(trial.number) if attempt.ended is None]
    if not tried:
        return 0.0
    file = ARTIFACTS / case.config.name / f"{trial.stage}-{trial.number}{SUFFIX}"
    kept = file.stat().st_mtime if file.exists() else 0.0
    return time.time() - max([kept, tried[-1].began, *(report.timestamp for report in epochs.of(trial.number))])


def unsettled(case: Case) -> Iterator[Finding]:
    """Trials that were cut off between their outcome and their state."""
    for row in case.rows:
        if row.running and row.settled:
            yield Finding(
                f"the outcome of trial {row.number} is known, and its state still says RUNNING",
                "its launcher was cut off between the two",
                "sets the state",
                mend=_by_having_the_lease,  # to open the study for writing settles it
            )


def strays(case: Case) -> Iterator[Finding]:
    """Trials in the study that another program has begun and not ended."""
    for row in case.rows:
        if row.running and not row.ours:
            yield Finding(
                f"trial {row.number} is RUNNING, and is not this program's",
                "another tool has begun it in this study; nobody here goes on with it",
                "marks it failed",
                mend=partial(_give_up, number=row.number),
            )


def _give_up(hands: Hands, number: int) -> None:
    hands.study.give_up(number)


def gaps(case: Case) -> Iterator[Finding]:
    """Trials whose epochs do not follow on each other, or end before the trial did."""
    for ledger, _, runs in case.parts:
        for run in runs:
            missing = lacking(ledger, run)
            if missing:
                yield _gap(case, *run, missing)


def _gap(case: Case, trial: Trial, outcome: Outcome, missing: list[int]) -> Finding:
    what = f"{called(trial)} lacks {'epoch' if len(missing) == 1 else 'epochs'} {listed(missing)}"
    if outcome.state != "running":
        return Finding(
            what,
            "its curve has a gap; its result has none",
            "cannot be repaired: restore the ledger from a copy, or give the study a new name",
        )
    if case.led:
        return Finding(what, "they were lost after they were written", "end the launcher, and repair")
    path = ARTIFACTS / case.config.name / f"{trial.stage}-{trial.number}{SUFFIX}"
    if not path.exists():
        return news(what, "the next launch begins it again, which writes them")
    return Finding(
        what,
        "the next launch would go on after the gap",
        "removes its checkpoint: the next launch begins it again, and writes the same epochs",
        mend=lambda _: path.unlink(missing_ok=True),
    )


def open_attempts(case: Case) -> Iterator[Finding]:
    """Attempts at trials that have ended."""
    for _, attempts, runs in case.parts:
        for trial, outcome in runs:
            if outcome.state != "running" and any(a.ended is None for a in attempts.of(trial.number)):
                yield Finding(
                    f"{called(trial)} has ended, and an attempt at it has not",
                    "its launcher was cut off between the two; the time it took is unknown",
                    "ends the attempt",
                    mend=partial(_end_attempt, trial=trial),
                )


def _end_attempt(hands: Hands, trial: Trial) -> None:
    ledger = hands.study.attempts if trial.stage == "search" else hands.runs.attempts
    ledger.end(trial.number, "finished")


def _by_having_the_lease(_: Hands) -> None:
    """Nothing is left to do once the lease was taken and the study opened."""


CHECKS: Iterable[Check] = (
    Check("ledger", "nobody leads the study", leader),
    Check("ledger", "no trial waits to be gone on with", unfinished, "idle"),
    Check("ledger", "every worker was heard of lately", stuck, "led"),
    Check("ledger", "every trial's state fits its outcome", unsettled, "idle"),
    Check("ledger", "all that runs is this program's", strays),
    Check("ledger", "every trial has its epochs, without a gap", gaps),
    Check("ledger", "every attempt at what has ended has ended", open_attempts, "idle"),
)
