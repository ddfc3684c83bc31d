"""Checks of the files in the working directory: checkpoints, files without a use, and free space."""

import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from sweep.core.trials import Trial
from sweep.core.whole_file import UNFINISHED
from sweep.doctor.checks import Check, Finding, note
from sweep.doctor.study_state import StudyState, called
from sweep.execution.checkpoint_files import SUFFIX, read
from sweep.study.deployment import may_be_deployed

MIN_FREE_BYTES = 200_000_000
REFIT = "refit-"  # begins the name of the file of a model that was trained again on all data


def torn_checkpoints(state: StudyState) -> Iterator[Finding]:
    """Checkpoints of unfinished trials that are not whole."""
    for trial in _unfinished(state):
        path = state.checkpoint(trial)
        if path.exists() and read(path, trial.key) is None:
            what = f"is not whole, or not of {called(trial)}"
            yield _removable(path, what, "it is not used: the next launch begins the trial again")


def unused_checkpoints(state: StudyState) -> Iterator[Finding]:
    """Checkpoints that no launch will use again."""
    used = {state.checkpoint(trial) for trial in [*_unfinished(state), *_deployable(state)]}
    for path in sorted(state.checkpoint_folder.glob(f"*{SUFFIX}")):
        if path not in used and not path.name.startswith(REFIT):
            yield _removable(path, "is of no use any more", "it only takes room")


def half_written_files(state: StudyState) -> Iterator[Finding]:
    """Files that a launcher was writing when it was killed."""
    for path in sorted(state.checkpoint_folder.glob(f"*{UNFINISHED}")):
        yield _removable(path, "was not written to its end", "it only takes room")


def best_weights(state: StudyState) -> Iterator[Finding]:
    """Whether the best model can still be exported."""
    if state.study.best is None:
        return
    folder, trial = state.checkpoint_folder, state.study.best.trial
    if not folder.is_dir():
        where = "checkpoints lie where the study was launched: look from there"
        yield note(f"{folder} is not in this folder", where)
    elif read(state.checkpoint(trial), trial.key) is None:
        yield _lost_weights(state.checkpoint(trial), trial)


def _lost_weights(path: Path, trial: Trial) -> Finding:
    return Finding(
        f"{path}: the best trial's weights are {'not whole' if path.exists() else 'missing'}",
        "its model can no longer be exported from here",
        "cannot be repaired: take the model from MLflow if it was logged; or train it again, which gives the same:"
        f" a study of another name, with the fields of trial {trial.number} under `trial`, no `space`,"
        " the same seed and `budget: {trials: 1}`",
    )


def free_space(_: StudyState) -> Iterator[Finding]:
    """Whether the disk is nearly full."""
    free = shutil.disk_usage(Path.cwd()).free
    if free < MIN_FREE_BYTES:
        yield Finding(
            f"{Path.cwd()}: only {free / 1e6:.0f} MB are free",
            "a study that can no longer write stops",
            "cannot be repaired: make room",
        )


def _unfinished(state: StudyState) -> list[Trial]:
    """The trials and comparison runs that the next launch continues."""
    searched = [trial for trial, outcome in state.study if outcome.state == "running"]
    return [*searched, *state.comparison.unfinished()]


def _deployable(state: StudyState) -> list[Trial]:
    """The best trial of the search, and the comparison's runs of which one is deployed or will be."""
    best = [state.study.best.trial] if state.study.best else []
    complete = (trial for trial, outcome in state.comparison if outcome.state == "complete")
    return [*best, *filter(may_be_deployed, complete)]


def _removable(path: Path, what: str, why: str) -> Finding:
    return Finding(f"{path} {what}", why, "removes it", repair=lambda _: path.unlink(missing_ok=True))


CHECKS: Iterable[Check] = (
    Check("files", "every checkpoint that is wanted is whole", torn_checkpoints),
    Check("files", "no checkpoint is left of what has ended", unused_checkpoints, "idle"),
    Check("files", "no file was left half written", half_written_files, "idle"),
    Check("files", "the best trial's weights are there", best_weights, "idle"),
    Check("files", "there is room on the disk", free_space),
)
