"""Trains a trial again, beside its study, and compares it with what the ledger has."""

import time
from collections.abc import Sequence
from typing import Any, NamedTuple

from sweep.config.study_file import StudyFile
from sweep.core.errors import SweepError
from sweep.core.log import logger
from sweep.core.trials import Run, Trial
from sweep.core.wording import counted
from sweep.execution import one_trial
from sweep.launch.beginning import begun
from sweep.launch.data import load_study
from sweep.study import StudyReader
from sweep.study.reproduced import Difference, differences
from workers.data.dataset import Dataset
from workers.spec import EpochReport

SHOWN = 5  # differences
WHY = (
    "Processors of another kind, and other versions of TensorFlow and NumPy, round otherwise. On the machine that"
    " trained it, with the versions of requirements.txt, it would be a fault."
)


class Reproduced(NamedTuple):
    """A trial that was trained again.

    epochs  how many of them are recorded, and were compared
    began   when it was trained first, in seconds since 1970
    """

    trial: Trial
    epochs: int
    began: float
    differences: Sequence[Difference]

    @property
    def sentence(self) -> str:
        """What was found, and of what is another the first."""
        when = time.strftime("%Y-%m-%d %H:%M", time.localtime(self.began))
        what = f"{self.trial.name}, first trained at {when}"
        if not self.differences:
            return f"{what}: {counted(self.epochs, 'epoch')} and every score again, to the last bit"
        first, most = self.differences[0], max(self.differences, key=lambda each: each.relative)
        return (
            f"{what}: other numbers, first {first.at}: {first.metric}; by at most {most.relative:.2g} of what is"
            f" recorded ({most.metric}, {most.at})"
        )

    def as_text(self) -> str:
        """The sentence, and the first numbers that are others."""
        lines = [f"  {each.at}: {each.metric} {each.now!r}, recorded {each.recorded!r}" for each in self.differences]
        more = len(lines) - SHOWN
        rest = [f"  and {counted(more, 'other')}"] if more > 0 else []
        return "\n".join([self.sentence, *lines[:SHOWN], *rest, *([WHY] if lines else [])])

    def as_json(self) -> dict[str, Any]:
        """The fields as plain numbers and texts."""
        found = [each._asdict() for each in self.differences]
        same = not found
        return {
            "trial": self.trial.number,
            "name": self.trial.name,
            "epochs": self.epochs,
            "same": same,
            "others": found,
        }


def reproduce(path: str, overrides: Sequence[str], number: int, *, compared: bool) -> Reproduced:
    """Train a trial again; compared: a run of the comparison, and not a trial of the search. Raises SweepError."""
    file, dataset = load_study(path, overrides, "text")
    run, reports, began = _recorded(file, dataset, number, compared=compared)
    config = file.config
    one = config.workers.model_copy(update={"count": 1})
    with begun(one) as cluster:
        warmed = cluster()
        from sweep.execution.cluster import RayPool  # noqa: PLC0415  (Ray, which a thread has imported meanwhile)

        pool = RayPool(dataset, config.objective, one, warmed=warmed)
        logger.info("training %s again", run.trial.name)
        given_up = len(reports) if run.outcome.state != "complete" else None
        try:
            again = one_trial.train_again(
                run.trial, pool, config.objective, lambda: False, one.timeout, epochs=given_up
            )
        finally:
            pool.close()
    found = differences(reports, run.outcome, again.reports, again.outcome)
    return Reproduced(run.trial, len(reports), began, found)


def _recorded(
    file: StudyFile, dataset: Dataset, number: int, *, compared: bool
) -> tuple[Run, list[EpochReport], float]:
    """A run, its epochs, and when it began. Raises SweepError where there is none, or nothing to compare with."""
    with StudyReader.read(file.config, dataset) as study:
        if study.notes:
            raise SweepError(f"{study.config.name}: {study.notes[0]}; it cannot be trained again by this version")
        runs = study.comparison_runs(file.config.compare.seeds) if compared and file.config.compare else None
        known = {run.trial.number: run for run in (runs.every() if runs else () if compared else study)}
        what = "run of the comparison" if compared else "trial"
        if number not in known:
            there = f"these are 0 to {max(known)}" if known else "there is none"
            raise SweepError(f"{file.config.name} has no {what} {number}: {there}")
        run, table = known[number], runs or study
        if run.outcome.reused_from is not None:
            raise SweepError(
                f"{what} {number} has taken over the result of {run.outcome.reused_from}, which computes the same:"
                f" reproduce that one"
            )
        reports = table.recorded(run.trial)
        if run.outcome.state == "running" or not reports:
            raise SweepError(f"{what} {number} has no recorded end to compare with: it {_stands(run)}")
        return run, reports, table.times(run.trial)[0]


def _stands(run: Run) -> str:
    return "is still running" if run.outcome.state == "running" else f"{run.outcome.state} before its first epoch ended"
