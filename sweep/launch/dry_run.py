"""`--dry-run`: checks a study and describes it, without the libraries that search, train or record."""

import json
from collections.abc import Mapping, Sequence

from sweep.comparison.selection import most_runs
from sweep.config import turns
from sweep.config.sections import Compare, StudyConfig
from sweep.config.space import Space
from sweep.config.study_file import StudyFile
from sweep.core.log import Format
from sweep.core.wording import counted
from sweep.launch import databases, gpu_kernels
from sweep.launch.data import load_study
from workers.data.dataset import Dataset
from workers.data.split_in_words import split_in_words

_SHOWN = {"distinct": "", "cut": ""}  # for people, who read it as parts of the line before


def described(path: str, overrides: Sequence[str], log_format: Format, *, as_json: bool = False) -> str:
    """What would run, and what is there of it already: a line each for people, or a JSON object of the same texts.

    Raises what a launch would: ConfigError, StudyChanged, ServiceUnavailable.
    """
    rows = what_would_run(*load_study(path, overrides, log_format))
    return json.dumps(rows) if as_json else as_text(rows)


def what_would_run(file: StudyFile, dataset: Dataset) -> dict[str, str]:
    """A text each for the study, its data, search and comparison, and for what is there already, by name.

    Raises ServiceUnavailable and StudyChanged, as a launch would.
    """
    found = {
        "ledger": databases.described_ledger(file.config, dataset),
        "MLflow": databases.described_mlflow(file.config),
    }
    return {**describe(file.config, dataset), **_foreseen(file.config, dataset), **found}


def as_text(rows: Mapping[str, str]) -> str:
    """A line for each text, after its name."""
    return "\n".join(f"{_SHOWN.get(name, name):<10}{text}" for name, text in rows.items())


def describe(config: StudyConfig, dataset: Dataset) -> dict[str, str]:
    """What would run: a text each for the study, its data, its search and its comparison, by name."""
    objective = f"{config.objective.goal} {config.objective.metric} at the {config.objective.at} epoch"
    distinct = Space(config.trial, config.space).distinct(dataset.train)
    return {
        "study": f"{config.name}: {config.budget.trials} trials at most, {objective}",
        **_described_data(config, dataset),
        "space": ", ".join(config.space) or "nothing is searched",
        "distinct": "more distinct configurations than can be counted"
        if distinct is None
        else counted(distinct, "distinct configuration"),
        **_turns(config, dataset),
        **gpu_kernels.described(config),
        "compared": _described_comparison(config, config.compare, dataset) if config.compare else "nothing",
        "enqueued": ", ".join(entry.name or "unnamed" for entry in config.enqueue) or "nothing",
    }


def _turns(config: StudyConfig, dataset: Dataset) -> dict[str, str]:
    """How the budget falls on arms that are compared."""
    each = turns.configurations_of_arms(config, dataset)
    return {"searched": turns.described(config, each)} if each else {}


def _foreseen(config: StudyConfig, dataset: Dataset) -> dict[str, str]:
    """What the comparison can probably find; nothing where there is none."""
    if not turns.compared_arms(config, dataset):
        return {}
    from sweep.launch import foresight  # noqa: PLC0415  (a third of a second of SciPy)

    return foresight.described(config, dataset)


def _described_comparison(config: StudyConfig, settings: Compare, dataset: Dataset) -> str:
    """The arms that a search can come to, those of enqueued trials too, but no more than there are trials."""
    if not len(dataset.test):
        return "nothing, without a test split"
    count = len(turns.compared_arms(config, dataset))
    if not count:
        return "nothing, with a single arm"
    trained = len(turns.trials_of_arms(config, dataset.train))
    beside, origins = len(settings.intervals), settings.origins
    most = most_runs(trained, trained, settings.seeds, crossed=settings.cross, beside=beside, origins=origins)
    at = f" at {origins} origins" if origins > 1 else ""
    fewer = ", fewer for arms that are decided before" if settings.stop_when_decided else ""
    return f"{count} arms, {settings.seeds} seeds that decide{at}; at most {most} runs{fewer}"


def _described_data(config: StudyConfig, dataset: Dataset) -> dict[str, str]:
    timeline, units = dataset.timeline, config.units
    sizes = f"{len(timeline.features):,} timesteps in {counted(len(timeline.starts), 'sequence')}"
    values = f"values in {units}" if units else "values"
    predicted = f"{timeline.n_classes} classes" if timeline.n_classes else values
    looked_up = "".join(f", {each.said}" for each in timeline.embeddings)
    ahead = f", {', '.join(map(str, timeline.horizons))} timesteps ahead" if timeline.horizons else ""
    splits = {"train": dataset.train, "validation": dataset.validation, "test": dataset.test}
    parts = [f"{name} {int(split.lengths.sum()):,} in {len(split):,}" for name, split in splits.items()]
    return {
        "data": f"{sizes}; {dataset.n_features} inputs{looked_up}, {predicted} to predict{ahead}",
        "split": f"timesteps in sequences: {'; '.join(parts)}",
        "cut": split_in_words(dataset, config.data.split, config.zone),
    }
