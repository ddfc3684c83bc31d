"""A study: asks what to try next, decides what to prune, and keeps the ledger. Nothing else in `sweep` uses Optuna."""

from sweep.study.proposals import PRUNERS, SAMPLERS
from sweep.study.reader import StudyReader
from sweep.study.study import Study

__all__ = ["PRUNERS", "SAMPLERS", "Study", "StudyReader"]
