"""How and where the data were cut, for people."""

import numpy as np

from workers.data.dataset import Dataset
from workers.data.sources.tabular.clock import UNITS, moments
from workers.data.splits import Split
from workers.data.timeline import Floats, Integers, Sequences, Timeline


def split_in_words(dataset: Dataset, split: Split, zone: str | None = None) -> str:
    """By time, and at which dates; or by sequence, and which are held back. zone: of the dates; UTC if left out."""
    timeline = dataset.timeline
    if split.resolve(dataset.given) == "sequence":
        if timeline.clock is not None or timeline.record:
            return "by sequence, those that begin last held back"
        shares = ", each class in its share" if timeline.n_classes and not timeline.alphabet else ""
        return f"by sequence, dealt out at random (always the same){shares}"
    parts = {"validation": dataset.validation, "test": dataset.test}
    if timeline.clock is None:
        where = "in the order of the rows" if timeline.record else "each sequence at the same part of its length"
        return f"by time, {where}"
    dates = [f"{name} from {_when(dataset, part, zone)}" for name, part in parts.items() if len(part)]
    common = ", in all groups" if len(timeline.group_names) > 1 else ""
    return f"by time{common}: {', '.join(dates)}"


def time_in_words(dataset: Dataset, timestep: int, zone: str | None = None) -> str:
    """When a timestep was, as its time column counts; empty where that is not known."""
    clock = dataset.timeline.clock
    return "" if clock is None else _told(dataset.timeline, clock[[timestep]], zone)


def hours_of_day(dataset: Dataset, timesteps: Integers, zone: str | None = None) -> Integers | None:
    """(n,) the hour, 0 to 23, that clocks of the zone show at these timesteps; none where the data have no dates."""
    timeline = dataset.timeline
    if timeline.clock is None or not timeline.time_reading or timeline.time_reading in UNITS:
        return None
    return np.asarray(moments(timeline.clock[timesteps], zone).hour)


def _when(dataset: Dataset, part: Sequences, zone: str | None) -> str:
    """When a part begins, as its time column counts."""
    timeline = dataset.timeline
    assert timeline.clock is not None  # noqa: S101  (the caller has seen to it)
    return _told(timeline, timeline.clock[part.start].min(keepdims=True), zone)


def _told(timeline: Timeline, first: Floats, zone: str | None) -> str:
    """When a clock (1,) shows what `first` holds, as its time column counts."""
    if timeline.time_reading in UNITS:
        return f"{UNITS[timeline.time_reading].counts(first)[0]:.12g}"
    return str(moments(first, zone)[0]) if timeline.time_reading else f"{np.float64(first[0]):.12g}"
