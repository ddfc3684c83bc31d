"""Training a trial to its end, and what to look at then."""

from workers.engine.training import Trainer
from workers.spec import EpochReport, Segment, TrialSpec

NEVER_CUT = 1e9  # seconds


def train(
    trainer: Trainer, spec: TrialSpec, seed: int = 0, seconds: float = NEVER_CUT
) -> tuple[list[EpochReport], Segment]:
    """All epochs of a trial, in segments of about `seconds`, and the last segment."""
    reports: list[EpochReport] = []
    checkpoint = None
    while True:
        segment = trainer.train(spec, seed, checkpoint, seconds)
        reports += segment.reports
        checkpoint = segment.checkpoint
        if segment.finished:
            return reports, segment


def losses(trainer: Trainer, spec: TrialSpec, seed: int = 0, seconds: float = NEVER_CUT) -> list[tuple[float, ...]]:
    """Every loss of every epoch."""
    reports, _ = train(trainer, spec, seed, seconds)
    names = ("train/loss", "validation/loss", "validation/loss_cold", *(["validation/loss_carried"] * spec.stateful))
    return [tuple(report.metrics[name] for name in names) for report in reports]
