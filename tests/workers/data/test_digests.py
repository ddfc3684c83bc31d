"""The digest of data: it knows any change, also one that scaling would hide; and what earlier ledgers have is found."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from tests.workers.data.timelines import HALVES, counting
from workers.data.dataset import Dataset, prepare
from workers.data.timeline import Timeline

PLAIN = counting(20, 20)
LABELS = replace(
    PLAIN, targets=np.tile([0, 1], 20).astype(np.int32), n_classes=2, class_names=("down", "up"), feature_names=("x",)
)
LETTERS = replace(
    PLAIN,
    features=np.tile([[0.0], [1.0]], (20, 1)),
    targets=np.tile([1, 0], 20).astype(np.int32),
    n_classes=2,
    alphabet="ab",
)

SEVERAL = replace(PLAIN, targets=np.ones((40, 2)), horizon=3, horizons=(1, 3))

CHANGES: dict[str, tuple[Timeline, Callable[[Timeline], Timeline]]] = {
    "an input divided by 1024": (PLAIN, lambda data: replace(data, features=data.features / 1024)),
    "an input doubled": (PLAIN, lambda data: replace(data, features=data.features * 2)),
    "a target doubled": (PLAIN, lambda data: replace(data, targets=data.targets * 2)),
    "an input shifted": (PLAIN, lambda data: replace(data, features=data.features + 1)),
    "another type": (PLAIN, lambda data: replace(data, features=data.features.astype(np.float64))),
    "another name of a column": (LABELS, lambda data: replace(data, feature_names=("y",))),
    "classes renamed in order": (LABELS, lambda data: replace(data, class_names=("falls", "rises"))),
    "letters shifted": (LETTERS, lambda data: replace(data, alphabet="bc")),
    "another start": (PLAIN, lambda data: replace(data, starts=np.array([0, 19]))),
    "a timestep that is not scored": (PLAIN, lambda data: replace(data, scored=np.arange(40) > 0)),
    "a horizon": (PLAIN, lambda data: replace(data, horizon=1)),
    "horizons": (SEVERAL, lambda data: replace(data, horizons=(2, 3))),
    "weights of horizons": (SEVERAL, lambda data: replace(data, weights=(1.5, 0.5))),
    "logarithms": (SEVERAL, lambda data: replace(data, transform="log1p")),
    "another time": (
        replace(PLAIN, clock=np.arange(40.0)),
        lambda data: replace(data, clock=np.arange(40.0) * 2),
    ),
}


def digest(timeline: Timeline) -> str:
    return prepare(timeline, HALVES).digest


@pytest.mark.parametrize("change", CHANGES)
def test_changed_data_have_another_digest(change: str) -> None:
    timeline, changed = CHANGES[change]
    assert digest(timeline) == digest(replace(timeline))
    assert digest(timeline) != digest(changed(timeline))


def test_workers_are_sent_the_scaled_numbers_alone() -> None:
    dataset = prepare(PLAIN, HALVES)
    sent = dataset.for_workers
    assert sent.own_units is None
    assert sent.timeline.features.dtype == sent.timeline.targets.dtype == np.float32
    assert sent.nbytes == dataset.nbytes == 2 * 40 * 4


def test_in_ledgers_of_earlier_versions_data_are_found_by_the_hash_that_was_taken_then() -> None:
    noise = np.random.default_rng(0).normal(size=(60, 3)) * [1, 1e3, 0] + [0.1, 7, 1e9]
    timeline = Timeline(noise[:, :2], noise[:, 1:], np.array([0, 25]), np.ones(60, bool))
    known = {
        "numbers": (timeline, "926286695ff94698"),
        "letters": (LETTERS, "2e70162973c1632f"),
        "classes": (LABELS, "72e0e1b683f0815e"),
    }
    for kind, (data, before) in known.items():
        dataset: Dataset = prepare(data, HALVES)
        assert (kind, dataset.digest_of_earlier_versions) == (kind, before)
