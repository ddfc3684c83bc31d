"""A trainer that only pretends, for rehearsals: no TensorFlow, no time, and the same answers every time."""

import hashlib
import json
from collections.abc import Sequence

import numpy as np

from workers.objective import Objective
from workers.spec import EpochReport, Segment, TestScores, TrialSpec


class FakeTrainer:
    """Losses that fall from epoch to epoch towards a floor of the trial's own.

    epochs_a_segment  how many epochs end in one segment
    stretches         of each origin, how many timesteps of the test split are scored
    """

    def __init__(
        self, epochs_a_segment: int = 3, objective: Objective | None = None, stretches: Sequence[int] = (60,)
    ) -> None:
        self.trained: list[TrialSpec] = []  # one entry a segment
        self._epochs, self._stretches = epochs_a_segment, stretches
        self._objective = objective or Objective()

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
        """See workers.engine.training.Trainer; the checkpoint is the number of epochs behind it."""
        del seconds
        self.trained.append(spec)
        first = json.loads(checkpoint) if checkpoint else 0
        last = min(first + self._epochs, spec.epochs)
        reports = tuple(self._report(spec, seed, epoch) for epoch in range(first, last))
        finished = last == spec.epochs
        scores = _test_scores(spec, seed, self._stretches[origin - 1]) if test and finished else None
        final = _as_deployed("validation", spec, seed) if finished else None
        return Segment(reports, json.dumps(last).encode(), finished, 0.0, 0.0, scores, final=final)

    def _report(self, spec: TrialSpec, seed: int, epoch: int) -> EpochReport:
        loss = floor(spec, seed) + 1 / (1 + epoch)
        metrics = {"train/loss": loss, "validation/loss": loss, "validation/rmse": loss**0.5}
        return EpochReport(epoch, {self._objective.metric: loss, **metrics}, timestamp=1e9 + epoch)


def _test_scores(spec: TrialSpec, seed: int, timesteps: int) -> TestScores:
    loss = floor(spec, seed)
    losses = np.full(timesteps, loss, np.float32)
    state = {"state_norm": 1.0, "saturation": 0.0, "influence_horizon": spec.window, "influence_tried": spec.window}
    found = {"loss": loss, "rmse": loss**0.5, "loss_cold": loss, "loss_carried": loss, **state}
    metrics = {f"test/{name}": float(value) for name, value in found.items()} | _as_deployed("test", spec, seed)
    return TestScores(metrics, losses, {"matched": np.full(spec.window, loss)})


def _as_deployed(split: str, spec: TrialSpec, seed: int) -> dict[str, float]:
    loss = floor(spec, seed)
    found = {"loss_deployed": loss, "rmse_deployed": loss**0.5, "error_deployed": loss**0.5, "passes": 1.0}
    return {f"{split}/{name}": value for name, value in found.items()}


def floor(spec: TrialSpec, seed: int) -> float:
    """A number from 1 to 2 that only these parameters have."""
    digest = hashlib.sha256(json.dumps([spec.parameters, seed]).encode()).digest()
    return 1 + int.from_bytes(digest[:4], "big") / 2**32
