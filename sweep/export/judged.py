"""What a study's ledger says of the model that is exported."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import stats

from sweep.comparison.data_luck import draw
from sweep.comparison.interval import Interval
from sweep.config.study_file import StudyFile
from sweep.core.errors import ServiceUnavailable, StudyChanged, StudyUnknown
from sweep.core.trials import Run
from sweep.report.write import verdict_of
from sweep.study import StudyReader
from sweep.study.answer import timesteps
from sweep.study.comparison_runs import ComparisonReader
from workers.data.dataset import Dataset
from workers.spec import TestScores

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Judged:
    """What is known of a model beside its files.

    sentence   the verdict; empty without one
    reason     why there is none
    run        whose weights these are, or those of its configuration before a refit; None if the ledger has no such run
    interval   of the mean of what decides on the test split, as a part of it: how much of it is luck of the test data;
               None where it cannot be said
    """

    sentence: str = ""
    reason: str = ""
    run: Run | None = None
    interval: Interval | None = None


def judged(file: StudyFile, dataset: Dataset, key: str) -> Judged:
    """What the ledger says of the run with this key and of its study."""
    try:
        with StudyReader.read(file.config, dataset) as study:
            runs = study.comparison_runs(file.config.compare.seeds) if file.config.compare else None
            verdict = verdict_of(study, runs, dataset)
            run = _run(study, runs, key)
    except (StudyUnknown, StudyChanged, ServiceUnavailable) as error:
        return Judged(reason=f"the study's ledger is not at hand: {error}")
    reason = "" if verdict else "no comparison was made, or it is not at its end"
    test = run.outcome.test if run else None
    return Judged(verdict.sentence if verdict else "", reason, run, _luck(test, dataset) if test else None)


def _run(study: StudyReader, runs: ComparisonReader | None, key: str) -> Run | None:
    found = [*(runs.every() if runs else ()), *study]
    return next((run for run in found if run.trial.key == key and run.outcome.state == "complete"), None)


def _luck(test: TestScores, dataset: Dataset) -> Interval | None:
    """The interval of the mean loss, as a part of it, had other test data been drawn."""
    losses = test.losses.astype(np.float64)
    mean = float(losses.mean())
    way = draw(losses, timesteps(dataset))
    if not way.freedom or not mean:
        return None
    shares = (losses - mean)[None] / len(losses)
    deviation = float(way.covariance(shares)[0, 0]) ** 0.5 / mean
    reach = float(stats.t.ppf((1 + CONFIDENCE) / 2, way.freedom)) * deviation
    return Interval(max(0.0, 1 - reach), 1 + reach)


def scores(run: Run | None, of_recipe: Mapping[str, float]) -> dict[str, float]:
    """The metrics as deployed on validation and test, by MLflow's names."""
    found = dict(of_recipe)
    if run is not None:
        found |= run.outcome.metrics
        found |= run.outcome.test.metrics if run.outcome.test else {}
    return {name: value for name, value in found.items() if name.endswith("_deployed")}
