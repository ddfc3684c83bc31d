"""Groups at the same times are cut at common dates, sequences with classes dealt out in shares, and both are said."""

from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.workers.data.sources.tables import table
from workers.data.dataset import Dataset, prepare
from workers.data.split_in_words import split_in_words
from workers.data.splits import Split
from workers.data.timeline import Timeline

WEEK = 604800.0


def panel(begins: list[int], weeks: int = 100, horizon: int = 1) -> Timeline:
    """A group that begins in each of these weeks and goes on for so many."""
    n = len(begins) * weeks
    x = np.random.default_rng(0).normal(size=(n, 1))
    clock = np.concatenate([(begin + np.arange(weeks)) * WEEK for begin in begins])
    groups = np.arange(len(begins))
    scored = np.arange(n) % weeks < weeks - horizon
    starts = groups * weeks
    return Timeline(x, x, starts, scored, clock=clock, groups=groups, horizon=horizon)


def first_weeks(dataset: Dataset) -> dict[str, int]:
    clock = dataset.timeline.clock
    assert clock is not None
    parts = {"validation": dataset.validation, "test": dataset.test}
    return {name: int(clock[part.timesteps].min() / WEEK) for name, part in parts.items()}


def test_stores_over_the_same_weeks_are_tested_on_weeks_that_none_was_trained_on() -> None:
    dataset = prepare(panel([0] * 45), Split())
    clock = dataset.timeline.clock
    assert clock is not None
    assert (len(dataset.train), len(dataset.validation), len(dataset.test)) == (45, 45, 45)
    assert clock[dataset.train.timesteps].max() < clock[dataset.validation.timesteps].min()
    assert clock[dataset.validation.timesteps].max() < clock[dataset.test.timesteps].min()
    assert first_weeks(dataset) == {"validation": 70, "test": 85}


def test_a_few_that_open_later_or_close_earlier_change_nothing() -> None:
    assert Split().resolve(panel([0] * 30 + [40] * 10)) == "time"


def test_groups_that_come_one_after_the_other_are_still_held_back_whole() -> None:
    assert Split().resolve(panel([100 * n for n in range(45)])) == "sequence"


@pytest.mark.parametrize("fields", [{"horizon": 0}, {"groups": None}, {"clock": None}])
def test_so_are_groups_without_a_future_or_a_calendar(fields: dict[str, Any]) -> None:
    assert Split().resolve(replace(panel([0] * 45), **fields)) == "sequence"


def test_who_asks_for_whole_sequences_gets_them() -> None:
    assert Split(by="sequence").resolve(panel([0] * 45)) == "sequence"


def labelled(counts: dict[int, int], length: int = 5) -> Timeline:
    """So many sequences of each class, one class after the other; only their last timestep is scored."""
    classes = np.repeat(list(counts), list(counts.values())).astype(np.int32)
    n = len(classes) * length
    scored = np.arange(n) % length == length - 1
    features = np.random.default_rng(0).normal(size=(n, 1))
    return Timeline(
        features, np.repeat(classes, length), np.arange(len(classes)) * length, scored, n_classes=len(counts)
    )


def test_every_part_has_its_share_of_each_class() -> None:
    dataset = prepare(labelled({0: 60, 1: 30, 2: 10}), Split(validation=0.2, test=0.2))
    parts = (dataset.train, dataset.validation, dataset.test)
    found = [Counter(dataset.timeline.targets[dataset.scored_timesteps(part)].tolist()) for part in parts]
    assert found == [{0: 36, 1: 18, 2: 6}, {0: 12, 1: 6, 2: 2}, {0: 12, 1: 6, 2: 2}]


def test_the_choice_within_a_class_is_random_and_always_the_same() -> None:
    one, other = (prepare(labelled({0: 50, 1: 50}), Split()) for _ in range(2))
    assert one.digest == other.digest
    assert np.ptp(np.diff(one.test.start)) > 0


def test_sequences_without_a_scored_timestep_are_dealt_out_too() -> None:
    timeline = labelled({0: 30, 1: 30})
    scored = timeline.scored.copy()
    scored[:50] = False
    dataset = prepare(replace(timeline, scored=scored), Split())
    assert len(dataset.train) + len(dataset.validation) + len(dataset.test) == 60


ROWS = "t,g,x\n" + "".join(f"2026-{1 + n:02d}-01 06:00,{g},{n}\n" for g in "ab" for n in range(10))


@pytest.mark.parametrize(
    ("timeline", "split", "words"),
    [
        (table(ROWS, time="t", group="g", inputs=["x"], targets=["x"]), Split(validation=0.3, test=0.3),
         "by time, in all groups: validation from 2026-05-01 06:00:00, test from 2026-08-01 06:00:00"),
        (table("t,x\n" + "".join(f"{n},{n}\n" for n in range(20)), time={"column": "t", "unit": "h"},
               inputs=["x"], targets=["x"]), Split(), "by time: validation from 14, test from 17"),
        (table("x\n" + "".join(f"{n}\n" for n in range(20)), inputs=["x"], targets=["x"]), Split(),
         "by time, in the order of the rows"),
        (panel([0] * 45), Split(by="sequence"), "by sequence, those that begin last held back"),
        (labelled({0: 60, 1: 30}), Split(),
         "by sequence, dealt out at random (always the same), each class in its share"),
        (replace(labelled({0: 60, 1: 30}), n_classes=0), Split(), "by sequence, dealt out at random (always the same)"),
        (replace(labelled({0: 60, 1: 30}, length=20), n_classes=0), Split(by="time"),
         "by time, each sequence at the same part of its length"),
    ],
)  # fmt: skip
def test_it_is_said_how_and_where_the_data_are_cut(timeline: Timeline, split: Split, words: str) -> None:
    if not timeline.n_classes:
        values = timeline.targets.reshape(len(timeline.features), -1).astype(float)
        timeline = replace(timeline, targets=values, scored=np.ones(len(values), bool))
    assert split_in_words(prepare(timeline, split), split) == words
