"""Cells with made-up runs, for tests of the comparison."""

import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sweep.comparison.cell_runs import CellRuns
from sweep.comparison.compare import compare
from sweep.comparison.comparison import Comparison
from sweep.comparison.question import Question, Scores
from sweep.comparison.scored_timesteps import ScoredTimesteps
from sweep.comparison.selection import Cell, Selection
from sweep.comparison.verdict import ArmVerdict, Verdict

Floats = NDArray[np.floating]

TIMESTEPS = 400
RECORDED = {  # test errors of ten seeds, as they might be recorded
    "stateless": [19.52, 19.61, 19.40, 19.75, 19.33, 19.58, 19.49, 19.66, 19.44, 19.70],
    "stateless-shuffled": [19.80, 19.71, 19.92, 19.86, 19.69, 19.99, 19.75, 19.83, 19.90, 19.77],
    "every_sequence": [18.93, 18.87, 18.85, 19.12, 18.71, 19.04, 18.81, 19.05, 18.97, 19.01],
    "every_epoch": [19.31, 19.77, 19.12, 19.87, 19.35, 19.25, 19.41, 19.95, 19.02, 19.39],
    "never": [21.10, 20.45, 22.31, 20.98, 21.77, 20.60, 21.95, 21.02, 20.71, 22.08],
}


def scores(errors: Sequence[float] | Floats, *, uneven: float = 0.001, first: int = 4, **others: Any) -> Scores:
    """Runs with these errors, on validation as on test; NaN: the run diverged.

    uneven  how much losses vary along the test split, as a part of the error: the luck of the test data
    first   the number of the first seed
    """
    values = np.asarray(errors, float)
    rng = np.random.default_rng(zlib.crc32(values.tobytes()))
    wave = rng.normal(size=TIMESTEPS)
    shape = 1 + uneven * (wave - wave.mean())
    losses = [None if np.isnan(value) else value * shape for value in values]
    runs = CellRuns(list(range(first, first + len(values))), values, losses, root=False)
    return Scores(**{"runs": runs, "validation": values, "test": values, **others})


def verdict(
    deciding: Mapping[tuple[str, str], Scores],
    settings: Mapping[str, str],
    selecting: Mapping[tuple[str, str], Scores] | None = None,
    reference: str = "stateless",
    **question: Any,
) -> Verdict:
    """The verdict on cells by (arm, setting), each arm at this setting of its own."""
    decides, selects = (
        {Cell(*cell): found for cell, found in (table or {}).items()} for table in (deciding, selecting)
    )
    asked = {"metric": "validation/loss", "timesteps": ScoredTimesteps(TIMESTEPS, np.zeros(1, int)), **question}
    return compare(Comparison(decides, selects, Selection(reference, settings)), Question(**asked))


def at_one_setting(arms: Mapping[str, Scores], reference: str = "stateless", **question: Any) -> Verdict:
    """The verdict on arms whose best setting is the same."""
    return verdict(
        {(arm, "A"): found for arm, found in arms.items()}, dict.fromkeys(arms, "A"), None, reference, **question
    )


def recorded(*names: str, **question: Any) -> Verdict:
    """The verdict on some of the recorded arms, all of them if none is named."""
    return at_one_setting({name: scores(RECORDED[name]) for name in names or RECORDED}, **question)


def row(name: str, found: Verdict) -> ArmVerdict:
    return next(row for row in found.arms if row.arm == name)
