"""Text, character by character: the next character is to be predicted from those before it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from workers.data.sources.fields import DataKind, Name, last_steps
from workers.data.sources.files import opened
from workers.data.sources.packed import PACKED
from workers.data.splits import Split
from workers.data.timeline import Timeline
from workers.errors import DataError
from workers.wording import counted, instead

MAX_CHARACTERS = 1000  # different ones: each is an input and an output of the model
ENDINGS = (".txt", *(f".txt{packed}" for packed in PACKED))


class Text(DataKind):
    """The fields of `kind: text`.

    `path` is a UTF-8 file, perhaps packed, or a folder of .txt files. Each file is a document, or several
    with form feeds between them.
    """

    kind: Literal["text"] = "text"
    path: Name
    split: Split = Split()

    def load(self, folder: Path) -> Timeline:
        """A timeline with a sequence for each document; the last character of a document has no target.

        The alphabet is that of the whole text, held-back parts too: what occurs only there has an output that is never
        trained. Raises DataError.
        """
        path = folder / self.path
        documents = read_documents(path)
        kept = [document for document in documents if document]
        if not any(len(document) > 1 for document in kept):
            raise DataError(f"{path}: there is no document of 2 characters or more", "data.path")
        points = np.unique(_unicode("".join(kept)))
        _check_alphabet(points, path)
        left_out, short = len(documents) - len(kept), sum(len(document) == 1 for document in kept)
        empty = f"{counted(left_out, 'empty document')} left out"
        single = f"{counted(short, 'document')} of one character, which has no next one and is not scored"
        notes = [note for note, count in ((empty, left_out), (single, short)) if count]
        return timeline(kept, "".join(map(chr, points)), tuple(notes))


def read_documents(path: Path) -> list[str]:
    """The documents of a file or folder, the empty ones too. Raises DataError."""
    return [document for file in _files(path) for document in _read(file).split("\f")]


def timeline(documents: Sequence[str], alphabet: str, notes: tuple[str, ...] = ()) -> Timeline:
    """The timeline of documents, none of which is empty; alphabet: all their characters, in the order of Unicode."""
    numbers = np.searchsorted(_unicode(alphabet), _unicode("".join(documents)))
    lengths = np.array([len(document) for document in documents])
    starts = np.cumsum(lengths) - lengths
    return Timeline(
        features=numbers[:, None].astype(np.float32),
        targets=np.append(numbers[1:], 0).astype(np.int32),
        starts=starts,
        scored=~last_steps(starts, len(numbers)),
        horizon=1,
        n_classes=len(alphabet),
        alphabet=alphabet,
        feature_names=("character",),
        target_names=("next character",),
        notes=notes,
    )


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    files = sorted(file for ending in ENDINGS for file in path.glob(f"*{ending}"))
    if not files:
        hint = instead(".txt", sorted(entry.name for entry in path.iterdir()))
        raise DataError(f"{path}: no file in this folder ends in {', '.join(ENDINGS)}; {hint}", "data.path")
    return files


def _read(path: Path) -> str:
    with opened(path) as stream:
        content = stream.read()
    try:
        return str(content, "utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        what = f"is not UTF-8 text (byte {error.start:,} is 0x{content[error.start]:02x}: {error.reason})"
        raise DataError(f"{path}, line {line}: {what}; save it as UTF-8", "data.path") from None


def _unicode(text: str) -> NDArray[np.uint32]:
    """(characters,) the number of each character in Unicode."""
    return np.frombuffer(text.encode("utf-32-le"), np.uint32)


def _check_alphabet(points: NDArray[np.uint32], path: Path) -> None:
    if len(points) < 2:
        raise DataError(f"{path}: is {chr(points[0])!r} throughout, so there is nothing to predict", "data.path")
    if len(points) > MAX_CHARACTERS:
        why = f"each is an input and an output of the model, and {MAX_CHARACTERS:,} is the limit"
        what = f"has {len(points):,} different characters; {why}: write all rare ones as the same one"
        raise DataError(f"{path}: {what}", "data.path")
