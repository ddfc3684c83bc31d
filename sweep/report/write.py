"""Gathers from the ledger what a study's report shows, and writes it to reports/STUDY in the working directory."""

import os
import platform
import subprocess
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path

import numpy as np

from sweep.comparison import diagnosis
from sweep.comparison.diagnosis import Diagnosis
from sweep.comparison.verdict import Verdict
from sweep.config.study_file import StudyFile
from sweep.core.trials import Outcome, Trial
from sweep.report import page
from sweep.report.page import Report
from sweep.report.plots import Curves, Positions
from sweep.study import Study
from sweep.study.answer import answer, test_metric
from sweep.study.comparison_runs import ComparisonRuns
from workers.data.dataset import Dataset

REPORTS = Path(os.environ.get("SWEEP_DIRECTORY", ""), "reports")
SHOWN = ("tensorflow", "keras", "optuna", "ray", "mlflow", "numpy")


def verdict_of(study: Study, runs: ComparisonRuns | None, dataset: Dataset) -> Verdict | None:
    """What the comparison's runs say; none where there are none, or some are still to be made."""
    settings = study.config.compare
    if settings is None or runs is None or runs.missing or len(runs.arms) < 2:
        return None
    return answer(study.config, settings, runs, dataset, study.look(runs.keys))


def write(
    file: StudyFile, study: Study, runs: ComparisonRuns | None, dataset: Dataset
) -> tuple[Verdict | None, list[Path]]:
    """Decide and write the report; the verdict, and the files with the page first. Raises OSError."""
    verdict = verdict_of(study, runs, dataset)
    compared = runs if verdict else None
    report = Report(
        study=study.config.name,
        study_file=file.shareable_text,
        metric=study.objective.metric,
        goal=study.objective.goal,
        verdict=verdict,
        trials=list(study),
        curves=dict(_curves(compared, study.objective.metric)) if compared else {},
        differences=_differences(compared, verdict, test_metric(study.objective)) if compared and verdict else {},
        positions=dict(_positions(compared)) if compared else {},
        diagnoses=_diagnoses(compared, verdict) if compared and verdict else [],
        carries=diagnosis.carries(_by_arm(compared) | _by_interval(compared)) if compared else [],
        figures=study.figures(),
        facts=_facts(file, study, dataset),
        notes=dataset.timeline.notes,
    )
    return verdict, page.write(report, REPORTS / study.config.name)


def _by_arm(runs: ComparisonRuns) -> dict[str, list[tuple[Trial, Outcome]]]:
    """Each arm's runs by seed."""
    return {arm: [run for run in runs if run[0].arm == arm] for arm in runs.arms}


def _by_interval(runs: ComparisonRuns) -> dict[str, list[tuple[Trial, Outcome]]]:
    """The runs of each reset_interval that were made beside the arms."""
    found: dict[str, list[tuple[Trial, Outcome]]] = {}
    for trial, outcome in filter(None, map(runs.finished, runs.ladder)):
        if trial.key not in runs.keys:
            found.setdefault(f"{trial.canonical.reset_interval}", []).append((trial, outcome))
    return found


def _diagnoses(runs: ComparisonRuns, verdict: Verdict) -> list[Diagnosis]:
    by_arm = _by_arm(runs)
    return [diagnosis.diagnosis(row.arm, by_arm[row.arm]) for row in verdict.arms]


def _curves(runs: ComparisonRuns, metric: str) -> Iterator[tuple[str, Curves]]:
    for arm, pairs in _by_arm(runs).items():
        epochs = max(trial.spec.epochs for trial, _ in pairs)
        values = np.full((len(pairs), epochs), np.nan)
        for row, (trial, _) in enumerate(pairs):
            for told in runs.epochs.of(trial.number):
                values[row, told.epoch] = told.metrics[metric]
        yield arm, Curves(np.arange(1.0, epochs + 1), values)


def _differences(runs: ComparisonRuns, verdict: Verdict, metric: str) -> dict[str, list[float]]:
    """(arm - reference) / |mean of the reference| on the test split, pair by pair of the same seed."""
    scores = {
        arm: np.array([outcome.test.metrics[metric] if outcome.test else np.nan for _, outcome in pairs])
        for arm, pairs in _by_arm(runs).items()
    }
    reference = scores[verdict.reference]
    scale = abs(float(np.nanmean(reference))) or 1.0
    return {arm: list((own - reference) / scale) for arm, own in scores.items() if arm != verdict.reference}


def _positions(runs: ComparisonRuns) -> Iterator[tuple[str, Positions]]:
    for arm, pairs in _by_arm(runs).items():
        told = [outcome.test.positions for _, outcome in pairs if outcome.test]
        if told:
            mean = {name: np.mean([row[name] for row in told], axis=0) for name in told[0]}
            yield arm, Positions(mean["matched"], mean.get("cold"))


def _facts(file: StudyFile, study: Study, dataset: Dataset) -> Mapping[str, str]:
    timeline = dataset.timeline
    splits = (("train", dataset.train), ("validation", dataset.validation), ("test", dataset.test))
    sizes = [f"{name} {int(split.lengths.sum()):,} timesteps in {len(split):,} sequences" for name, split in splits]
    naive = [
        f"{name} {', '.join(f'{metric} {value:.6g}' for metric, value in row.items())}"
        for baselines in (dataset.baselines, dataset.test_baselines)
        for name, row in baselines.items()
    ]
    source = getattr(study.config.data, "path", study.config.data.kind)
    return {
        "Data": f"{source}: {len(timeline.features):,} timesteps, digest {dataset.digest}",
        "Inputs": ", ".join(timeline.feature_names) or str(dataset.n_features),
        "Targets": ", ".join(timeline.target_names) or str(dataset.n_outputs),
        "Split": "; ".join(sizes),
        "Without a model": "; ".join(naive),
        "Objective": f"{study.objective.goal} {study.objective.metric}, at the {study.objective.at} epoch",
        "Search": f"seed {study.config.seed}, sampler {study.config.sampler.kind}, pruner {study.config.pruner.kind}",
        "Versions": ", ".join(f"{name} {version(name)}" for name in SHOWN) + f", Python {platform.python_version()}",
        "Commit": _commit() or "not in a git checkout",
        "Again": f"python -m sweep.launch {file.origin.path}",
    }


def _commit() -> str:
    """Of the working directory, marked if it has changes."""
    try:
        told = subprocess.run(
            ["git", "describe", "--always", "--dirty", "--abbrev=12"],  # noqa: S607  (whichever git the user has)
            capture_output=True,
            text=True,
            check=True,
            timeout=5,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return told.stdout.strip()
