"""From a study's storage to the content of its report."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sweep.comparison import diagnosis
from sweep.comparison.measure import Measure
from sweep.comparison.selection import SELECTING_SEEDS
from sweep.comparison.verdict import Verdict
from sweep.config.study_file import StudyFile
from sweep.core.trials import Run, Stage
from sweep.report.breakdowns import breakdowns, shown_lines
from sweep.report.content import Curves, Positions, Report
from sweep.report.facts import facts
from sweep.report.stretches import Stretch, from_json
from sweep.report.timeline import Span
from sweep.report.use import use
from sweep.study import StudyReader
from sweep.study.by_horizon import by_horizon
from sweep.study.comparison_runs import ComparisonReader
from sweep.study.comparison_table import seed_number
from sweep.study.deployment import Deployment, deployment
from sweep.study.measured import measure
from sweep.study.metrics_by_arm import columns, metrics_by_arm, metrics_of_baselines
from sweep.study.origins import deciding_of_arms
from sweep.study.scores_by_arm import scores_by_arm
from sweep.study.storage.attempts import AttemptReader
from workers.data.dataset import Dataset

Runs = Sequence[Run]


def gather(
    file: StudyFile,
    study: StudyReader,
    runs: ComparisonReader | None,
    verdict: Verdict | None,
    dataset: Dataset,
    page: str = "",
) -> Report:
    """All that the report shows; of the comparison only where there is a verdict.

    page  of the study, from the root of MLflow's pages; empty where it is not known
    """
    compared = _compared(study, runs, verdict, dataset) if runs and verdict else {}
    deployed = deployment(study, runs, verdict)
    return Report(
        study=study.config.name,
        study_file=file.shareable_text,
        metric=study.objective.deployed("validation") if study.is_of_this_version else study.objective.metric,
        goal=study.objective.goal,
        units=study.config.units or "",
        measure=measure(study.config, dataset),
        of_loss=measure(study.config, dataset, "loss"),
        deployed=deployed,
        use=use(file, page) if deployed else None,
        trials=list(study),
        spans=[*_spans(study.attempts, "search"), *(_spans(runs.attempts, "compare") if runs else ())],
        stretches=_stretches(study, deployed),
        targets=dataset.target_names,
        by_horizon=by_horizon(study, runs, verdict, dataset),
        facts=facts(file, study, dataset),
        notes=(*study.notes, *dataset.timeline.notes),
        **compared,
    )


def _stretches(study: StudyReader, deployed: Deployment | None) -> list[Stretch]:
    """None where the rows of the data are not to be published."""
    shown = deployed is not None and study.config.publish.rows
    return [from_json(each) for each in study.stretches_of(deployed.run.trial.key) or ()] if deployed and shown else []


def _spans(attempts: AttemptReader, stage: Stage) -> Iterator[Span]:
    for attempt in attempts.ended():
        if attempt.ended is not None:
            yield Span(attempt.worker, attempt.began, attempt.ended, stage)


def _compared(study: StudyReader, runs: ComparisonReader, verdict: Verdict, dataset: Dataset) -> dict[str, Any]:
    """The fields of a report that come from the comparison."""
    by_arm, rungs = runs.of_arms(), runs.of_rungs()
    lines, shown = shown_lines(verdict, runs, dataset, study.objective), measure(study.config, dataset)
    of_loss = measure(study.config, dataset, "loss")
    metrics = metrics_by_arm(by_arm, dataset) | metrics_of_baselines(dataset)
    return {
        "verdict": verdict,
        "curves": {arm: _curves(runs, of_arm, study.objective.metric) for arm, of_arm in by_arm.items()},
        "curves_of": study.objective.metric,
        "scores": {arm: list(made) for arm, made in scores_by_arm(runs, dataset, study.objective).items()},
        "differences": _differences(deciding_of_arms(runs, dataset, study.objective), verdict),
        "positions": dict(_positions(by_arm, of_loss)),
        "breakdowns": breakdowns(dataset, lines, study.objective, shown, study.config.zone),
        "metrics": metrics,
        "columns": columns(metrics, asked=bool(study.config.data.metrics)),
        "diagnoses": [diagnosis.diagnosis(row.arm, by_arm[row.arm], of_loss) for row in verdict.arms],
        "carries": diagnosis.carries([*runs.of_common().values(), *rungs]),
    }


def _curves(runs: ComparisonReader, of_arm: Runs, metric: str) -> Curves:
    """One arm's values of the metric; NaN for epochs that a run did not reach."""
    epochs = max(trial.spec.epochs for trial, _ in of_arm)
    values = np.full((len(of_arm), epochs), np.nan)
    for row, (trial, _) in enumerate(of_arm):
        for report in runs.epochs.of(trial.number):
            values[row, report.epoch] = report.metrics[metric]
    return Curves(np.arange(1.0, epochs + 1), values)


def _differences(by_arm: Mapping[str, Runs], verdict: Verdict) -> dict[str, list[float]]:
    """(n_seeds,) of each arm, (error - the reference's mean error) / what the verdict's difference is a part of.

    Of the seeds by which the arm was decided: it may have needed fewer than others.
    """
    differences = {}
    for row in verdict.arms[1:]:
        last = SELECTING_SEEDS + row.seeds_planned
        own, reference = (
            _errors([run for run in by_arm[arm] if seed_number(run.trial) <= last])
            for arm in (row.arm, verdict.reference)
        )
        mean = float(np.nanmean(reference))
        away = own - mean
        known = np.isfinite(row.difference) and row.difference
        scale = float(np.nanmean(away)) / row.difference if known else mean or 1.0
        differences[row.arm] = list(away / scale)
    return differences


def _errors(runs: Runs) -> NDArray[np.floating]:
    """(n_seeds,) NaN for a run that diverged."""
    return np.array([run.outcome.test.metrics["test/error_deployed"] if run.outcome.test else np.nan for run in runs])


def _positions(by_arm: Mapping[str, Runs], of_loss: Measure) -> Iterator[tuple[str, Positions]]:
    """What is shown of each arm's losses by position, averaged over the runs that finished."""
    shown = np.vectorize(of_loss.value, otypes=[float])
    for arm, runs in by_arm.items():
        tests = [outcome.test.positions for _, outcome in runs if outcome.test]
        if tests:
            with np.errstate(invalid="ignore"):  # where nothing is scored there is no number
                mean = {name: shown(np.mean([test[name] for test in tests], axis=0)) for name in tests[0]}
            yield arm, Positions(mean["matched"], mean.get("cold"))
