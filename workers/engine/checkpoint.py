"""All that is needed to resume a trial on any worker, as bytes."""

import io
import json
import zipfile
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

Arrays = tuple[NDArray[Any], ...]


class TornCheckpoint(ValueError):
    """The bytes are not a whole checkpoint."""


@dataclass(frozen=True)
class Checkpoint:
    """The state of a trial's training: its next step, and every number that training has changed.

    improved   the last epoch that counted as an improvement for the trial's patience, and its value
    variables  weights, optimizer slots and random states, in the program's order
    states     the lanes' recurrent states, each (lanes, units)
    sums       (n_statistics + 2,) the sums of the unfinished epoch so far; see Program.train
    best       the weights of the best epoch so far; the trial's model in the end
    """

    epoch: int = 0
    step: int = 0
    seconds: float = 0.0  # spent on the unfinished epoch
    best_epoch: int = -1
    best_value: float = float("nan")
    improved_epoch: int = -1
    improved_value: float = float("nan")
    variables: Arrays = ()
    states: Arrays = ()
    best: Arrays = ()
    sums: NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, np.float32))

    def to_bytes(self) -> bytes:
        """The bytes of an .npz archive, whose members carry checksums."""
        header = {f.name: getattr(self, f.name) for f in fields(self) if f.type in (int, float)}
        members = {f"{name}_{i}": v for name in _GROUPS for i, v in enumerate(getattr(self, name))}
        buffer = io.BytesIO()
        np.savez(buffer, header=np.array(json.dumps(header)), sums=self.sums, **members)
        return buffer.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> "Checkpoint":
        """The checkpoint of these bytes. Raises TornCheckpoint when a byte is missing or changed."""
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as archive:
                header = json.loads(str(archive["header"]))
                variables, states, best = (_group(archive, name) for name in _GROUPS)
                return cls(**header, variables=variables, states=states, best=best, sums=archive["sums"])
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise TornCheckpoint(f"not a whole checkpoint: {error}") from error


_GROUPS = ("variables", "states", "best")


def _group(archive: Any, name: str) -> Arrays:
    count = sum(key.startswith(f"{name}_") for key in archive.files)
    return tuple(archive[f"{name}_{i}"] for i in range(count))
