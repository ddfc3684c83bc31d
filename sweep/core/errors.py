"""What can go wrong for a user, and the exit code it ends in.

SweepError                   1   the message says what went wrong, where, and what to do
├── WrongUsage               2   the command line is wrong
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

from dataclasses import dataclass, field
from typing import ClassVar, NamedTuple

FieldPath = tuple[str | int, ...]  # ("enqueue", 0, "units")


def dotted(field: FieldPath) -> str:
    """The field as text, such as enqueue[0].units."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in field).removeprefix(".")


class Span(NamedTuple):
    """A place in a text.

    line    from 1
    column  from 1, in characters, of which a tab is one; 0: the line as a whole
    length  in characters; 0: up to the line's end
    """

    line: int
    column: int = 0
    length: int = 0


@dataclass(frozen=True)
class Problem:
    """What is wrong with a field of the study file.

    span     only where it is not that of the field
    of_name  whether it is the field's name that is wrong, and not its value
    """

    field: FieldPath
    message: str
    span: Span | None = None
    of_name: bool = False


@dataclass(frozen=True)
class Mistake:
    """What is wrong at one place, for people as a text, for programs as fields.

    message  what is wrong with which field, and what to write instead
    file     where it is; empty where that is no file
    span     the place in the file, where it is known
    source   that line of the file, which may hold a password
    """

    message: str
    file: str = ""
    span: Span | None = None
    source: str = field(default="", repr=False)

    def __str__(self) -> str:
        """In a line: `configs/study.yaml:31: trial.unist: no such field; did you mean units?`."""
        return self._after(f"{self.file}:{self.span.line}" if self.span else self.file)

    @property
    def exactly(self) -> str:
        """The same with the column, as editors and terminals find a place: `configs/study.yaml:31:3: ...`."""
        if self.span is None or not self.span.column:
            return str(self)
        return self._after(f"{self.file}:{self.span.line}:{self.span.column}")

    def _after(self, place: str) -> str:
        return f"{place}: {self.message}" if self.file else self.message


class SweepError(Exception):
    """The command failed, for a reason that the message explains."""

    exit_code: ClassVar[int] = 1


class WrongUsage(SweepError):
    """The command line is wrong."""

    exit_code = 2


class ConfigError(SweepError):
    """The study file is wrong. Each problem is one line: `configs/study.yaml:31: trial.unist: no such field`.

    problems  the lines
    mistakes  the same with their places
    """

    exit_code = 65

    def __init__(self, *problems: str | Mistake) -> None:
        super().__init__(*problems)
        self.mistakes = tuple(Mistake(each) if isinstance(each, str) else each for each in problems)
        self.problems = tuple(map(str, self.mistakes))

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
