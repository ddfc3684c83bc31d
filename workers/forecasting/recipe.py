"""All that a forecaster knows besides the network's weights, as one file of JSON."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import TypeAdapter

from workers.data.baselines import class_frequencies
from workers.data.code_files import Code, lies_in
from workers.data.dataset import Dataset
from workers.data.embeddings import Embedding
from workers.data.group_scale import GroupScale
from workers.data.loss_row import Loss
from workers.data.losses import number_loss
from workers.data.of_each_target import error_names
from workers.data.scaling import Scaling
from workers.data.sources import DataConfig
from workers.data.sources.table import Table
from workers.data.sources.tabular.inputs.entry import Entry, embeddings_of
from workers.data.timeline import Floats
from workers.errors import DataError
from workers.forecasting.package import MeanError
from workers.plans.equivalence import training
from workers.spec import TrialSpec

FORMAT = 3
FORMATS = (1, 2, FORMAT)  # those that can be read; what the first two lack is none


@dataclass(frozen=True)
class Recipe:
    """How rows become inputs, outputs become forecasts, and state is handled.

    name           of the study
    spec           of the trial, canonical
    data           the study file's section, by which rows are read
    whole_lanes    whether no lane held more than one sequence in training
    scaling        mean and scale of inputs and targets, as Scaling has them
    input_names    of text none
    target_names   what is forecast
    class_names    where the targets are classes
    group_names    those of the training data
    alphabet       of text
    horizon        timesteps between an input and what is forecast, of several the furthest
    step_seconds   between two rows, the median; none where there is no clock
    low, high      (n_inputs,) the range of each input in the training part
    scores         of the run, by MLflow's names; none where it was trained on all rows
    test           the mean error of the run on the test split, with its luck; none without scores, and for too few rows
    trained_until  by group, "" where there is none, the last time that training saw; empty where there is no clock
    class_shares   (n_classes,) how often each class, or character, occurs in the training part
    categories     of a table: by column, those that training had
    time_reading   how the time of the training data was read, which holds where rows alone do not tell
    constants      where a loss is asked for, what baselines have of the training part, by their names
    naive_errors   where metrics are asked for, (n_targets,) by which some scale errors
    horizons       of several: the timesteps of each, ascending
    group_scale    of a panel whose groups are each in their own scale: that of each
    code           of a cell or model of the user's own
    """

    name: str
    spec: TrialSpec
    data: DataConfig
    whole_lanes: bool
    scaling: Scaling
    input_names: tuple[str, ...]
    target_names: tuple[str, ...]
    class_names: tuple[str, ...]
    group_names: tuple[str, ...]
    alphabet: str
    horizon: int
    step_seconds: float | None
    low: tuple[float, ...]
    high: tuple[float, ...]
    scores: Mapping[str, float] = field(default_factory=dict)
    test: MeanError | None = None
    trained_until: Mapping[str, float] = field(default_factory=dict)
    class_shares: tuple[float, ...] = ()
    time_reading: str = ""
    categories: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    constants: Mapping[str, Sequence[float]] = field(default_factory=dict)
    naive_errors: tuple[float, ...] = ()
    horizons: tuple[int, ...] = ()
    group_scale: GroupScale | None = None
    code: Code = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        name: str,
        spec: TrialSpec,
        data: DataConfig,
        dataset: Dataset,
        scores: Mapping[str, float] | None = None,
        test: MeanError | None = None,
    ) -> "Recipe":
        """That of a trial of this study."""
        timeline = dataset.timeline
        low, high = _ranges(dataset)
        return cls(
            name=name,
            spec=spec,
            data=data,
            whole_lanes=training(spec, dataset.train).one_sequence_a_lane,
            scaling=dataset.scaling,
            input_names=_names(timeline.feature_names, "input", timeline.features.shape[1]),
            target_names=dataset.target_names,
            class_names=timeline.class_names or tuple(map(str, range(timeline.n_classes))),
            group_names=timeline.group_names,
            alphabet=timeline.alphabet,
            horizon=timeline.horizon,
            step_seconds=_step(dataset),
            low=low,
            high=high,
            scores=dict(scores or {}),
            test=test,
            trained_until=_trained_until(dataset),
            class_shares=_class_shares(dataset),
            time_reading=timeline.time_reading,
            categories=dict(timeline.categories),
            constants=_constants(dataset),
            naive_errors=dataset.naive_errors,
            horizons=timeline.horizons,
            group_scale=timeline.group_scale,
            code=dataset.code_of(spec.network),
        )

    @property
    def steps(self) -> tuple[int, ...]:
        """The timesteps of each horizon, of one too."""
        return self.horizons or (self.horizon,)

    @property
    def n_features(self) -> int:
        """Inputs of the network at a timestep."""
        return len(self.alphabet) or len(self.input_names)

    @property
    def embeddings(self) -> tuple[Embedding, ...]:
        """The inputs of a table that the network looks up."""
        return embeddings_of(self.data.entries, self.categories) if isinstance(self.data, Table) else ()

    @property
    def n_outputs(self) -> int:
        """Outputs of the network at a timestep."""
        return len(self.alphabet) or len(self.class_names) or self.loss.n_outputs(len(self.target_names))

    @property
    def loss(self) -> Loss:
        """That of targets that are numbers."""
        asked, transform = getattr(self.data, "loss", None), getattr(self.data, "transform", None)
        return number_loss(asked, transform=transform, by_group=self.group_scale is not None)

    def error_names(self, split: str, *, deployed: bool) -> list[str]:
        """(n_targets,) what the error of each target is called among metrics; see the function of that name."""
        return error_names(self.loss, self.target_names, split, deployed=deployed)

    @property
    def entries(self) -> list[tuple[Entry, range]]:
        """The entries of a table's inputs, each with the numbers of its inputs; of other data none."""
        if not isinstance(self.data, Table):
            return []
        lengths = [len(entry.names(self.categories)) for entry in self.data.entries]
        ends = np.cumsum([0, *lengths]).tolist()
        return [(entry, range(*ends[n : n + 2])) for n, entry in enumerate(self.data.entries)]

    def refuse_other_code(self, folder: Path) -> None:
        """Raises DataError where its network is the user's own, and the module is missing in the folder, or another."""
        path = self.spec.network
        if self.code and not lies_in(folder.resolve(), path, self.code):
            where = (
                f"the module {path.partition(':')[0]} is the same beside the study file, or in the working directory"
            )
            noun = "model" if self.spec.model else "cell"
            what = f"its {noun} {path} is code that came with the model, which runs only where {where}"
            raise DataError(f"{what}; in Python, sweep.load(..., code=FOLDER) names another folder that you trust")

    def as_json(self) -> dict[str, Any]:
        """Plain lists, numbers and texts."""
        plain = {name: getattr(self, name) for name in self.__dataclass_fields__}
        for name in ("constants", "naive_errors", "horizons", "group_scale", "code"):
            if not plain[name]:
                del plain[name]  # which files of earlier versions have not, so that equal models stay equal
        return plain | {
            "format": FORMAT,
            "spec": self.spec.said,
            "data": _data().dump_python(self.data, mode="json"),
            "scaling": {name: column.tolist() for name, column in asdict(self.scaling).items() if column is not None},
            "scores": dict(self.scores),
            **({"group_scale": self.group_scale.as_json()} if self.group_scale else {}),
        }

    @classmethod
    def from_text(cls, text: str) -> "Recipe":
        """The recipe of its file. Raises ValueError as `from_json`."""
        return cls.from_json(json.loads(text))

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> "Recipe":
        """The recipe again. Raises ValueError for one of another format."""
        values = dict(plain)
        if values.pop("format", None) not in FORMATS:
            raise ValueError(f"was made by another version: its format is {plain.get('format')}, not {FORMAT}")
        texts = {name: value for name, value in values.items() if isinstance(value, list)}
        return cls(
            **values
            | {name: tuple(value) for name, value in texts.items()}
            | {
                "spec": TrialSpec(**values["spec"]),
                "data": _data().validate_python(values["data"]),
                "categories": {name: tuple(each) for name, each in values.get("categories", {}).items()},
                "group_scale": GroupScale.from_json(own) if (own := values.get("group_scale")) else None,
                "test": MeanError(*values["test"]) if values.get("test") else None,
                "scaling": Scaling(**{name: np.array(column) for name, column in values["scaling"].items()}),
            }
        )


