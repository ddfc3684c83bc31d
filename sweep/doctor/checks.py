"""What a check is, and what it finds."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from sweep.core.errors import ServiceUnavailable
from sweep.doctor.study_state import StudyState, WritableStudy

Repair = Callable[[WritableStudy], None]


@dataclass(frozen=True)
class Finding:
    """One result of a check.

    why         the consequence, or what will happen without the user
    remedy      what `repair` or `sweep sync` will do; without these, what the user can do
    repair      repairs it
    needs_sync  `sweep sync` repairs it
    wrong       it needs a repair; a note needs none
    """

    what: str
    why: str
    remedy: str = ""
    repair: Repair | None = None
    needs_sync: bool = False
    wrong: bool = True

    @property
    def repairable(self) -> bool:
        """Whether `sweep doctor --repair` repairs it."""
        return self.needs_sync or self.repair is not None


def note(what: str, why: str = "") -> Finding:
    """A finding that needs no repair."""
    return Finding(what, why, wrong=False)


@dataclass(frozen=True)
class Check:
    """One row of a table of checks.

    promise  what is printed when nothing was found
    when     "idle": only while no launcher leads the study, since a running study is always between two writes;
             "led": only while one does
    """

    place: Literal["ledger", "files", "Ray", "MLflow"]
    promise: str
    find: Callable[[StudyState], Iterable[Finding]]
    when: Literal["always", "idle", "led"] = "always"

    def applies(self, state: StudyState) -> bool:
        """Whether the check is valid for a study in this state."""
        return self.when == "always" or state.is_led == (self.when == "led")


def findings(find: Callable[[], Iterable[Finding]]) -> tuple[Finding, ...]:
    """What a check finds; one finding in its place when the service stops answering during the check."""
    try:
        return tuple(find())
    except ServiceUnavailable as error:
        return (Finding(str(error), "it stopped answering during the check", "look again when it is back"),)
