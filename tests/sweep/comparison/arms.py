"""Arms with made-up runs, for tests of the comparison."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from sweep.comparison.compare import compare
from sweep.comparison.question import ArmRuns, Question
from sweep.comparison.verdict import ArmVerdict, Verdict

RECORDED = {  # test errors of ten seeds, as they might be recorded
    "stateless": [19.52, 19.61, 19.40, 19.75, 19.33, 19.58, 19.49, 19.66, 19.44, 19.70],
    "stateless-shuffled": [19.80, 19.71, 19.92, 19.86, 19.69, 19.99, 19.75, 19.83, 19.90, 19.77],
    "every_sequence": [18.93, 18.87, 18.85, 19.12, 18.71, 19.04, 18.81, 19.05, 18.97, 19.01],
    "every_epoch": [19.31, 19.77, 19.12, 19.87, 19.35, 19.25, 19.41, 19.95, 19.02, 19.39],
    "never": [21.10, 20.45, 22.31, 20.98, 21.77, 20.60, 21.95, 21.02, 20.71, 22.08],
}


def arm(name: str, test: Sequence[float] | np.ndarray, **others: Any) -> ArmRuns:
    """Runs with seeds 0, 1, ... that do on validation as on test, and equally well all along the test split."""
    scores = np.asarray(test, float)
    finished = scores[np.isfinite(scores)]
    losses = np.full(60, finished.mean() if len(finished) else np.nan)
    usual = {"seeds": range(len(scores)), "validation": scores, "test": scores, "losses": losses}
    return ArmRuns(arm=name, **usual | others)


def recorded(*names: str) -> list[ArmRuns]:
    return [arm(name, RECORDED[name]) for name in names or RECORDED]


def verdict(arms: Sequence[ArmRuns], **question: Any) -> Verdict:
    return compare(arms, Question(**{"metric": "validation/rmse", **question}))


def row(name: str, found: Verdict) -> ArmVerdict:
    return next(row for row in found.arms if row.arm == name)
