"""A study's file and its data, checked against each other."""

from collections.abc import Sequence
from dataclasses import replace

from sweep.config import preflight, study_file
from sweep.config.study_file import StudyFile
from sweep.core import log
from sweep.core.errors import ConfigError
from sweep.core.log import logger
from sweep.core.patience import said_if_slow
from sweep.launch import databases, own_code, this_machine
from workers.data import sources
from workers.data.dataset import Dataset, with_origins
from workers.errors import InvalidInput, SpecError


def load_study(path: str, overrides: Sequence[str], log_format: log.Format) -> tuple[StudyFile, Dataset]:
    """The study file with its overrides, and its data; says on stderr, in this format, what may surprise.

    Raises ConfigError.
    """
    file = load_file(path, overrides, log_format)
    return file, load_checked_data(file)


def load_file(path: str, overrides: Sequence[str], log_format: log.Format) -> StudyFile:
    """The study file with its overrides, as far as it can be checked without its data. Raises ConfigError."""
    file = study_file.load(path, overrides)
    log.configure(file.config.name, log_format)
    databases.check_files(file)
    try:
        this_machine.refuse(file.config.workers)
    except SpecError as error:
        raise file.problem(error.field or "workers", error.message) from None
    return file


def load_checked_data(file: StudyFile) -> Dataset:
    """The study's data; says on stderr what may surprise. Raises as `load_data`, and for what no trial could train."""
    dataset = load_data(file)
    own_code.check(file, dataset)
    for warning in preflight.warnings(file.config, dataset):
        logger.warning("note: %s", warning)
    return dataset


def load_data(file: StudyFile) -> Dataset:
    """The study's data. Raises ConfigError for what is wrong with them, or with the study because of them."""
    try:
        with said_if_slow("loading the data"):
            dataset = sources.load(file.config.data, file.origin.path.resolve().parent)
            dataset = replace(dataset, own_code=own_code.read(file))
    except InvalidInput as error:
        raise file.problem(error.field or "data", error.message) from error
    wrong = [file.problem(error.field, error.message) for error in preflight.problems(file.config, dataset)]
    if wrong:
        raise ConfigError(*(mistake for error in wrong for mistake in error.mistakes))
    return with_origins(dataset, file.config.data.split, file.config.origins)
