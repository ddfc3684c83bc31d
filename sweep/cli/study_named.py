"""The argument STUDY of commands about a study's model: a study file, or a study's name."""

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from sweep.core.errors import SweepError

if TYPE_CHECKING:
    from sweep.config.study_file import StudyFile


class NamedStudy(NamedTuple):
    """A study by its name; of one that is given as a file also the file, and the MLflow that it names."""

    name: str
    tracking: str | None = None
    file: "StudyFile | None" = None


def named(study: str) -> NamedStudy:
    """The study that is meant. Raises SweepError for a study file that is not there or wrong."""
    if not Path(study).is_file():
        if Path(study).suffix in (".yaml", ".yml"):
            raise SweepError(f"{study}: no such file; give a study file, or a study's name")
        return NamedStudy(study)
    from sweep.config import study_file  # noqa: PLC0415  (takes seconds to import)

    file = study_file.load(study)
    return NamedStudy(file.config.name, file.config.tracking, file)
