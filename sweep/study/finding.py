"""What a study found, in a few plain values that are kept in its ledger: studies side by side are shown by them.

They are taken from the verdict, whose recommendation every surface shows, at the end of each launch that finishes.
Without the data, and without deciding anew, a later reader has what was said then.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import sqlalchemy as sa
from pydantic_core import to_jsonable_python

from sweep.comparison.measure import THE_LOSS, Measure
from sweep.comparison.verdict import Verdict
from sweep.config.sections import StudyConfig
from sweep.study.measured import measure
from sweep.study.optuna_private import models
from sweep.study.storage import database
from workers.data.dataset import Dataset

ATTRIBUTE = "finding"  # of a study in the ledger
SAME_SPREAD = 1e-4  # relative, of two standard deviations of the same numbers that were read in two ways
KEPT_OF_VERDICT = ("reference", "margin", "confidence", "level", "looks", "sentence", "recommendation")


@dataclass(frozen=True)
class JudgedRows:
    """The rows by which a study is judged, told apart from others.

    digest     of the targets, whatever their units, and of which timesteps are scored
    timesteps  how many are scored
    spread     (n_targets,) the standard deviation of each target there, in its own units
    """

    digest: str
    timesteps: int
    spread: tuple[float, ...] = ()

    def same_as(self, other: "JudgedRows") -> bool:
        """Whether these are the same rows with the same targets in the same units."""
        same = (self.digest, self.timesteps, len(self.spread)) == (other.digest, other.timesteps, len(other.spread))
        return same and all(map(_as_large, self.spread, other.spread))


@dataclass(frozen=True)
class Finding:
    """What a study found.

    data      the digest of all its data
    test      its test rows; None without a test split
    measure   what is shown of its errors
    targets   their names
    verdict   of the verdict KEPT_OF_VERDICT, and the `decision` on the arm that is recommended; None where nothing was
              compared
    """

    data: str
    test: JudgedRows | None
    measure: Measure = THE_LOSS
    targets: tuple[str, ...] = ()
    verdict: Mapping[str, Any] | None = None

    def as_json(self) -> dict[str, Any]:
        """The fields as plain lists, numbers and texts; null for what is infinite or unknown."""
        plain: dict[str, Any] = to_jsonable_python(self, inf_nan_mode="null")
        return plain

    @staticmethod
    def of_json(plain: Mapping[str, Any]) -> "Finding":
        """The finding that says so."""
        test = plain["test"] and JudgedRows(**{**plain["test"], "spread": tuple(plain["test"]["spread"])})
        return Finding(plain["data"], test, Measure(**plain["measure"]), tuple(plain["targets"]), plain["verdict"])


def finding(config: StudyConfig, dataset: Dataset, verdict: Verdict | None) -> Finding:
    """What a study of these data found; verdict: of its comparison, where there is one."""
    return Finding(
        data=dataset.digest,
        test=_judged_rows(dataset),
        measure=verdict.measure if verdict else measure(config, dataset),
        targets=dataset.target_names,
        verdict=_kept(verdict) if verdict else None,
    )


def kept(url: str, study: str) -> Finding | None:
    """What a study's ledger keeps of its finding; None where no launch of this version has finished.

    Raises ServiceUnavailable where the ledger cannot be read.
    """
    note, named = models.StudyUserAttributeModel, models.StudyModel
    of_study = (named.study_name == study) & (note.key == ATTRIBUTE)
    query = sa.select(note.value_json).join(named, named.study_id == note.study_id).where(of_study)
    with database.reading(url) as connection:
        text = connection.execute(query).scalar()
    return Finding.of_json(json.loads(text)) if text else None


def _kept(verdict: Verdict) -> dict[str, Any]:
    plain, named = verdict.as_json(), verdict.recommendation.arm
    decision = next(row.decision for row in verdict.arms if row.arm == named)
    return {**{name: plain[name] for name in KEPT_OF_VERDICT}, "decision": decision}


def _judged_rows(dataset: Dataset) -> JudgedRows | None:
    scored = dataset.scored_timesteps(dataset.test)
    if not len(scored):
        return None
    targets = dataset.given.targets[scored].reshape(len(scored), -1)
    return JudgedRows(dataset.test_digest, len(scored), tuple(targets.std(axis=0, dtype=np.float64).tolist()))


def _as_large(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=SAME_SPREAD)
