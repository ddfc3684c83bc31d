"""The forecaster: from rows as a user has them to forecasts in the targets' own units, with the state kept."""

import json
import warnings
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workers.data.loss_row import DEPLOYED
from workers.data.losses import CALLED
from workers.data.scaling import scaled as scaled_values
from workers.data.sources.table import Table
from workers.errors import DataError
from workers.forecasting.feeding import Past, Stretch, as_json, feeder, from_json
from workers.forecasting.given import SOURCE
from workers.forecasting.known_targets import known_targets
from workers.forecasting.network import Network
from workers.forecasting.package import RECIPE, WEIGHTS
from workers.forecasting.reading import Given, reader
from workers.forecasting.recipe import Recipe
from workers.forecasting.scoring import Scores, scored
from workers.forecasting.unlike import Unlike, drifted, unlike

SHOWN = tuple(f"{name}{DEPLOYED}" for name in (*CALLED, "bits_per_character", "accuracy", "loss"))


class Forecaster:
    """A trained model with all that it takes to use it.

    `predict` forecasts from a history and remembers nothing; `update` goes on from what it was fed before.
    """

    def __init__(self, recipe: Recipe, weights: Sequence[NDArray[Any]]) -> None:
        self.recipe, self._weights = recipe, tuple(weights)
        shape = recipe.n_features, recipe.n_outputs
        network = Network(recipe.spec, *shape, weights, recipe.embeddings, recipe.code)
        self._feeder = feeder(network, recipe.spec, whole_lanes=recipe.whole_lanes)
        self._reader = reader(recipe)
        self._pasts: dict[Hashable, Past] = {}
        self._memory: Mapping[Hashable, Any] = {}
        self._told: set[str] = set()  # of what `update` has warned

    def reading(self, **written: Any) -> "Forecaster":
        """The same model for files that are written otherwise than that of the training data.

        written: fields of the study file's section `data`, such as separator, decimal, encoding, header or sheet; None
        for what is usual. Raises DataError for another field, for a wrong value, and where the data are no table.
        """
        if not isinstance(self.recipe.data, Table):
            raise DataError("how a file is written is said of tables; this model was trained on other data")
        return Forecaster(replace(self.recipe, data=self.recipe.data.written(written)), self._weights)

    def predict(self, rows: Any) -> pd.DataFrame:
        """A forecast for each row, made from the rows of its group and sequence up to it.

        rows: a frame with the columns of the training data, in which the targets may be left out where they are not
        inputs; any number of rows and groups. For text a string, or several. For data without names numbers (time,
        n_inputs).

        Returns a frame with the index of what was given: time, group, the time that is forecast, and each target, in
        its own units; of several horizons both once for each, such as `forecast_for+6` and `load+6`; of classes the
        most probable, and `probability_CLASS` of each. A row that is dropped as in training has no forecast.
        `attrs["notes"]` says what was mended. Warns of what is unlike the training data.

        Raises DataError for rows that cannot be read as the training data were.
        """
        given = self._reader.read(rows, {})
        return self._forecast(given, {}, set())

    def update(self, rows: Any) -> pd.DataFrame:
        """The same, going on from all rows that `update` was given before, so that they need not be given again.

        Warns once of each input, column of categories or group that is unlike the training data, and of the step of
        time: not at every row.

        Raises DataError, also for a row that is not later than the last of its group; the state is then as before.
        """
        given = self._reader.read(rows, self._memory)
        if given.lacking:
            raise DataError(f"{SOURCE}: {given.lacking}", "data.inputs")
        pasts = dict(self._pasts)
        forecast = self._forecast(given, pasts, self._told)
        self._pasts, self._memory = pasts, given.memory
        return forecast

    def score(self, rows: Any, folder: Path = Path()) -> Scores:
        """How good the forecasts of rows are whose targets are known; it remembers nothing.

        rows: as `predict` takes them, with the targets; those of data without names are the columns `target`, or
        `target 1` and so on. A row whose target is not known is not scored. Warns as `predict`.
        folder: where metrics of the user's own are looked for before the path; the working directory.

        Raises DataError for rows that cannot be read as the training data were, where no target is known, and for a
        class that training did not have.
        """
        timeline = known_targets(self.recipe, rows)
        _warn(unlike(self.recipe, timeline), set(), 3)
        groups = np.zeros(len(timeline.starts), np.int64) if timeline.groups is None else timeline.groups
        begins = np.zeros(len(timeline.features), bool)
        begins[timeline.starts] = True
        y = self._fed(timeline.features, np.repeat(groups, timeline.stops - timeline.starts), begins, {})
        return scored(self.recipe, timeline, y, folder)

    @property
    def described(self) -> str:
        """The model in a sentence: whose it is, what it is, and how good it was."""
        recipe = self.recipe
        score = next(((n, v) for n in SHOWN if (v := recipe.scores.get(f"test/{n}")) is not None), None)
        how = f"{score[0].removesuffix(DEPLOYED)} {score[1]:.6g} on the test split" if score else "no test score"
        return f"the model of {recipe.name}: {recipe.spec.network} {recipe.spec.arm}, {how}"

    def reset(self, group: Hashable | None = None) -> None:
        """Forget what `update` was given: of one group, or all of it."""
        if group is None:
            self._pasts, self._memory = {}, {}
            return
        name = str(group)
        if name not in self._memory:
            raise KeyError(f"{name} is no group that was fed: {', '.join(map(str, self._memory)) or 'none was'}")
        self._pasts.pop(name, None)  # it has none while its rows wait for the end of an interval
        self._memory = {key: value for key, value in self._memory.items() if key != name}

    def state(self) -> dict[str, Any]:
        """What `update` goes on from, as plain lists, numbers and texts that JSON can hold."""
        return {"pasts": as_json(self._pasts), "memory": dict(self._memory)}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a state that this model had before."""
        self._pasts, self._memory = from_json(state["pasts"]), dict(state["memory"])

    def save(self, folder: Path) -> None:
        """Write the forecaster's files to a folder, which is made if need be."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / RECIPE).write_text(json.dumps(self.recipe.as_json(), indent=1) + "\n")
        np.savez(folder / WEIGHTS, *self._weights)

    @classmethod
    def load(cls, folder: Path, code: Path | None = None) -> "Forecaster":
        """The forecaster of these files.

        code: the folder in which the module of a cell of the user's own has to be the same as in the files, whose code
        is run; none: it may be any. Raises DataError where it is another.
        """
        with np.load(folder / WEIGHTS, allow_pickle=False) as archive:
            weights = [archive[f"arr_{number}"] for number in range(len(archive.files))]
        recipe = Recipe.from_json(json.loads((folder / RECIPE).read_text()))
        if code is not None:
            recipe.refuse_other_code(code)
        return cls(recipe, weights)

    def _forecast(self, given: Given, pasts: dict[Hashable, Past], told: set[str]) -> pd.DataFrame:
        _warn([*given.unlike, *drifted(self.recipe, given.features)], told, 4)
        y = self._fed(given.features, given.groups, given.begins, pasts)
        columns = self._classes(y) if self._class_names else self._numbers(y, given)
        found = pd.DataFrame(columns, index=given.row).reindex(range(len(given.labels)))
        found.index = given.labels.index
        forecast = pd.concat([given.labels, found], axis=1)
        forecast.attrs["notes"] = list(given.notes)
        return forecast

    def _fed(
        self,
        features: NDArray[np.floating],
        groups: NDArray[Any],
        begins: NDArray[np.bool_],
        pasts: dict[Hashable, Past],
    ) -> NDArray[np.float32]:
        """(n, n_outputs) what the network makes of each timestep; see Given, and Feeder.feed."""
        x = self._scaled(features)
        borders = np.flatnonzero(np.append(np.ones(min(len(x), 1), bool), groups[1:] != groups[:-1]))
        new = {groups[a]: Stretch(x[a:b], begins[a:b]) for a, b in pairwise([*borders, len(x)])}
        outputs = self._feeder.feed(new, pasts) if new else {}
        return np.concatenate(list(outputs.values())) if outputs else np.zeros((0, self.recipe.n_outputs), np.float32)

    @property
    def _class_names(self) -> tuple[str, ...]:
        return tuple(self.recipe.alphabet) or self.recipe.class_names

    def _scaled(self, features: NDArray[np.floating]) -> NDArray[np.float32]:
        if self.recipe.alphabet:
            one_hot: NDArray[np.bool_] = features == np.arange(len(self.recipe.alphabet))
            return one_hot.astype(np.float32)
        return scaled_values(features, self.recipe.scaling.feature_mean, self.recipe.scaling.feature_scale)

    def _numbers(self, y: NDArray[np.float32], given: Given) -> dict[str, NDArray[np.float64]]:
        loss, names = self.recipe.loss, self.recipe.target_names
        values = loss.levels(loss.in_own_units(y, self.recipe.scaling), given.base, given.spreads)
        found = dict(zip(loss.columns(names), values.T, strict=True))
        return {label: found[label] for name in names for label in loss.columns([name])}

    def _classes(self, y: NDArray[np.float32]) -> dict[str, Any]:
        names = np.array(self._class_names, object)
        odds = np.exp(y.astype(np.float64) - y.max(axis=1, keepdims=True, initial=-np.inf))
        shares = odds / odds.sum(axis=1, keepdims=True)
        each = {f"probability_{name}": shares[:, number] for number, name in enumerate(names)}
        return {self.recipe.target_names[0]: names[y.argmax(axis=1)] if len(y) else names[:0], **each}


def _warn(found: Sequence[Unlike], told: set[str], stacklevel: int) -> None:
    """Warn of what is unlike the training data, but for what was told of before; it is told of from now on."""
    for each in found:
        if not told.issuperset(each.about):
            warnings.warn(each.sentence, stacklevel=stacklevel)
            told.update(each.about)  # not before: a user who makes errors of warnings refuses each of such rows
