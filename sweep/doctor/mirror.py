"""Checks of MLflow: whether it shows what the ledger holds, no less and no more."""

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import partial

from sweep.core.wording import counted, listed
from sweep.doctor.case import Case, Check, Finding, Hands, Run, lacking, news
from sweep.doctor.wording import called
from sweep.study.storage.epochs import EpochReader
from sweep.tracking.inspection import SeenRun, View, status_of

Identity = tuple[str, str]
STUDY: Identity = ("study", "")
SYNC = "sends what the ledger holds, as `sweep sync` does"


def reachable(case: Case) -> Iterator[Finding]:
    """Whether MLflow answers, and knows the study."""
    if isinstance(case.mirror, str):
        why = "results are safe in the ledger; nobody sees them in MLflow"
        yield Finding(case.mirror, why, "cannot be repaired: when it is back, `sweep sync` sends what it lacks")
    elif case.mirror.experiment != "there":
        what = "was deleted in MLflow" if case.mirror.experiment == "deleted" else "is not in MLflow"
        yield Finding(f"the experiment {case.config.name} {what}", "nobody sees the study there", SYNC, resend=True)


def strangers(case: Case) -> Iterator[Finding]:
    """Runs that say they are of this study, and mirror no trial of its ledger."""
    keys = {_identity(run): run[0].key for run in _runs(case)}
    for run in _seen(case):
        if run.identity != STUDY and keys.get(run.identity) != run.key:
            yield Finding(
                f"run {run.name!r} mirrors no trial of this ledger",
                "it is of a ledger that was lost or replaced, and is counted with the others",
                "deletes the run, which `mlflow runs restore` brings back; a trial of its number gets a new one",
                mend=partial(_remove, case.mirror, run),
                resend=run.identity in keys,
            )


def one_each(case: Case) -> Iterator[Finding]:
    """Whether each trial, and the study itself, has exactly one run."""
    if not _is_there(case):
        return
    has = Counter(run.identity for run in _seen(case))
    wanted = {STUDY: "the study itself", **{_identity(run): called(run[0]) for run in _runs(case)}}
    lacking = [name for identity, name in wanted.items() if not has[identity]]
    doubled = [name for identity, name in wanted.items() if has[identity] > 1]
    if lacking:
        yield Finding(f"no run in MLflow: {listed(lacking)}", "MLflow shows less than there is", SYNC, resend=True)
    if doubled:
        why = "MLflow shows them twice"
        yield Finding(f"more than one run in MLflow: {listed(doubled)}", why, "keeps the fuller one", resend=True)


def statuses(case: Case) -> Iterator[Finding]:
    """Whether runs have ended as their trials have; while nobody leads none is running."""
    wanted = {_identity(run): status_of(run[1]) for run in _runs(case)}
    wrong = [
        f"{run.name!r} says {run.status}, not {wanted[run.identity]}"
        for run in _seen(case)
        if run.identity in wanted and run.status != wanted[run.identity]
    ]
    wrong += ["the study's own run says RUNNING" for run in _seen(case) if _is_running_study(run)]
    if wrong:
        why = "MLflow shows as running, or as ended, what is not"
        yield Finding(f"{counted(len(wrong), 'run')} with a wrong status: {listed(wrong)}", why, SYNC, resend=True)


def _is_running_study(run: SeenRun) -> bool:
    return run.identity == STUDY and run.status == "RUNNING"


def points(case: Case) -> Iterator[Finding]:
    """Whether the objective's metric has one point for each epoch; the other metrics of an epoch are sent with it."""
    wanted = dict(_steps(case))
    for run in _seen(case):
        if isinstance(case.mirror, View) and run.identity in wanted:
            yield from _compared(case.mirror, run, wanted[run.identity], case.study.objective.metric)


def _compared(mirror: View, run: SeenRun, wanted: list[int], metric: str) -> Iterator[Finding]:
    there = mirror.steps(run, metric)
    lost = set(wanted) - set(there)
    extra = Counter(there) - Counter(wanted)
    if extra:
        yield Finding(
            f"run {run.name!r} has {counted(extra.total(), 'point')} of {metric} more than epochs",
            "its curve shows what never was, or shows it twice",
            "deletes the run, which `mlflow runs restore` brings back, and sends it anew",
            mend=partial(_remove, mirror, run),
            resend=True,
        )
    elif lost:
        what = f"run {run.name!r} lacks {counted(len(lost), 'epoch')} of {len(wanted)}"
        yield Finding(what, "its curve has a gap", SYNC, resend=True)


def _steps(case: Case) -> Iterator[tuple[Identity, list[int]]]:
    """The steps of the objective's metric that each run should have; of a trial with a gap MLflow may have more."""
    for ledger, _, runs in case.parts:
        for run in runs:
            if not lacking(ledger, run):
                yield _identity(run), _steps_of(ledger, run)


def _steps_of(ledger: EpochReader, run: Run) -> list[int]:
    trial, outcome = run
    if outcome.reused_from is not None and outcome.metrics:
        return [outcome.epoch or 0]
    return [report.epoch for report in ledger.of(trial.number)]


def behind(case: Case) -> Iterator[Finding]:
    """How much the launcher has still to send."""
    has = {run.identity for run in _seen(case)}
    lacking = [run for run in _runs(case) if _identity(run) not in has]
    if lacking and _is_there(case):
        yield news(f"{counted(len(lacking), 'trial')} not yet in MLflow", "the launcher sends them by itself")


def _runs(case: Case) -> Iterator[Run]:
    for _, _, runs in case.parts:
        yield from runs


def _identity(run: Run) -> Identity:
    return run[0].stage, str(run[0].number)


def _seen(case: Case) -> list[SeenRun]:
    return [] if isinstance(case.mirror, str) else case.mirror.runs


def _is_there(case: Case) -> bool:
    return isinstance(case.mirror, View) and case.mirror.experiment == "there"


def _remove(mirror: View | str, run: SeenRun, _: Hands) -> None:
    if isinstance(mirror, View):
        mirror.remove(run)


CHECKS: Iterable[Check] = (
    Check("MLflow", "MLflow answers, and has the experiment", reachable),
    Check("MLflow", "every run mirrors a trial of this ledger", strangers, "idle"),
    Check("MLflow", "every trial has exactly one run", one_each, "idle"),
    Check("MLflow", "every run ended as its trial did", statuses, "idle"),
    Check("MLflow", "every epoch is there once", points, "idle"),
    Check("MLflow", "every trial that was begun has its run", behind, "led"),
)
