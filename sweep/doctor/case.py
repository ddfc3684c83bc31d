"""A study as the doctor meets it, and what is found of it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa

from sweep.config.sections import StudyConfig
from sweep.config.study_file import StudyFile
from sweep.core import redact
from sweep.core.errors import ServiceUnavailable, StudyUnknown
from sweep.core.trials import Outcome, Trial
from sweep.study import Study, StudyReader
from sweep.study.comparison_runs import ComparisonReader, ComparisonRuns
from sweep.study.storage import database
from sweep.study.storage.attempts import AttemptReader
from sweep.study.storage.epochs import EpochReader
from sweep.study.storage.leader_table import Leader, leader
from sweep.study.storage.rows import Row, rows
from sweep.tracking.inspection import View
from workers.data.dataset import Dataset

Run = tuple[Trial, Outcome]


@dataclass(frozen=True)
class Hands:
    """What a repair works with: the study and its comparison, with write access under the study's lease."""

    study: Study
    runs: ComparisonRuns


Mend = Callable[[Hands], None]


@dataclass(frozen=True)
class Finding:
    """Something that was found.

    why     what it costs, or what comes of it by itself
    remedy  what repairing does; of what cannot be repaired, what the user can do
    mend    repairs it
    resend  `sweep sync` repairs it
    wrong   it is no mere news
    """

    what: str
    why: str
    remedy: str = ""
    mend: Mend | None = None
    resend: bool = False
    wrong: bool = True

    @property
    def can_be_mended(self) -> bool:
        """Whether repairing does anything about it."""
        return self.resend or self.mend is not None


def news(what: str, why: str = "") -> Finding:
    """A finding that nobody needs to do anything about."""
    return Finding(what, why, wrong=False)


@dataclass(frozen=True)
class Case:
    """A study and all that was looked up of it, without a word written anywhere.

    led      somebody leads it, so that it changes while it is looked at
    leader   whoever leads it, or did last
    mirror   what MLflow has of it, or why that cannot be seen
    """

    file: StudyFile
    study: StudyReader
    runs: ComparisonReader
    rows: Sequence[Row]
    leader: Leader | None
    mirror: View | str

    @property
    def led(self) -> bool:
        """Whether it changes while it is looked at."""
        return self.leader is not None and self.leader.leads

    @property
    def config(self) -> StudyConfig:
        """What the study file says."""
        return self.file.config

    @property
    def parts(self) -> Iterator[tuple[EpochReader, AttemptReader, list[Run]]]:
        """The search and the comparison: their ledgers, and all their trials."""
        yield self.study.epochs, self.study.attempts, list(self.study)
        yield self.runs.epochs, self.runs.attempts, list(self.runs.every())


@dataclass(frozen=True)
class Check:
    """One row of the table of what is looked at.

    promise  what is said when nothing was found; a check that has none says nothing then
    when     "idle": only while nobody leads, since a study that runs is always between two steps; "led": the reverse
    """

    place: Literal["ledger", "files", "Ray", "MLflow"]
    promise: str
    find: Callable[[Case], Iterable[Finding]]
    when: Literal["always", "idle", "led"] = "always"

    def applies(self, case: Case) -> bool:
        """Whether it can be told from this case."""
        return self.when == "always" or case.led == (self.when == "led")


@contextmanager
def look_up(file: StudyFile, dataset: Dataset, last: Leader | None) -> Iterator[Case]:
    """Everything that checks look at. `last`: the last_leader, before this doctor if that leads itself.

    Raises ServiceUnavailable when the ledger cannot be opened, StudyUnknown when the study is not in it, StudyChanged.
    """
    with Study.read(file.config, dataset) as study:
        table = rows(file.config.storage, file.config.name)
        yield Case(file, study, study.comparison_runs(seeds(study)), table, last, _mirror(file.config))


def last_leader(config: StudyConfig) -> Leader | None:
    """Who leads the study or did last, from a ledger that is there. Raises as look_up."""
    engine = sa.create_engine(config.storage) if database.exists(config.storage) else None
    if engine is None:
        raise _unknown(config)
    try:
        if not sa.inspect(engine).has_table("sweep_epochs"):  # opening it as a ledger would make its tables
            raise _unknown(config)
        return leader(engine, config.name)
    except sa.exc.SQLAlchemyError as error:
        raise database.unavailable(config.storage, error) from None
    finally:
        engine.dispose()


def lacking(ledger: EpochReader, run: Run) -> list[int]:
    """The epochs that a trial must have had, and that its ledger does not have."""
    trial, outcome = run
    there = {report.epoch for report in ledger.of(trial.number)}
    trained_to_its_end = outcome.state == "complete" and outcome.reused_from is None
    count = trial.spec.epochs if trained_to_its_end else max(there, default=-1) + 1
    return [epoch for epoch in range(count) if epoch not in there]


def seeds(study: StudyReader) -> int:
    """How many seeds the study file compares with; 0 where it compares nothing."""
    settings = study.config.compare
    return settings.seeds if settings else 0


def _unknown(config: StudyConfig) -> StudyUnknown:
    where = redact.address(config.storage)
    return StudyUnknown(f"{config.name!r} is not in the ledger {where}: it has not been launched")


def _mirror(config: StudyConfig) -> View | str:
    try:
        return View(config.tracking, config.name)
    except ServiceUnavailable as error:
        return str(error)
