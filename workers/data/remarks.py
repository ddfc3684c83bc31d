"""What is remarkable about data once they are cut and scaled, and what cannot be trained on or scored."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from workers.data.scaling import Column, Scaling, is_constant, scaled, spacing
from workers.data.timeline import Floats, Integers, Sequences, Timeline
from workers.errors import DataError
from workers.wording import counted, listed

LEAST_DEVIATION = 1e-150  # the square of less is 0
FARTHEST = 1e18  # deviations: in single precision, the square of a little more is infinite
FAR, FARTHER = 100.0, 10.0  # deviations, and times as far as in training, for a remark
FEW_LEVELS = 100  # in a deviation
FEW_SCORED = 30  # timesteps of a part

Parts = Mapping[str, Sequences]  # training, validation and test by their names


class Columns(NamedTuple):
    """Inputs or targets that are numbers.

    noun          input or target
    names         (columns,)
    values        (time, columns) in their own units
    timesteps     those that count, by part
    mean, scale   (columns,) of the training part
    """

    noun: str
    names: tuple[str, ...]
    values: NDArray[Any]
    timesteps: Mapping[str, Integers]
    mean: Column
    scale: Column

    def each(self) -> Iterator[tuple[str, "Columns"]]:
        """Each column alone, by what it is called."""
        for number, name in enumerate(self.names):
            only = slice(number, number + 1)
            alone = self._replace(values=self.values[:, only], mean=self.mean[only], scale=self.scale[only])
            yield f"{self.noun} {name}".strip(), alone

    def of_part(self, part: str) -> Floats:
        """(n, columns) the values that count there."""
        return self.values[self.timesteps[part]]

    def distance(self, values: Floats) -> NDArray[np.float32]:
        """(n, columns) in deviations from the mean of the training part."""
        with np.errstate(over="ignore"):
            return np.abs(scaled(values, self.mean, self.scale))


def refuse(timeline: Timeline, scaling: Scaling, parts: Parts) -> None:
    """Raises DataError for numbers whose differences or distances cannot be held, with the column and the part."""
    for columns in _columns(timeline, scaling, parts):
        for name, column in columns.each():
            if column.scale[0] < LEAST_DEVIATION:
                what = f"deviates by {column.scale[0]:g}, which squared is 0; give it in a smaller unit"
                raise DataError(f"{name} {what}", "data")
            for part in parts:
                _refuse_far(name, column, part)


def remarks(timeline: Timeline, scaling: Scaling, parts: Parts) -> tuple[str, ...]:
    """What a person would want to know before training, a sentence each."""
    found = [*_few(timeline, parts)]
    for columns in _columns(timeline, scaling, parts):
        for name, column in columns.each():
            found += [*_of_precision(name, column), *_of_constants(name, column), *_of_distance(name, column)]
    return (*found, *(_of_classes(timeline, parts) if timeline.n_classes else ()))


def _columns(timeline: Timeline, scaling: Scaling, parts: Parts) -> Iterator[Columns]:
    present = {name: part.timesteps for name, part in parts.items() if len(part)}
    if not timeline.alphabet:
        names = timeline.feature_names or _numbered(timeline.features.shape[1])
        yield Columns("input", names, timeline.features, present, scaling.feature_mean, scaling.feature_scale)
    if not timeline.n_classes:
        known = {name: timesteps[timeline.scored[timesteps]] for name, timesteps in present.items()}
        names = timeline.target_names or _numbered(timeline.targets.shape[1])
        if timeline.transform:
            names = tuple(f"{timeline.transform}({name})" for name in names)
        yield Columns("target", names, timeline.targets, known, scaling.target_mean, scaling.target_scale)


def _numbered(count: int) -> tuple[str, ...]:
    """Names for columns that have none: 1, 2 and so on; for a single one none is needed."""
    return ("",) if count == 1 else tuple(map(str, range(1, count + 1)))


def _refuse_far(name: str, column: Columns, part: str) -> None:
    values = column.of_part(part) if part in column.timesteps else column.values[:0]
    distance = column.distance(values)
    if not len(values) or distance.max() <= FARTHEST:
        return
    at = int(distance.argmax())
    low, high = _range(column.of_part("training"))
    raise DataError(
        f"{name} is {float(values[at, 0]):g} at timestep {int(column.timesteps[part][at]):,}, in the {part} part, and"
        f" {low:g} to {high:g} in training: so far off, a loss has no number; correct it, or say that it is missing",
        "data",
    )


def _range(values: Floats) -> tuple[float, float]:
    return float(values.min()), float(values.max())


def _few(timeline: Timeline, parts: Parts) -> Iterator[str]:
    for name, part in parts.items():
        count = int(timeline.scored[part.timesteps].sum())
        if name != "training" and len(part) and count < FEW_SCORED:
            yield f"the {name} part has {counted(count, 'scored timestep')}: on so few, a score is luck"


def _of_precision(name: str, column: Columns) -> Iterator[str]:
    """Of a column whose variation its own numbers, as the source gave them, can hardly hold."""
    values = column.of_part("training")
    low, high = _range(values)
    step = float(spacing(values)[0])
    kind = f"about {low:g} {values.dtype} numbers lie {step:.2g} apart"
    if high > low and is_constant(values)[0]:
        yield f"{name} varies by {high - low:.2g} in training, and {kind}: it counts as constant"
    elif high > low and column.scale[0] < FEW_LEVELS * step:
        yield f"{name} deviates by {column.scale[0]:.2g}, and {kind}: little of its variation is left"


def _of_constants(name: str, column: Columns) -> Iterator[str]:
    """Of an input that changes after training only, and of a target that does not change in a part."""
    if column.noun == "target":
        for part in column.timesteps:
            values = column.of_part(part)
            if len(values) > 1 and is_constant(values)[0]:
                yield f"{name} is {float(values[0, 0]):g} throughout the {part} part, so that nothing can be told there"
        return
    seen = column.of_part("training")
    if is_constant(seen)[0]:
        for part in column.timesteps:
            low, high = _range(column.of_part(part))
            if not is_constant(np.concatenate([seen, column.of_part(part)]))[0]:
                known = f"{float(seen[0, 0]):g} throughout training"
                yield f"{name} is {known}, and {low:g} to {high:g} in the {part} part: no model learns what that means"


def _of_distance(name: str, column: Columns) -> Iterator[str]:
    """Of a column that leaves by far, after training, what it was there."""
    if is_constant(column.of_part("training"))[0]:
        return
    usual = float(column.distance(column.of_part("training")).max())
    for part in column.timesteps:
        values = column.of_part(part)
        distance = column.distance(values)
        if part != "training" and len(values) and distance.max() > max(FAR, FARTHER * usual):
            at = int(distance.argmax())
            off = f"{float(values[at, 0]):g} in the {part} part, {distance.max():,.0f} deviations from training's mean"
            yield f"{name} is {off}; there it is at most {usual:.3g} away"


def _of_classes(timeline: Timeline, parts: Parts) -> Iterator[str]:
    """Of classes that training lacks, and of a part that has a single one."""
    noun = "character" if timeline.alphabet else "class"
    of_part: dict[str, NDArray[Any]] = {}
    for name, part in parts.items():
        timesteps = part.timesteps
        of_part[name] = np.unique(timeline.targets[timesteps[timeline.scored[timesteps]]])
    for name, present in of_part.items():
        if len(present) == 1:
            yield f"the {name} part has a single {noun}, {_shown(timeline, present)}, so that nothing can be told there"
        new = np.setdiff1d(present, of_part["training"])
        if len(new):
            which = f"{_shown(timeline, new)}, which training never has"
            yield f"the {name} part has {counted(len(new), noun)} that no model can learn: {which}"


def _shown(timeline: Timeline, numbers: NDArray[Any]) -> str:
    names = timeline.class_names or tuple(map(repr, timeline.alphabet)) or tuple(map(str, range(timeline.n_classes)))
    return listed(names[int(number)] for number in numbers)
