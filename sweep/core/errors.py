"""What can go wrong for a user, and the exit code it ends in.

SweepError                   1   the message says what went wrong, where, and what to do
├── ConfigError             65   the study file or an override is wrong; the message has every problem that was found
├── StudyChanged            65   the study file no longer fits the study that it would continue
├── StudyUnknown            65   the study is not in the ledger
├── StudyFailed              1   too many trials failed
├── ServiceUnavailable      69   a database, the tracking server or the cluster cannot be reached
├── CannotWrite             74   nothing more can be recorded: the disk is full, or a file may not be written to
│   └── LedgerLost          74   the ledger was deleted, or replaced by another one, while a study ran
├── LedBySomeoneElse        75   another launcher leads this study
├── ReaderGone             141   nobody reads on what is printed, as with `| head`; nothing is said
├── Unforeseen              70   what nobody has thought of; a file has the traceback
└── Interrupted            130   the user stopped the command (Ctrl-C or SIGTERM) before there was anything to finish

Each exit code stands here alone. Workers raise workers.errors.InvalidInput, of which StudyFile.problem makes a
ConfigError.
"""

from dataclasses import dataclass
from typing import ClassVar

FieldPath = tuple[str | int, ...]  # ("enqueue", 0, "units")


def dotted(field: FieldPath) -> str:
    """The field as text, such as enqueue[0].units."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in field).removeprefix(".")


@dataclass(frozen=True)
class Problem:
    """What is wrong with a field of the study file; `line` only where it is not the line that names the field."""

    field: FieldPath
    message: str
    line: int | None = None


class SweepError(Exception):
    """The command failed, for a reason that the message explains."""

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
    """A service that the study needs cannot be reached."""

    exit_code = 69


class Unforeseen(SweepError):
    """An error that no other class here stands for."""

    exit_code = 70


class LedBySomeoneElse(SweepError):
    """Another launcher leads this study; two launchers would train each trial twice."""

    exit_code = 75


class ReaderGone(SweepError):
    """What read stdout has ended, as `head` does when it has enough. The code is that of a SIGPIPE."""

    exit_code = 141


class CannotWrite(SweepError):
    """Results can no longer be recorded, so no more trials are trained."""

    exit_code = 74


class LedgerLost(CannotWrite):
    """The ledger is gone, and what was recorded in it."""


class Interrupted(SweepError):
    """Stopped by Ctrl-C or SIGTERM; the same command continues the study."""

    exit_code = 130
