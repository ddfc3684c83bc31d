"""What is remarkable about the splits of a study's data: a score there may say little, or nothing of some classes."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from workers.data.dataset import Dataset

FEW_TIMESTEPS = 20
SHOWN = 5  # classes


def split_notes(dataset: Dataset) -> Iterator[str]:
    """A sentence for each thing that is remarkable."""
    splits = {"training": dataset.train, "validation": dataset.validation, "test": dataset.test}
    scored = {name: dataset.scored_timesteps(split) for name, split in splits.items()}
    targets = {name: dataset.timeline.targets[rows] for name, rows in scored.items() if len(rows)}
    for name, rows in scored.items():
        if 0 < len(rows) < FEW_TIMESTEPS:
            yield f"only {len(rows)} timesteps of the {name} split are scored: what is measured there is mostly luck"
    for name, values in targets.items():
        yield from _unseen(dataset, name, set(np.unique(values)) - set(np.unique(targets["training"])))
        yield from _constant(dataset, name, values.reshape(len(values), -1))


def _unseen(dataset: Dataset, name: str, classes: set[int]) -> Iterator[str]:
    """Of classes that training does not have; of a text, whose characters are many, nothing."""
    if dataset.timeline.n_classes and not dataset.timeline.alphabet and classes:
        names = dataset.timeline.class_names or [str(each) for each in range(dataset.timeline.n_classes)]
        held = ", ".join(str(names[each]) for each in sorted(classes)[:SHOWN])
        yield f"the {name} split has classes that training does not have, and so cannot teach: {held}"


def _constant(dataset: Dataset, name: str, values: NDArray[np.generic]) -> Iterator[str]:
    """values: (n_scored, n_targets)."""
    names = dataset.timeline.target_names or [f"target {number}" for number in range(1, values.shape[1] + 1)]
    still = [str(each) for each, column in zip(names, values.T, strict=False) if len(column) > 1 and not np.ptp(column)]
    if still:
        yield f"{', '.join(still)} never changes in the {name} split: whatever says just that is perfect there"
