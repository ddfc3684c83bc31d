"""The search space: which fields a sampler is asked for, in which order, and which trials are equal."""

import hashlib
import json
import math
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from typing import Annotated, Any, Protocol

from pydantic import BaseModel, ConfigDict, PlainValidator
from pydantic_core import PydanticCustomError

from sweep.config.locations import branches
from workers.data.timeline import Sequences
from workers.plans.equivalence import canonical
from workers.plans.fields import PlanFields
from workers.spec import APPLIES, DECIDING, OF_LAYERS, SIMPLIFIED, TrialSpec, applies, is_argument

LIMIT = 10_000  # combinations of joint fields; going through more of them takes too long
FIELDS = tuple(TrialSpec.model_fields)  # the order of asking: what decides whether a field applies comes before it
# What canonical looks at or changes, or decides what applies. The other fields always apply and stay as they are.
JOINT_FIELDS = {*PlanFields.model_fields, *APPLIES, *DECIDING, *SIMPLIFIED}
LAYERS = {name for name, condition in APPLIES.items() if condition is OF_LAYERS} - {*DECIDING}  # joint beside models


def _number(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise PydanticCustomError("number", "should be a number")
    if not abs(value) <= sys.float_info.max:
        raise PydanticCustomError("finite_number", "should be a finite number")
    return value


Number = Annotated[float, PlainValidator(_number)]  # whole numbers stay whole


class Range(BaseModel):
    """The numbers from `low` to `high`, both included; with `step` only low, low + step, ...

    log  all orders of magnitude are equally likely
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    low: Number
    high: Number
    log: bool = False
    step: Number | None = None

    @property
    def values(self) -> Sequence[float] | None:
        """All values in order; None if they are infinitely many."""
        if isinstance(self.low, int) and isinstance(self.high, int):
            return range(self.low, self.high + 1, int(self.step or 1))
        if self.step is None:
            return None
        return [self._at(i) for i in range(int(self._steps()) + 1)]

    @property
    def fits(self) -> bool:
        """Whether the steps end at `high`."""
        if isinstance(self.step, int):
            return (self.high - self.low) % self.step == 0
        return self.step is None or self._steps() % 1 == 0

    def exactly(self, value: float) -> float:
        """The value of the range that `value` equals but for a sampler's rounding error; else `value`."""
        nearest = value if self.step is None else self._at(round((value - self.low) / self.step))
        return nearest if math.isclose(nearest, value, abs_tol=1e-12) else value

    def _steps(self) -> Decimal:
        return (Decimal(str(self.high)) - Decimal(str(self.low))) / Decimal(str(self.step))

    def _at(self, i: int) -> float:
        return float(Decimal(str(self.low)) + i * Decimal(str(self.step)))


Entry = tuple[Any, ...] | Range  # choices, each None, a boolean, a number or a string


def typed(entries: Mapping[str, Entry]) -> dict[str, Entry]:
    """The same entries, in which numbers of float fields are floats: 1 and 1.0 are one choice."""
    return {name: _as_floats(entry) if is_float(name) else entry for name, entry in entries.items()}


class Suggests(Protocol):
    """The three methods of optuna.Trial that a space calls."""

    def suggest_categorical(self, name: str, choices: Sequence[Any]) -> Any:
        """One of the choices."""

    def suggest_int(self, name: str, low: int, high: int, *, step: int = 1, log: bool = False) -> int:
        """A whole number from low to high."""
        ...

    def suggest_float(
        self, name: str, low: float, high: float, *, step: float | None = None, log: bool = False
    ) -> float:
        """A number from low to high."""
        ...


@dataclass(frozen=True)
class Space:
    """The fields that are searched, with the entry of each, and the trial that holds all other values."""

    trial: TrialSpec
    entries: Mapping[str, Entry]

    @property
    def names(self) -> list[str]:
        """The fields that are searched, in the order of asking: last the arguments of the user's own code."""
        return [*(name for name in FIELDS if name in self.entries), *filter(is_argument, self.entries)]

    def suggest(self, trial: Suggests) -> TrialSpec:
        """The trial that a sampler suggests; a field is asked only if it applies, given the values asked before it."""
        values = dict(self.trial)
        given = set(self.trial.model_fields_set)
        for name in self.names:
            if applies(name, values):
                values[name] = _ask(trial, name, self.entries[name])
                given.add(name)
        # A model remembers what it was given, and a study has thousands of them: defaults are left to the class.
        return TrialSpec(**{name: value for name, value in values.items() if name in given})

    def spec_from(self, parameters: Mapping[str, Any]) -> TrialSpec:
        """The trial with these parameters; all other fields are as in `trial` of the study file."""
        return TrialSpec(**{**dict(self.trial), **parameters})

    def grid(self) -> Iterator[dict[str, Any]]:
        """The parameters of every trial that `suggest` can return. Raises ValueError if they are infinitely many."""
        return _grid(self.entries, dict(self.trial), self.names)

    def distinct(self, train: Sequences) -> int | None:
        """How many trials of the space differ in canonical form; None if infinitely many, or too many to go through."""
        of_arms = self.distinct_of_arms(train)
        return None if of_arms is None else sum(of_arms.values())

    def distinct_of_arms(self, train: Sequences) -> dict[str, int] | None:
        """The same of each arm, by its name."""
        if any(choices(entry) is None for entry in self.entries.values()):
            return None
        alone = () if "model" in self.entries else LAYERS
        joint = {
            name: entry
            for name, entry in self.entries.items()
            if (name in JOINT_FIELDS and name not in alone) or is_argument(name)
        }
        grid = list(islice(Space(self.trial, joint).grid(), LIMIT + 1))
        if len(grid) > LIMIT:
            return None
        forms = (canonical(self.spec_from(parameters), train) for parameters in grid)
        arms = {key(form): form.arm for form in forms}
        others = math.prod(len(choices(entry) or ()) for name, entry in self.entries.items() if name not in joint)
        return {arm: count * others for arm, count in Counter(arms.values()).items()}


def key(spec: TrialSpec) -> str:
    """Sixteen hexadecimal digits, equal for trials of equal parameters; of a canonical trial, what it is reused by."""
    # adding zero turns -0.0, which equals 0.0, into it
    parameters = {name: value + 0.0 if isinstance(value, float) else value for name, value in spec.parameters.items()}
    return hashlib.sha256(json.dumps(parameters, sort_keys=True).encode()).hexdigest()[:16]


def choices(entry: Entry) -> Sequence[Any] | None:
    """All values of an entry; None if they are infinitely many."""
    return entry.values if isinstance(entry, Range) else entry


def is_float(name: str) -> bool:
    """Whether a field is a number that need not be whole."""
    return name in FIELDS and float in branches(TrialSpec.model_fields[name].annotation)


def is_whole(name: str, entry: Range) -> bool:
    """Whether a range is of whole numbers; of an argument of the user's own code, whether it is written so."""
    if is_argument(name):
        return all(isinstance(end, int) for end in (entry.low, entry.high, entry.step or 1))
    return not is_float(name)


def _as_floats(entry: Entry) -> Entry:
    if isinstance(entry, Range):
        return entry.model_copy(update={name: _as_float(value) for name, value in entry if name != "log"})
    return tuple(_as_float(value) for value in entry)


def _as_float(value: Any) -> Any:
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    return float(value) if is_whole and abs(value) <= sys.float_info.max else value


def _ask(trial: Suggests, name: str, entry: Entry) -> Any:
    if not isinstance(entry, Range):
        return trial.suggest_categorical(name, entry)
    if not is_whole(name, entry):
        value = trial.suggest_float(name, entry.low, entry.high, step=entry.step, log=entry.log)
        return value if value is None else entry.exactly(value)  # none: of an enqueued trial
    return trial.suggest_int(name, int(entry.low), int(entry.high), step=int(entry.step or 1), log=entry.log)


def _grid(entries: Mapping[str, Entry], values: dict[str, Any], names: Sequence[str]) -> Iterator[dict[str, Any]]:
    asked = next((i for i, name in enumerate(names) if name in entries and applies(name, values)), None)
    if asked is None:
        yield {}
        return
    name = names[asked]
    options = choices(entries[name])
    if options is None:
        raise ValueError(f"{name} has infinitely many values")
    for value in options:
        for rest in _grid(entries, {**values, name: value}, names[asked + 1 :]):
            yield {name: value, **rest}
