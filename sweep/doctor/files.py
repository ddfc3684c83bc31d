"""Checks of the files in the working directory: checkpoints, what is left of them, and the room for more."""

import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from sweep.core.trials import Trial
from sweep.doctor.case import Case, Check, Finding, news
from sweep.doctor.wording import called
from sweep.execution.checkpoint_files import ARTIFACTS, SUFFIX, read

ENOUGH_BYTES = 200_000_000


def torn(case: Case) -> Iterator[Finding]:
    """Checkpoints that are wanted, and are not whole."""
    for trial in _unfinished(case):
        path = _path(case, trial)
        if path.exists() and read(path, trial.key) is None:
            yield _removable(
                path,
                f"is not whole, or not of {called(trial)}",
                "it is not believed: the next launch begins the trial again",
            )


def leftovers(case: Case) -> Iterator[Finding]:
    """Checkpoints that nobody will ask for again."""
    best = [case.study.best[0]] if case.study.best else []
    wanted = {_path(case, trial) for trial in [*_unfinished(case), *best]}
    for path in sorted(_folder(case).glob(f"*{SUFFIX}")):
        if path not in wanted:
            yield _removable(path, "is of no use any more", "it only takes room")


def half_written(case: Case) -> Iterator[Finding]:
    """What a launcher that was killed was just writing."""
    for path in sorted(_folder(case).glob("*.unfinished")):
        yield _removable(path, "was not written to its end", "it only takes room")


def best_weights(case: Case) -> Iterator[Finding]:
    """Whether the best model can still be exported."""
    if case.study.best is None:
        return
    if not _folder(case).is_dir():
        yield news(
            f"{_folder(case)} is not in this folder", "checkpoints lie where the study was launched: look from there"
        )
        return
    trial = case.study.best[0]
    path = _path(case, trial)
    if read(path, trial.key) is None:
        yield Finding(
            f"{path}: the best trial's weights are {'not whole' if path.exists() else 'missing'}",
            "its model can no longer be exported from here",
            "cannot be repaired: take the model from MLflow if it was logged; or train it again, which gives the same:"
            f" a study of another name, with the fields of trial {trial.number} under `trial`, no `space`,"
            " the same seed and `budget: {trials: 1}`",
        )


def room(_: Case) -> Iterator[Finding]:
    """Whether the disk is nearly full."""
    free = shutil.disk_usage(Path.cwd()).free
    if free < ENOUGH_BYTES:
        yield Finding(
            f"{Path.cwd()}: only {free / 1e6:.0f} MB are free",
            "a study that can no longer write stops",
            "cannot be repaired: make room",
        )


def _unfinished(case: Case) -> list[Trial]:
    """The trials that the next launch goes on with."""
    searched = [trial for trial, outcome in case.study if outcome.state == "running"]
    return [*searched, *case.runs.unfinished()]


def _folder(case: Case) -> Path:
    return ARTIFACTS / case.config.name


def _path(case: Case, trial: Trial) -> Path:
    return _folder(case) / f"{trial.stage}-{trial.number}{SUFFIX}"


def _removable(path: Path, what: str, why: str) -> Finding:
    return Finding(f"{path} {what}", why, "removes it", mend=lambda _: path.unlink(missing_ok=True))


CHECKS: Iterable[Check] = (
    Check("files", "every checkpoint that is wanted is whole", torn),
    Check("files", "no checkpoint is left of what has ended", leftovers, "idle"),
    Check("files", "no file was left half written", half_written, "idle"),
    Check("files", "the best trial's weights are there", best_weights, "idle"),
    Check("files", "there is room on the disk", room),
)
