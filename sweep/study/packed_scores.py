"""The scores of a comparison run on the test split, as the ledger holds them: a compressed archive of NumPy."""

import io
import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workers.spec import TestScores


def to_bytes(scores: TestScores) -> bytes:
    """The archive of the scores."""
    buffer = io.BytesIO()
    arrays: dict[str, NDArray[Any]] = {f"position_{name}": values for name, values in scores.positions.items()}
    arrays |= {"metrics": np.array(json.dumps(dict(scores.metrics))), "losses": scores.losses}
    np.savez_compressed(buffer, **arrays)  # type: ignore[arg-type]  # numpy takes a name for an option
    return buffer.getvalue()


def from_bytes(archive: bytes) -> TestScores:
    """The scores of an archive that `to_bytes` wrote."""
    with np.load(io.BytesIO(archive), allow_pickle=False) as arrays:
        names = [name for name in arrays.files if name.startswith("position_")]
        positions = {name.removeprefix("position_"): arrays[name] for name in names}
        return TestScores(json.loads(str(arrays["metrics"])), arrays["losses"], positions)
