"""The databases of a study, its ledger and MLflow's: what can be known of them before anything is written there."""

import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from sweep.comparison.known_luck import NOTHING, KnownLuck
from sweep.config.addresses import sqlite_file
from sweep.config.sections import Compare, StudyConfig
from sweep.config.study_file import StudyFile
from sweep.core.errors import ServiceUnavailable, StudyUnknown
from sweep.core.wording import counted
from workers.data.dataset import Dataset

OF_THE_LEDGER, OF_MLFLOW = "studies", "experiments"  # tables that one of the two has, and the other has not


def check_files(file: StudyFile) -> None:
    """Refuse a database that is a file in a folder that is not there, or that belongs to the other of the two.

    Raises ConfigError.
    """
    ledger, mlflow = sqlite_file(file.config.storage), sqlite_file(file.config.tracking)
    if ledger and not ledger.parent.is_dir():
        raise file.problem("storage", f"there is no folder {ledger.parent.absolute()}; make it, or name another file")
    if ledger and OF_MLFLOW in _tables(ledger):
        raise file.problem("storage", f"{ledger} is MLflow's database; name another file, such as sqlite:///sweep.db")
    if mlflow and OF_THE_LEDGER in _tables(mlflow):
        raise file.problem("tracking", f"{mlflow} is a ledger; name another file, such as sqlite:///mlflow.db")


def described_ledger(config: StudyConfig, dataset: Dataset) -> str:
    """What a launch would find in the ledger, in words; nothing is created.

    Raises what a launch would: ServiceUnavailable, StudyChanged.
    """
    path = sqlite_file(config.storage)
    if path and not path.exists():
        return "new"
    from sweep.study import StudyReader, versions  # noqa: PLC0415  (takes a second, which a new study is spared)

    try:
        with StudyReader.read(config, dataset) as study:
            versions.refuse(study.versions, config.name)
            ended = sum(outcome.state != "running" for _, outcome in study)
            return f"would be continued; it has {counted(ended, 'trial')} that ended"
    except StudyUnknown:
        return "new"


def known_luck(config: StudyConfig, settings: Compare, dataset: Dataset) -> KnownLuck:
    """What the ledger tells of the luck of a comparison; nothing is created. Raises as `described_ledger`."""
    path = sqlite_file(config.storage)
    if path and not path.exists():
        return NOTHING
    from sweep.study.luck_so_far import luck_so_far  # noqa: PLC0415  (as above)

    return luck_so_far(config, settings, dataset)


def described_mlflow(config: StudyConfig) -> str:
    """Whether MLflow answers, in words; nothing is created. Of a study that has begun it need not."""
    path = sqlite_file(config.tracking)
    if path and not path.exists():
        return "new"
    from sweep.tracking import settings  # noqa: PLC0415

    settings.configure()
    from sweep.tracking.inspection import View  # noqa: PLC0415

    try:
        return f"answers; its experiment is {View(config.tracking, config.name).experiment}"
    except ServiceUnavailable as error:
        return f"does not answer, without which a new study would not begin: {error}"


def _tables(path: Path) -> set[str]:
    """The names of a database's tables; none where it is not there, or is no database."""
    with suppress(sqlite3.Error), closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as database:
        return {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    return set()
