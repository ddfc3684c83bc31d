"""What a security check is: it looks up its target in a deployment, and returns findings about the target."""

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from sweep.config.sections import StudyConfig
from sweep.config.study_file import ENVIRONMENT, StudyFile
from sweep.doctor.checks import Finding

T = TypeVar("T")


class Inconclusive(Exception):
    """The answer to a check shows neither that something is right nor that it is wrong. The message is the reason."""


@dataclass(frozen=True)
class Deployment:
    """The services that a launch from here would use, by the environment and the study file, if there is one."""

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
        if self.file:  # the environment variables are already in its configuration
            return str(getattr(self.file.config, field))
        variable = next(name for name, known in ENVIRONMENT.items() if known == field)
        return os.environ.get(variable) or str(StudyConfig.model_fields[field].default)


@dataclass(frozen=True)
class NotChecked:
    """The finding that replaces all checks of a target that does not exist or cannot be examined."""

    finding: Finding


def unreachable(what: str, remedy: str) -> NotChecked:
    """A service that does not answer, or that cannot be asked."""
    return NotChecked(Finding(what, "whether it accepts unauthenticated callers is unknown", remedy))


@dataclass(frozen=True)
class Check(Generic[T]):
    """One row of a table of security checks.

    promise  what is printed when nothing was found
    target   looks up what is checked; returns None where this deployment does not have it
    find     returns what is wrong with the target. Raises Inconclusive or ServiceUnavailable.
    """

    place: Literal["Ray", "MLflow", "ledger", "this machine", "study file"]
    promise: str
    target: Callable[[Deployment], T | NotChecked | None]
    find: Callable[[T], Iterable[Finding]]
