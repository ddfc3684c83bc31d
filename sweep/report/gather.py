"""From a study's storage to the content of its report."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sweep.comparison import diagnosis
from sweep.comparison.verdict import Verdict
from sweep.config.study_file import StudyFile
from sweep.core.trials import Run
from sweep.report.content import Curves, Positions, Report
from sweep.report.facts import facts
from sweep.study import StudyReader
from sweep.study.answer import test_metric
from sweep.study.comparison_runs import ComparisonReader
from workers.data.dataset import Dataset
from workers.plans.policies import interval

Runs = Sequence[Run]


def gather(
    file: StudyFile, study: StudyReader, runs: ComparisonReader | None, verdict: Verdict | None, dataset: Dataset
) -> Report:
    """All that the report shows; of the comparison only where there is a verdict."""
    compared = _compared(study, runs, verdict) if runs and verdict else {}
    return Report(
        study=study.config.name,
        study_file=file.shareable_text,
        metric=study.objective.metric,
        goal=study.objective.goal,
        trials=list(study),
        figures=study.figures(),
        facts=facts(file, study, dataset),
        notes=(*study.notes, *dataset.timeline.notes),
        **compared,
    )


def _compared(study: StudyReader, runs: ComparisonReader, verdict: Verdict) -> dict[str, Any]:
    """The fields of a report that come from the comparison."""
    by_arm = _by_arm(runs)
    return {
        "verdict": verdict,
        "curves": {arm: _curves(runs, of_arm, study.objective.metric) for arm, of_arm in by_arm.items()},
        "differences": _differences(by_arm, verdict.reference, test_metric(study.objective)),
        "positions": dict(_positions(by_arm)),
        "diagnoses": [diagnosis.diagnosis(row.arm, by_arm[row.arm]) for row in verdict.arms],
        "carries": diagnosis.carries(by_arm | _by_interval(runs)),
    }


def _by_arm(runs: ComparisonReader) -> dict[str, Runs]:
    """Each arm's runs by seed."""
    return {arm: [run for run in runs if run[0].arm == arm] for arm in runs.arms}


def _by_interval(runs: ComparisonReader) -> dict[str, Runs]:
    """The runs of each reset_interval that were made beside the arms."""
    found: dict[str, list[Run]] = {}
    for trial, outcome in filter(None, map(runs.finished, runs.ladder)):
        if trial.key not in runs.keys:
            found.setdefault(f"{interval(trial.canonical)}", []).append(Run(trial, outcome))
    return dict(found)


def _curves(runs: ComparisonReader, of_arm: Runs, metric: str) -> Curves:
    """One arm's values of the metric; NaN for epochs that a run did not reach."""
    epochs = max(trial.spec.epochs for trial, _ in of_arm)
    values = np.full((len(of_arm), epochs), np.nan)
    for row, (trial, _) in enumerate(of_arm):
        for report in runs.epochs.of(trial.number):
            values[row, report.epoch] = report.metrics[metric]
    return Curves(np.arange(1.0, epochs + 1), values)


def _differences(by_arm: Mapping[str, Runs], reference: str, metric: str) -> dict[str, list[float]]:
    """(arm - reference) / |mean of the reference| on the test split, pair by pair of the same seed."""
    scores = {arm: _test_scores(runs, metric) for arm, runs in by_arm.items()}
    scale = abs(float(np.nanmean(scores[reference]))) or 1.0
    return {arm: list((own - scores[reference]) / scale) for arm, own in scores.items() if arm != reference}


def _test_scores(runs: Runs, metric: str) -> NDArray[np.floating]:
    """(n_seeds,) NaN for a run that diverged."""
    return np.array([outcome.test.metrics[metric] if outcome.test else np.nan for _, outcome in runs])


def _positions(by_arm: Mapping[str, Runs]) -> Iterator[tuple[str, Positions]]:
    """Each arm's losses by position, averaged over the runs that finished."""
    for arm, runs in by_arm.items():
        tests = [outcome.test.positions for _, outcome in runs if outcome.test]
        if tests:
            mean = {name: np.mean([test[name] for test in tests], axis=0) for name in tests[0]}
            yield arm, Positions(mean["matched"], mean.get("cold"))
