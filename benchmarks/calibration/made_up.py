"""A trainer that makes errors up, with the structure that real ones have: of arm, setting, seed and time."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workers.plans.crossing import setting
from workers.spec import EpochReport, Segment, TestScores, TrialSpec

Floats = NDArray[np.floating]
Effect = Callable[[str, Mapping[str, Any]], float]  # of an arm at a setting, on its error: -0.05 is 5 % lower


def no_effect(_arm: str, _fields: Mapping[str, Any]) -> float:
    """All arms are equal at every setting."""
    return 0.0


@dataclass(frozen=True)
class Luck:
    """The standard deviations of what makes errors differ, as parts of the best setting's error.

    settings        of how much worse one setting is than another, the same for every arm
    seeds           of the run of one seed
    test_data       of an arm's error on one test split, from its mean over many
    arm_by_setting  of how much better or worse an arm is at one setting than at another
    """

    settings: float = 0.15
    seeds: float = 0.01
    test_data: float = 0.01
    arm_by_setting: float = 0.0


class MadeUpTrainer:
    """Trains nothing: every error is drawn, the same for the same trial and seed. One epoch a trial.

    timesteps  scored on the test split
    world      another number, other data: settings and patterns are drawn anew
    """

    def __init__(self, timesteps: int, world: int, luck: Luck, effect: Effect = no_effect) -> None:
        self._timesteps, self._world, self._luck, self._effect = timesteps, world, luck, effect

    def train(
        self,
        spec: TrialSpec,
        seed: int,
        checkpoint: bytes | None = None,
        seconds: float = 1.0,
        *,
        test: bool = False,
        origin: int = 1,
    ) -> Segment:
        """See workers.engine.training.Trainer."""
        del checkpoint, seconds, origin
        expected = self._expected(spec)
        run = self._draws("run", spec.parameters, seed)
        validation = expected + self._pattern(spec, "validation", 1)[0] * self._luck.test_data
        error = max(validation + self._luck.seeds * run.normal(), 1e-3)
        metrics = _metrics("validation", error)
        report = EpochReport(0, {"train/loss": error**2, **metrics}, timestamp=1e9)
        deployed = {f"{name}_deployed": value for name, value in metrics.items()}
        deployed["validation/error_deployed"] = error
        scores = self._test_scores(spec, expected + self._luck.seeds * run.normal(), run) if test else None
        return Segment((report,), b"", True, 0.0, 0.0, scores, final=deployed)

    def _expected(self, spec: TrialSpec) -> float:
        said = spec.parameters  # without fields that were added later and ask for nothing, so that draws stay
        fields = {name: value for name, value in setting(spec).items() if name in said}
        worse = abs(float(self._draws("setting", fields).normal()))
        own = float(self._draws("arm by setting", fields, spec.arm).normal())
        luck = self._luck
        return (1 + luck.settings * worse) * (1 + self._effect(spec.arm, fields) + luck.arm_by_setting * own)

    def _pattern(self, spec: TrialSpec, split: str, count: int) -> Floats:
        """(count,) how the arm does at each timestep: equal arms differ there, and not on average over many splits."""
        return np.asarray(self._draws("pattern", split, spec.arm).normal(size=count))

    def _test_scores(self, spec: TrialSpec, error: float, run: np.random.Generator) -> TestScores:
        spread = np.sqrt(self._timesteps)
        pattern = self._luck.test_data * self._pattern(spec, "test", self._timesteps)
        noise = self._luck.seeds / 2 * run.normal(size=self._timesteps)
        errors = np.maximum(error + spread * (pattern + noise), 0)
        losses = np.square(errors).astype(np.float32)
        metrics = {f"{name}_deployed": value for name, value in _metrics("test", float(losses.mean()) ** 0.5).items()}
        metrics["test/error_deployed"] = float(losses.mean()) ** 0.5
        return TestScores(metrics, losses, {})

    def _draws(self, *what: Any) -> np.random.Generator:
        """Random numbers that only this has."""
        digest = hashlib.sha256(json.dumps([self._world, *what], sort_keys=True).encode()).digest()
        return np.random.default_rng(int.from_bytes(digest[:8], "big"))


def _metrics(split: str, error: float) -> dict[str, float]:
    return {f"{split}/loss": error**2, f"{split}/rmse": error}
