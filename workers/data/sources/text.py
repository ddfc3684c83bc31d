"""Text, character by character: the next one is to be predicted from those before it."""

from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from workers.data.sources.fields import Kind, Name, last_steps
from workers.data.sources.files import opened
from workers.data.splits import Split
from workers.data.timeline import Timeline
from workers.errors import DataError
from workers.wording import counted, instead

MOST_CHARACTERS = 1000  # different ones: each is an input and an output of the model
NAMES = ("*.txt", "*.txt.gz", "*.txt.xz")


class Text(Kind):
    """The fields of `kind: text`.

    `path` is a UTF-8 file, perhaps packed as .gz or .xz, or a folder of .txt files. Documents are parted by file, and
    within a file by form feeds.
    """

    kind: Literal["text"] = "text"
    path: Name
    split: Split = Split()

    def load(self, folder: Path) -> Timeline:
        """A sequence a document, whose last character has no target.

        The alphabet is that of the whole text, held-back parts too: what occurs only there has an output that is never
        trained. Raises DataError.
        """
        path = folder / self.path
        documents = [document for file in _files(path) for document in _read(file).split("\f")]
        kept = [document for document in documents if len(document) > 1]
        if not kept:
            raise DataError(f"{path}: there is no document of 2 characters or more", "data.path")
        points, numbers = np.unique(_unicode("".join(kept)), return_inverse=True)
        _check_alphabet(points, path)
        lengths = np.array([len(document) for document in kept])
        left_out = len(documents) - len(kept)
        return Timeline(
            features=numbers[:, None].astype(np.float32),
            targets=np.append(numbers[1:], 0).astype(np.int32),
            starts=(starts := np.cumsum(lengths) - lengths),
            scored=~last_steps(starts, len(numbers)),
            horizon=1,
            n_classes=len(points),
            alphabet="".join(map(chr, points)),
            feature_names=("character",),
            target_names=("next character",),
            notes=(f"{counted(left_out, 'document')} of fewer than 2 characters left out",) if left_out else (),
        )


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    files = sorted(file for name in NAMES for file in path.glob(name))
    if not files:
        found = instead(".txt", sorted(entry.name for entry in path.iterdir()))
        raise DataError(f"{path}: no file in this folder ends in .txt, .txt.gz or .txt.xz; {found}", "data.path")
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
    """(characters,) the number of each in Unicode."""
    return np.frombuffer(text.encode("utf-32-le"), np.uint32)


def _check_alphabet(points: NDArray[np.uint32], path: Path) -> None:
    if len(points) < 2:
        raise DataError(f"{path}: is {chr(points[0])!r} throughout, so there is nothing to predict", "data.path")
    if len(points) > MOST_CHARACTERS:
        why = f"each is an input and an output of the model, and {MOST_CHARACTERS:,} is the limit"
        what = f"has {len(points):,} different characters; {why}: write all rare ones as the same one"
        raise DataError(f"{path}: {what}", "data.path")
