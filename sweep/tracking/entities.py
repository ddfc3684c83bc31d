"""A study, a trial and what came of it, in MLflow's terms."""

import json
from collections.abc import Iterable, Mapping

from mlflow.entities import Dataset, DatasetInput, InputTag, Metric, Param

from sweep.core.trials import Outcome, Trial
from sweep.tracking import tag_names
from sweep.tracking.card import StudyCard
from workers.objective import scored_once
from workers.spec import EpochReport

STATUS = {"complete": "FINISHED", "pruned": "FINISHED", "finished": "FINISHED", "failed": "FAILED", "stopped": "KILLED"}
LONGEST_NOTE = 5000  # characters; MLflow takes no more than 8000


def parameters(trial: Trial) -> list[Param]:
    """The trial's fields and its seed."""
    fields = {**trial.spec.parameters, "seed": trial.seed}
    return [Param(name, str(value)) for name, value in fields.items()]


def points(metrics: Mapping[str, float], timestamp: float, step: int) -> list[Metric]:
    """Metrics of one moment, in seconds since 1970. A point that MLflow has already is not added again."""
    return [Metric(name, value, milliseconds(timestamp), step) for name, value in metrics.items()]


def epoch_points(reports: Iterable[EpochReport]) -> list[Metric]:
    """The metrics of epochs, against their numbers."""
    return [point for report in reports for point in points(report.metrics, report.timestamp, report.epoch)]


def result_points(trial: Trial, outcome: Outcome, timestamp: float, objective: str) -> list[Metric]:
    """What a trial's end adds: the value that it is judged by, and what is scored once, on the test split too.

    Where it has no epochs of its own, also the other metrics that it shares. objective: the name of its metric.
    """
    shares = outcome.reused_from is not None
    stateful = trial.canonical.stateful
    once = {name for name in outcome.metrics if shares or scored_once(name, objective, stateful=stateful)}
    metrics = {name: value for name, value in outcome.metrics.items() if name in once}
    if outcome.test is not None:
        metrics |= outcome.test.metrics
    if outcome.value is not None:
        metrics["objective"] = outcome.value
    return points(metrics, timestamp, outcome.epoch or 0)


def final_state(outcome: Outcome) -> str:
    """How a trial ended; one that did not is stopped, until somebody goes on with it."""
    return "stopped" if outcome.state == "running" else outcome.state


def result_tags(outcome: Outcome) -> dict[str, str]:
    """How a trial ended; why it failed is its run's description."""
    tags: dict[str, str] = {tag_names.STATE: final_state(outcome)}
    if outcome.reused_from is not None:
        tags[tag_names.REUSED_FROM] = str(outcome.reused_from)
    if outcome.error:
        tags[tag_names.NOTE] = outcome.error[:LONGEST_NOTE]
    return tags


def dataset(study: StudyCard) -> DatasetInput:
    """The study's data, as `mlflow.data` reads it: where they are, their columns and how many there are, and no row."""
    data = study.data
    kind, source = ("local", {"uri": data.path}) if data.path else ("code", {"tags": {"sweep.study": study.name}})
    columns = [{"type": kind, "name": name, "required": True} for name, kind in data.columns.items()]
    schema = json.dumps({"mlflow_colspec": columns}) if columns else None
    sizes = json.dumps(dict(data.sizes)) if data.sizes else None
    context = [InputTag("mlflow.data.context", "training")]
    return DatasetInput(Dataset(data.name, data.digest, kind, json.dumps(source), schema, sizes), context)


def milliseconds(seconds: float) -> int:
    """MLflow's unit of time."""
    return round(seconds * 1000)
