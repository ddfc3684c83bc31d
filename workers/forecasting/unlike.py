"""What of rows is unlike the training data: a sentence each, and what that is about."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workers.data.sources.tabular.inputs.entry import Entry
from workers.data.sources.tabular.inputs.when import Step
from workers.data.sources.tabular.sampling import TOLERANCE
from workers.data.timeline import Timeline
from workers.forecasting.recipe import Recipe
from workers.wording import counted, listed

ROUNDING = 1e-6  # in deviations: to which the training's range is known
OUTSIDE = 0.01  # of the rows outside the training's range


class Unlike(NamedTuple):
    """about: each input, category column or group that the sentence is about."""

    about: tuple[str, ...]
    sentence: str


def drifted(recipe: Recipe, features: NDArray[np.floating]) -> list[Unlike]:
    """Each input that leaves the range of the training data in many rows, and each column of categories it had not.

    features: (n, n_inputs)
    """
    if not len(features):
        return []
    kinds = {number: entry for entry, numbers in recipe.entries for number in numbers}
    open_ended = {number for number, entry in kinds.items() if not entry.ranged and entry.sources}
    ranges = [number for number in range(len(recipe.low)) if number not in open_ended]
    left = [_out_of_range(recipe, number, features[:, number], kinds.get(number)) for number in ranges]
    new = [
        _unseen(entry.sources[0].column, features[:, numbers])
        for entry, numbers in recipe.entries
        if not entry.ranged and entry.sources
    ]
    return [each for each in (*left, *new) if each]


def _out_of_range(recipe: Recipe, number: int, values: NDArray[np.floating], entry: Entry | None) -> Unlike | None:
    low, high = recipe.low[number], recipe.high[number]
    slack = (entry and entry.slack) or ROUNDING * recipe.scaling.feature_scale[number]
    share = float(((values < low - slack) | (values > high + slack)).mean())
    if share <= OUTSIDE:
        return None
    name = recipe.input_names[number]
    seen = f"training saw {low:g} to {high:g}, and here it is {values.min():g} to {values.max():g}"
    return Unlike((f"input {name}",), f"{name} leaves what training saw in {share:.0%} of the rows: {seen}")


def _unseen(column: str, values: NDArray[np.floating]) -> Unlike | None:
    """values: (n, categories) 1 where a row has it."""
    count = int((~values.any(axis=1)).sum())
    what = f"{column} is no category of training in {count:,} of {counted(len(values), 'row')}"
    return Unlike((f"categories {column}",), f"{what}: all its inputs are 0 there") if count else None


def strange_groups(recipe: Recipe, names: Sequence[str]) -> list[Unlike]:
    """Those of these groups that training did not have."""
    known = set(recipe.group_names)
    unknown = [name for name in names if name not in known]
    what = f"{counted(len(unknown), 'group')} that training did not have ({listed(unknown[:3])})"
    how = "scaled by the mean and deviation of all groups, " if recipe.group_scale else ""
    about = tuple(f"group {name}" for name in unknown)
    return [Unlike(about, f"{what}: {how}forecast all the same")] if known and unknown else []


def other_steps(recipe: Recipe, clock: NDArray[np.floating] | None, continues: NDArray[np.bool_]) -> list[Unlike]:
    """Says where most rows are further from the one before, or nearer to it, than in training.

    None where that is an input, whose range says it.

    clock: (n,) seconds; continues: (n - 1,) whether the row after each is of the same sequence.
    """
    usual = recipe.step_seconds
    is_input = any(isinstance(entry, Step) for entry, _ in recipe.entries)
    if clock is None or not usual or is_input or not continues.any():
        return []
    step = float(np.median(np.diff(clock)[continues]))
    if abs(step - usual) <= TOLERANCE * usual:
        return []
    lengths = [str(pd.Timedelta(seconds=length)) for length in (step, usual)]
    return [Unlike(("step of time",), f"the step of time is {lengths[0]}, and in training it was {lengths[1]}")]


def unlike(recipe: Recipe, timeline: Timeline) -> list[Unlike]:
    """All of these, of a timeline."""
    continues = np.ones(len(timeline.features) - 1, bool)
    continues[timeline.starts[1:] - 1] = False
    steps = other_steps(recipe, timeline.clock, continues)
    return [*strange_groups(recipe, timeline.group_names), *steps, *drifted(recipe, timeline.features)]
