"""What of rows is unlike the training data, a sentence each."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workers.data.sources.table import Table
from workers.data.sources.tabular.sampling import TOLERANCE
from workers.data.timeline import Timeline
from workers.forecasting.recipe import Recipe
from workers.wording import counted, listed

ROUNDING = 1e-6  # in deviations: to which the training's range is known
NEAR = 0.05  # of a sine or cosine of the calendar: so near to where it turns is no other time
OUTSIDE = 0.01  # of the rows outside the training's range


def drifted(recipe: Recipe, features: NDArray[np.floating]) -> list[str]:
    """A sentence for each input that leaves the range of the training data in many rows; features: (n, n_inputs)."""
    found, calendar = [], recipe.data.calendar_input if isinstance(recipe.data, Table) else None
    for number, (name, low, high) in enumerate(zip(recipe.input_names, recipe.low, recipe.high, strict=False)):
        values, slack = features[:, number], ROUNDING * recipe.scaling.feature_scale[number]
        if calendar and name in calendar.names:
            slack = NEAR
        share = float(((values < low - slack) | (values > high + slack)).mean()) if len(values) else 0.0
        if share > OUTSIDE:
            seen = f"training saw {low:g} to {high:g}, and here it is {values.min():g} to {values.max():g}"
            found.append(f"{name} leaves what training saw in {share:.0%} of the rows: {seen}")
    return found


def strange_groups(recipe: Recipe, names: Sequence[str]) -> list[str]:
    """A sentence where training did not have some of these groups."""
    known = set(recipe.group_names)
    unknown = [name for name in names if name not in known]
    what = f"{counted(len(unknown), 'group')} that training did not have ({listed(unknown[:3])})"
    return [f"{what}: forecast all the same"] if known and unknown else []


def other_steps(recipe: Recipe, clock: NDArray[np.floating] | None, continues: NDArray[np.bool_]) -> list[str]:
    """A sentence where most rows are further from the one before, or nearer to it, than in training.

    None where that is an input, whose range says it.

    clock: (n,) seconds; continues: (n - 1,) whether the row after each is of the same sequence.
    """
    usual = recipe.step_seconds
    is_input = isinstance(recipe.data, Table) and recipe.data.step_input is not None
    if clock is None or not usual or is_input or not continues.any():
        return []
    step = float(np.median(np.diff(clock)[continues]))
    if abs(step - usual) <= TOLERANCE * usual:
        return []
    lengths = [str(pd.Timedelta(seconds=length)) for length in (step, usual)]
    return [f"the step of time is {lengths[0]}, and in training it was {lengths[1]}"]


def unlike(recipe: Recipe, timeline: Timeline) -> list[str]:
    """All of these, of a timeline."""
    continues = np.ones(len(timeline.features) - 1, bool)
    continues[timeline.starts[1:] - 1] = False
    steps = other_steps(recipe, timeline.clock, continues)
    return [*strange_groups(recipe, timeline.group_names), *steps, *drifted(recipe, timeline.features)]
