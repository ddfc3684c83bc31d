"""What there is of a study that is to be deleted, in words and as an object; and how it is deleted.

Files go first and the ledger last: whatever interrupts it, the study is in the ledger as it was, where the same command
finds it again, or everything is gone.
"""

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sweep.core import redact
from sweep.core.disk import Folder, OnDisk, in_words, on_disk
from sweep.core.errors import CannotWrite, LedBySomeoneElse, StudyUnknown
from sweep.core.patience import said_if_slow
from sweep.core.remedies import remedy
from sweep.core.wording import counted
from sweep.core.wrapped import wrapped
from sweep.study import deletion
from sweep.study.deletion import Rows
from sweep.study.storage import ledger_file
from sweep.study.storage.lease import Lease

if TYPE_CHECKING:  # MLflow takes seconds to import
    from sweep.tracking.deletion import Part, StudyInMlflow

EPOCHS = "sweep_epochs"
BESIDE = 15  # characters, at which what is said of a place begins
NOT_MLFLOW = (
    "stays as it is: --mlflow would delete the study's part, without which no new study can have its name there"
)


@dataclass(frozen=True)
class ToDelete:
    """A study that is to be deleted.

    url     of its ledger
    size    of the ledger's file, in bytes; None where a server has it
    mlflow  the study in MLflow, and its part there; None where MLflow is left alone
    """

    study: str
    url: str
    rows: Rows
    size: int | None
    disk: OnDisk
    mlflow: "tuple[StudyInMlflow, Part] | None" = None

    @property
    def is_in_ledger(self) -> bool:
        """Whether the ledger has anything of it."""
        return bool(self.rows.of_tables or self.rows.leader)

    @property
    def folders(self) -> list[Folder]:
        """Those that are there; of a study that another ledger may have, none is known to be this one's."""
        return [each for each in self.disk if each.is_there] if self.is_in_ledger else []


def found(study: str, url: str, mlflow: "StudyInMlflow | None") -> ToDelete:
    """What there is of a study. Raises StudyUnknown where there is nothing, LedBySomeoneElse while a launcher leads it.

    Raises ServiceUnavailable where the ledger, or MLflow if it is asked, cannot be read.
    """
    disk, rows = _disk(study), deletion.rows(url, study)
    if rows.is_led:
        raise LedBySomeoneElse(
            f"{study}: a launcher leads this study: {rows.leader}. Stop it first, by Ctrl-C or `sweep stop`;"
            " nothing was deleted"
        )
    part = (mlflow, mlflow.look()) if mlflow else None
    there = ToDelete(study, url, rows, ledger_file.size(url), disk, part)
    if not there.is_in_ledger and not (part and part[1].is_there):
        where = redact.address(url)
        raise StudyUnknown(f"{study!r} is not in the ledger {where}: there is nothing to delete{_left(there)}")
    return there


def _disk(study: str) -> OnDisk:
    try:
        return on_disk(study)
    except ValueError as error:
        raise StudyUnknown(f"{error}; `sweep list` shows them") from None


def as_text(there: ToDelete) -> str:
    """A line for each place, with what is there and how large it is; and what stays."""
    lines = [f"{there.study}, in the ledger {redact.address(there.url)}", f"  ledger       {_of_ledger(there)}"]
    for name, folder in zip(("checkpoints", "report"), there.disk, strict=True):
        lines.append(f"  {name:<11}  {_of_folder(folder) if folder in there.folders else 'none'}")
    lines.append(f"  MLflow       {_of_mlflow(there)}")
    if there.rows.looks:
        looks = counted(there.rows.looks, "look")
        lines.append(f"  stays        {looks} at test data, which count for whatever is compared on them")
    return "\n".join(wrapped(line, " " * BESIDE) for line in lines)


def as_json(there: ToDelete, *, deleted: bool) -> dict[str, Any]:
    """What there was, or is."""
    checkpoints, report = (
        {"path": str(each.path), "files": each.files, "bytes": each.bytes} if each in there.folders else None
        for each in there.disk
    )
    ledger = {"address": redact.address(there.url), "rows": there.rows.of_tables, "file_bytes": there.size}
    part = there.mlflow and {
        "address": there.mlflow[0].address,
        "runs": len(there.mlflow[1].runs),
        "models": len(there.mlflow[1].models),
        "versions": len(there.mlflow[1].versions),
    }
    places = {"ledger": ledger, "checkpoints": checkpoints, "report": report, "mlflow": part}
    return {"study": there.study, "deleted": deleted, **places, "looks_kept": there.rows.looks}


def delete(there: ToDelete) -> None:
    """Delete it all. Raises LedBySomeoneElse where a launcher leads the study, or has taken it over meanwhile.

    Raises CannotWrite, LedgerLost and ServiceUnavailable; to delete it again then goes on.
    """
    lease = Lease(there.url, there.study)
    lease.acquire()
    try:
        for folder in on_disk(there.study) if there.is_in_ledger else ():  # as they are now, which nobody changes
            lease.check()
            _remove(folder)
        if there.mlflow:
            with said_if_slow("deleting the study's part in MLflow"):
                mlflow = there.mlflow[0]
                mlflow.delete(mlflow.look(), lambda: lease.holds)
        if there.is_in_ledger:
            with said_if_slow("deleting the study's rows in the ledger"):
                deletion.delete(there.url, there.study, lease)
    finally:
        lease.release()


def _remove(folder: Folder) -> None:
    """Remove a folder with all that is in it; of a link the link alone."""
    try:
        if folder.path.is_symlink() or not folder.path.is_dir():
            folder.path.unlink(missing_ok=True)
        else:
            shutil.rmtree(folder.path)
    except OSError as error:
        why = f"{folder.path.absolute()}: cannot be removed: {error.strerror or error}"
        raise CannotWrite(f"{why}\nThe study is still in the ledger. {remedy(error)}") from error


def _of_ledger(there: ToDelete) -> str:
    if not there.is_in_ledger:
        return "none"
    rows, epochs = there.rows, there.rows.of_tables.get(EPOCHS, 0)
    held = f"{counted(rows.trials, 'trial')}, {counted(rows.runs, 'run')} of the comparison, {counted(epochs, 'epoch')}"
    file = f"; its file, {in_words(there.size)}, does not shrink: the room is used again" if there.size else ""
    return f"{held}{file}"


def _of_folder(folder: Folder) -> str:
    return f"{folder.path}, {counted(folder.files, 'file')}{f', {size}' if (size := in_words(folder.bytes)) else ''}"


def _of_mlflow(there: ToDelete) -> str:
    if there.mlflow is None:
        return NOT_MLFLOW
    mlflow, part = there.mlflow
    if not part.is_there:
        return f"none at {mlflow.address}"
    held = (
        (part.runs, "run"),
        (part.models, "logged model"),
        (part.versions, "registered version"),
    )
    return f"{', '.join(counted(len(each), noun) for each, noun in held)} at {mlflow.address}"


def _left(there: ToDelete) -> str:
    """Of a study that the ledger does not know: what this machine has by its name, and who may remove that."""
    paths = [str(each.path) for each in there.disk if each.is_there]
    return f"; {' and '.join(paths)} may be of another ledger's: remove by hand what is not" if paths else ""
