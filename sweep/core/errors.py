"""What can go wrong for a user, and the exit code it ends in.

SweepError                   1   the message says what, where and what to do, in one screen
├── ConfigError             65   the study file, or an override of it, is wrong; holds every problem that was found
├── StudyChanged            65   the study file no longer fits the study that it would continue
├── StudyUnknown            65   the study is not in the ledger
├── StudyFailed              1   too many trials failed
├── ServiceUnavailable      69   a database, the tracking server or the cluster cannot be reached
├── CannotWrite             74   the disk is full: what happens could no longer be written down
├── LedBySomeoneElse        75   another launcher leads this study
└── Interrupted            130   somebody asked to stop while there was nothing to do but wait

The workers' side is workers.errors.InvalidInput; config.StudyFile.problem makes a ConfigError of one.
"""

from dataclasses import dataclass
from typing import ClassVar

FieldPath = tuple[str | int, ...]  # ("enqueue", 0, "units")


def dotted(field: FieldPath) -> str:
    """As a user reads it: enqueue[0].units."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in field).removeprefix(".")


@dataclass(frozen=True)
class Problem:
    """What is wrong with a field of the study file; the line only where it is not the field's own."""

    field: FieldPath
    message: str
    line: int | None = None


class SweepError(Exception):
    """The command cannot do what it was asked for."""

    exit_code: ClassVar[int] = 1


class ConfigError(SweepError):
    """The study file is wrong. Each problem is one line: `configs/study.yaml:31: trial.unist: no such field`."""

    exit_code = 65

    def __init__(self, *problems: str) -> None:
        super().__init__(*problems)
        self.problems = problems

    def __str__(self) -> str:
        return "\n".join(self.problems)


class StudyChanged(SweepError):
    """The study file no longer fits the study that it would continue."""

    exit_code = 65


class StudyUnknown(SweepError):
    """The study is not in the ledger that its file names."""

    exit_code = 65


class StudyFailed(SweepError):
    """Too many trials failed for the study to mean anything."""


class ServiceUnavailable(SweepError):
    """Something the study needs at its start cannot be reached."""

    exit_code = 69


class LedBySomeoneElse(SweepError):
    """Another launcher leads this study; two would give each trial twice."""

    exit_code = 75


class CannotWrite(SweepError):
    """Results can no longer be written down, so none are made."""

    exit_code = 74


class Interrupted(SweepError):
    """Stopped by Ctrl-C or SIGTERM; the same command continues."""

    exit_code = 130
