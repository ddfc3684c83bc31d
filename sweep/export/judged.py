"""What a study's ledger says of the model that is exported."""

from collections.abc import Mapping
from dataclasses import dataclass

from sweep.config.study_file import StudyFile
from sweep.core.errors import ServiceUnavailable, StudyChanged, StudyUnknown
from sweep.core.trials import Run
from sweep.report.write import verdict_of
from sweep.study import StudyReader
from sweep.study.comparison_runs import ComparisonReader
from workers.data.dataset import Dataset


@dataclass(frozen=True)
class Judged:
    """What is known of a model beside its files.

    sentence   the verdict; empty without one
    reason     why there is none
    run        whose weights these are, or those of its configuration before a refit; None if the ledger has no such run
    """

    sentence: str = ""
    reason: str = ""
    run: Run | None = None


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
    return Judged(verdict.sentence if verdict else "", reason, run)


def _run(study: StudyReader, runs: ComparisonReader | None, key: str) -> Run | None:
    found = [*(runs.every() if runs else ()), *study]
    return next((run for run in found if run.trial.key == key and run.outcome.state == "complete"), None)


def scores(run: Run | None, of_recipe: Mapping[str, float]) -> dict[str, float]:
    """The metrics as deployed on validation and test, by MLflow's names."""
    return {name: value for name, value in all_scores(run, of_recipe).items() if name.endswith("_deployed")}


def all_scores(run: Run | None, of_recipe: Mapping[str, float]) -> dict[str, float]:
    """All metrics, those of single targets too."""
    found = dict(of_recipe)
    if run is not None:
        found |= run.outcome.metrics
        found |= run.outcome.test.metrics if run.outcome.test else {}
    return found
