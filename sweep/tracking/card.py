"""What MLflow is told of a study, and what tells its runs apart. This file imports no MLflow, which takes a second."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, NamedTuple

from sweep.comparison.measure import THE_LOSS, Measure
from sweep.core.trials import Trial
from sweep.tracking import tag_names

Identity = tuple[str, str]  # a run's tags sweep.stage and sweep.trial, or of an arm's run sweep.arm
STUDY: Identity = ("study", "")
ARM = "arm"  # the stage of a run that says what the comparison's runs of an arm came to


class DataCard(NamedTuple):
    """What MLflow is told of a study's data: nothing of any row.

    digest   at most 36 characters
    path     of the file, as the study file has it; empty where there is none
    columns  the kind of each input and target by its name, as MLflow calls it: double, long, string
    sizes    how much there is of what: timesteps, inputs, targets, and the timesteps of each split
    """

    name: str
    digest: str
    path: str = ""
    columns: Mapping[str, str] = MappingProxyType({})
    sizes: Mapping[str, int] = MappingProxyType({})


@dataclass(frozen=True)
class StudyCard:
    """What MLflow is told of a study.

    name     the experiment's name, and its run's
    file     the study file's text, without passwords
    metric   what trials are judged by
    goal     what is wanted of it
    measure  how the metric is shown to people
    """

    name: str
    file: str
    metric: str
    goal: Literal["minimize", "maximize"]
    data: DataCard
    measure: Measure = THE_LOSS


def identity(trial: Trial) -> Identity:
    """What tells a trial's run from the study's others."""
    return trial.stage, str(trial.number)


def identity_of(tags: Mapping[str, str]) -> Identity:
    """What tells a run with these tags from the study's others."""
    stage = tags.get(tag_names.STAGE, "")
    return stage, tags.get(_second(stage), "")


def identity_tags(identity: Identity) -> dict[str, str]:
    """The tags of a run that it is told by."""
    stage, which = identity
    return {tag_names.STAGE: stage, **({_second(stage): which} if which else {})}


def _second(stage: str) -> str:
    return tag_names.ARM if stage == ARM else tag_names.TRIAL
