"""What a report says of data, settings and versions, so that a study can be reproduced."""

import platform
import subprocess
from importlib.metadata import version

from sweep.config.study_file import StudyFile
from sweep.study import StudyReader
from workers.data.dataset import Dataset
from workers.data.split_in_words import split_in_words

LIBRARIES = ("tensorflow", "keras", "optuna", "ray", "mlflow", "numpy")
GIT_TIMEOUT_SECONDS = 5


def facts(file: StudyFile, study: StudyReader, dataset: Dataset) -> dict[str, str]:
    """Names and texts, in the order in which they are shown."""
    config, objective = study.config, study.objective
    return _data_facts(study, dataset) | {
        "Objective": f"{objective.goal} {objective.metric}, at the {objective.at} epoch",
        "Search": f"seed {config.seed}, sampler {config.sampler.kind}, pruner {config.pruner.kind}",
        "Versions": _versions(),
        "Commit": _commit() or "not in a git checkout",
        "Again": f"python -m sweep.launch {file.origin.path}",
    }


def _data_facts(study: StudyReader, dataset: Dataset) -> dict[str, str]:
    timeline = dataset.timeline
    source = getattr(study.config.data, "path", study.config.data.kind)
    return {
        "Data": f"{source}: {len(timeline.features):,} timesteps, digest {dataset.digest}",
        "Inputs": ", ".join(timeline.feature_names) or str(dataset.n_features),
        **({"Looked up": ", ".join(each.said for each in timeline.embeddings)} if timeline.embeddings else {}),
        "Targets": ", ".join(timeline.target_names) or str(dataset.n_outputs),
        "Split": f"{split_in_words(dataset, study.config.data.split, study.config.zone)}: {_sizes(dataset)}",
        "Without a network": _baselines(dataset),
    }


def _sizes(dataset: Dataset) -> str:
    splits = {"train": dataset.train, "validation": dataset.validation, "test": dataset.test}
    return "; ".join(
        f"{name} {int(split.lengths.sum()):,} timesteps in {len(split):,} sequences" for name, split in splits.items()
    )


def _baselines(dataset: Dataset) -> str:
    """Those of validation, then those of the test split, without those of each horizon."""
    rows = [*dataset.baselines.items(), *dataset.test_baselines.items()]
    return "; ".join(
        f"{name} {', '.join(f'{metric} {value:.6g}' for metric, value in metrics.items() if metric.count('/') < 2)}"
        for name, metrics in rows
    )


def _versions() -> str:
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    return f"{libraries}, Python {platform.python_version()}"


def _commit() -> str:
    """Of the working directory, marked if it has changes; empty outside a git checkout."""
    try:
        described = subprocess.run(
            ["git", "describe", "--always", "--dirty", "--abbrev=12"],  # noqa: S607  (the user's own git)
            capture_output=True,
            text=True,
            check=True,
            timeout=GIT_TIMEOUT_SECONDS,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return described.stdout.strip()
