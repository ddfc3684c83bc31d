"""Where a launch would take its services from, and what a check of them is made of."""

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from sweep.config.sections import StudyConfig
from sweep.config.study_file import ENVIRONMENT, StudyFile
from sweep.doctor.case import Finding

S = TypeVar("S")


class Unclear(Exception):
    """An answer that tells neither that something is right nor that it is wrong; says what was asked and answered."""


@dataclass(frozen=True)
class Surroundings:
    """The environment, and the study file if there is one."""

    file: StudyFile | None

    @property
    def storage(self) -> str:
        """The ledger's address."""
        return self._address("storage")

    @property
    def tracking(self) -> str:
        """MLflow's address."""
        return self._address("tracking")

    def _address(self, field: str) -> str:
        if self.file:  # in which the environment has won already
            return str(getattr(self.file.config, field))
        variable = next(name for name, known in ENVIRONMENT.items() if known == field)
        return os.environ.get(variable) or str(StudyConfig.model_fields[field].default)


@dataclass(frozen=True)
class Unseen:
    """What is said of something that cannot be looked at, or is not there, in place of all checks of it."""

    finding: Finding


@dataclass(frozen=True)
class Check(Generic[S]):
    """One row of the table of what is looked at.

    promise  what is said when nothing was found
    subject  looks up what it looks at; None where that is nothing of this deployment's
    find     raises Unclear or ServiceUnavailable
    """

    place: Literal["Ray", "MLflow", "ledger", "this machine", "study file"]
    promise: str
    subject: Callable[[Surroundings], S | Unseen | None]
    find: Callable[[S], Iterable[Finding]]