def _data() -> TypeAdapter[Any]:
    return TypeAdapter(DataConfig)


def _names(given: Sequence[str], noun: str, count: int) -> tuple[str, ...]:
    """Those given, or `noun`, or `noun 1`, `noun 2` and so on."""
    return tuple(given) or ((noun,) if count == 1 else tuple(f"{noun} {number}" for number in range(1, count + 1)))


def _ranges(dataset: Dataset) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """The lowest and the highest value of each input in the training part; of text none."""
    if dataset.timeline.alphabet:
        return (), ()
    scaling = dataset.scaling
    seen: Floats = dataset.timeline.features[dataset.train.timesteps]
    values = [edge * scaling.feature_scale + scaling.feature_mean for edge in (seen.min(axis=0), seen.max(axis=0))]
    return tuple(map(float, values[0])), tuple(map(float, values[1]))


def _trained_until(dataset: Dataset) -> dict[str, float]:
    """By group, the time of the last row of the training part, or of its last target."""
    timeline, train = dataset.timeline, dataset.train
    if timeline.clock is None:
        return {}
    last = timeline.clock[train.stop - 1 + timeline.horizon]
    if timeline.groups is None:
        return {"": float(last.max())}
    groups = timeline.groups[np.searchsorted(timeline.starts, train.start, side="right") - 1]
    return {timeline.group_names[group]: float(last[groups == group].max()) for group in np.unique(groups)}


def _class_shares(dataset: Dataset) -> tuple[float, ...]:
    timeline = dataset.timeline
    if not timeline.n_classes:
        return ()
    labels = timeline.targets[dataset.scored_timesteps(dataset.train)]
    return tuple(class_frequencies(labels, timeline.n_classes).tolist())


def _constants(dataset: Dataset) -> dict[str, list[float]]:
    """None where the loss follows from the targets: the scaling has their mean, unless they are bent."""
    timeline = dataset.timeline
    unsaid = timeline.loss is None and not timeline.bent
    return {} if unsaid else {name: own.tolist() for name, own in dataset.constants.items()}


def _step(dataset: Dataset) -> float | None:
    clock, starts = dataset.timeline.clock, dataset.timeline.starts
    if clock is None or len(clock) < 2:
        return None
    steps = np.delete(np.diff(clock), starts[1:] - 1)
    return float(np.median(steps)) if len(steps) else None
