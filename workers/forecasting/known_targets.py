"""Reads rows whose targets are known, as the training data were read: inputs and targets as one timeline."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from workers.data.by_group import in_group_scale
from workers.data.losses import refuse_unsuited
from workers.data.sources.fields import ScoredKind, last_steps
from workers.data.sources.table import Table
from workers.data.sources.text import timeline as of_documents
from workers.data.timeline import Timeline
from workers.errors import DataError
from workers.forecasting.given import SOURCE, documents_of, numbered_frame, numbers_of, sequences_of
from workers.forecasting.recipe import Recipe
from workers.wording import counted


def known_targets(recipe: Recipe, given: Any) -> Timeline:
    """The timeline of what was given, or of the file at a path; a row whose target is not known is not scored.

    Raises DataError, also where no row is scored and for a class that training did not have.
    """
    if recipe.alphabet:
        timeline = of_documents(documents_of(given, recipe.alphabet), recipe.alphabet)
    elif isinstance(recipe.data, Table):
        timeline = recipe.data.with_targets(given, SOURCE, recipe.class_names, recipe.time_reading, recipe.categories)
        if recipe.group_scale:
            timeline = in_group_scale(timeline, recipe.group_scale)
    else:
        timeline = _of_numbers(recipe, given)
    if not timeline.scored.any():
        raise DataError(f"{SOURCE}: there is no row whose target is known, so nothing can be scored", "data.targets")
    refuse_unsuited(timeline)
    return timeline


def _of_numbers(recipe: Recipe, given: Any) -> Timeline:
    frame = numbered_frame(given, recipe.input_names, recipe.target_names)
    values = numbers_of(frame, recipe.target_names, "targets")
    known = np.asarray(np.isfinite(values).all(axis=1))
    values = np.where(known[:, None], values, 0)
    sequence = sequences_of(frame)
    starts = np.flatnonzero(np.append(True, sequence[1:] != sequence[:-1])).astype(np.int64)
    at_end = isinstance(recipe.data, ScoredKind) and recipe.data.score == "sequence_end"
    n_classes, missing = len(recipe.class_names), int((~known).sum())
    return Timeline(
        features=numbers_of(frame, recipe.input_names, "inputs"),
        targets=_labels(values[:, 0], n_classes) if n_classes else values,
        starts=starts,
        scored=known & last_steps(starts, len(frame)) if at_end else known,
        n_classes=n_classes,
        loss=getattr(recipe.data, "loss", None),
        target_names=recipe.target_names,
        notes=(f"{counted(missing, 'row')} without a known target not scored",) if missing else (),
    )


def _labels(values: NDArray[np.float64], n_classes: int) -> NDArray[np.int32]:
    strange = (values != np.floor(values)) | (values < 0) | (values >= n_classes)
    if strange.any():
        at = int(strange.argmax())
        what = f"the target is {values[at]:g}, which is a class that training did not have"
        raise DataError(f"{SOURCE}, row {at + 1:,}: {what}; it had 0 to {n_classes - 1}", "data.targets")
    return values.astype(np.int32)
