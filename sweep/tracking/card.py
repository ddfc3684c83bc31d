"""What MLflow is told of a study, and what tells its runs apart. This file imports no MLflow, which takes a second."""

from dataclasses import dataclass
from typing import Literal

from sweep.comparison.measure import THE_LOSS, Measure
from sweep.config.addresses import sqlite_file
from sweep.core.trials import Trial

Identity = tuple[str, str]  # a run's tags sweep.stage and sweep.trial
STUDY: Identity = ("study", "")


@dataclass(frozen=True)
class StudyCard:
    """What MLflow is told of a study.

    name     the experiment's name, and its run's
    file     the study file's text, without passwords
    metric   what trials are judged by
    goal     what is wanted of it
    dataset  the data's name, digest (at most 36 characters) and address
    measure  how the metric is shown to people
    """

    name: str
    file: str
    metric: str
    goal: Literal["minimize", "maximize"]
    dataset: tuple[str, str, str]
    measure: Measure = THE_LOSS


def identity(trial: Trial) -> Identity:
    """What tells a trial's run from the study's others."""
    return trial.stage, str(trial.number)


def absolute(tracking_uri: str) -> str:
    """The address, with the absolute path of an SQLite file."""
    path = sqlite_file(tracking_uri)
    return f"sqlite:///{path.absolute()}" if path else tracking_uri
