"""What a study file may say of a table: the fields of `kind: table`."""

from typing import Annotated, Any, Literal

from pydantic import Field, ValidationInfo, field_validator

from workers.data.losses import number_loss
from workers.data.seasons import in_words
from workers.data.sources.fields import UNSAID, Duration, Name, Names, seconds
from workers.data.sources.tabular.absent import NOTHING_SAID, Missing
from workers.data.sources.tabular.by_file import FILE, ByFile, NameOrFile
from workers.data.sources.tabular.clock import NameOrTime, Time
from workers.data.sources.tabular.horizon import Horizon, One, Weights, checked_weights
from workers.data.sources.tabular.inputs.back import Back, in_intervals
from workers.data.sources.tabular.inputs.entries import Inputs, Mapped, entry_of
from workers.data.sources.tabular.inputs.entry import Entry, Source
from workers.data.sources.tabular.written_table import WrittenTable
from workers.data.transforms import TRANSFORMS
from workers.data.transforms import Name as Transform
from workers.wording import listed

SHORTEST = 1e-6  # seconds, of an interval
ROUNDING = 1e-9  # of a number of intervals
UNSUITED: dict[str | None, str] = {  # what losses of counts do not go with
    "change": "change can be negative, and loss: {loss} is {needs}; say level",
    "group": "group brings values below 0, and loss: {loss} is {needs}; say global",
    **dict.fromkeys(TRANSFORMS, "loss: {loss} has the model forecast the logarithm as it is; say one of them"),
}


class TableFields(WrittenTable):
    """The fields of `kind: table`.

    A target column of numbers, integers too, is a regression unless `classes` is true. A column of text of which no
    cell is a number, or of true and false, holds classes: it is then the only target, and its classes are numbered in
    sorted order.
    """

    kind: Literal["table"] = "table"
    path: Name
    time: NameOrTime | None = None
    resample: Annotated[Duration | None, UNSAID] = None
    inputs: Inputs
    targets: Names
    classes: Annotated[bool, UNSAID] = False
    horizon: Annotated[Horizon, Field(validate_default=True)] = None  # see Table
    horizon_weights: Annotated[Weights, UNSAID] = None
    group: Annotated[NameOrFile | None, Field(validate_default=True)] = None
    max_gap: Duration | None = None
    missing: Missing | None = None
    order: Literal["sort"] | None = None
    predict: Literal["level", "change"] = "level"
    transform: Annotated[Transform | None, UNSAID] = None
    scale: Annotated[Literal["global", "group"], Field(exclude_if=lambda scale: scale == "global")] = "global"
    season: Annotated[int, Field(ge=1)] | None = None  # rows
    units: Name | None = None  # of the targets, for people

    @field_validator("inputs")
    @classmethod
    def _some_need_time(cls, inputs: tuple[str | Mapped, ...], info: ValidationInfo) -> tuple[str | Mapped, ...]:
        timed = next((one for one in map(entry_of, inputs) if one.timed), None)
        if timed and info.data.get("time") is None:
            what = f"a lag of {timed.durations[0]}" if timed.durations else timed.called
            raise ValueError(f"{what} needs to know when each row was: name the column in time")
        for one in map(entry_of, inputs):
            for length in one.durations:
                cls._whole_steps(length, info)
        ahead = next((one for one in map(entry_of, inputs) if one.ahead), None)
        if ahead and info.data.get("resample") is not None:
            what = f"{ahead.sources[0].column} cannot be known ahead with resample, whose intervals have means"
            raise ValueError(f"{what}: bring the rows to even steps before, and leave resample out")
        return inputs

    @field_validator("targets")
    @classmethod
    def _not_known_ahead(cls, targets: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        away = [name for name in targets if name in _columns(info, ahead=True)]
        if away:
            raise ValueError(f"{listed(away)} is known ahead among the inputs, which gives the answer away")
        return targets

    @field_validator("horizon")
    @classmethod
    def _answer_not_given(cls, horizon: One | tuple[One, ...] | None, info: ValidationInfo) -> Any:
        """The horizon, or None where it is the one that is meant when nothing is said: both ask the same."""
        given = [name for name in info.data.get("targets", ()) if name in _columns(info)]
        away = [name for name in given if name in _columns(info, present=True)]
        if horizon == 0 and away:
            raise ValueError(f"0 gives the answer away, since {listed(away)} is among the inputs; at least 1")
        ahead = _columns(info, ahead=True)
        if ahead and not (int(bool(given)) if horizon is None else horizon):
            what = f"should be at least 1, since {listed(ahead)} is known ahead"
            raise ValueError(f"{what}; where the row itself is forecast, say no known")
        for one in horizon if isinstance(horizon, tuple) else (horizon,):
            if isinstance(one, str):
                cls._whole_steps(cls._needs_time(one, info), info)
        return None if horizon == int(bool(given)) else horizon

    @field_validator("horizon_weights")
    @classmethod
    def _one_for_each(cls, weights: tuple[float, ...] | None, info: ValidationInfo) -> tuple[float, ...] | None:
        return checked_weights(weights, info.data["horizon"]) if weights and "horizon" in info.data else None

    @field_validator("group")
    @classmethod
    def _other_than_a_column(cls, group: str | ByFile | None, info: ValidationInfo) -> str | ByFile | None:
        used = {*info.data.get("inputs", ()), *info.data.get("targets", ())}
        if isinstance(group, ByFile) and FILE in used:
            raise ValueError(f"a column is called {FILE}, as the groups would be: give it another name")
        return group

    @field_validator("group")
    @classmethod
    def _of_static_columns(cls, group: str | ByFile | None, info: ValidationInfo) -> str | ByFile | None:
        fixed = [one.sources[0].column for one in map(entry_of, info.data.get("inputs", ())) if one.fixed]
        if fixed and group is None:
            raise ValueError(f"is needed, since {listed(fixed)} is static: the same in all rows of a group")
        return group

    @field_validator("resample", "max_gap", "order")
    @classmethod
    def _needs_time(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is not None and info.data.get("time") is None:
            raise ValueError("needs to know when each row was: name the column in time")
        return value

    @field_validator("resample")
    @classmethod
    def _long_enough(cls, step: str | None) -> str | None:
        if step is not None and seconds(step) < SHORTEST:
            raise ValueError(f"{step} is too short: at least a microsecond")
        return step

    @field_validator("max_gap")
    @classmethod
    def _can_be_seen(cls, gap: str | None, info: ValidationInfo) -> str | None:
        step = info.data.get("resample")
        if gap is not None and step is not None and seconds(gap) < seconds(step):
            raise ValueError(f"{gap} is shorter than the intervals of resample, {step}; at least {step}")
        return gap

    @classmethod
    def _whole_steps(cls, horizon: str | None, info: ValidationInfo) -> str | None:
        step = info.data.get("resample")
        if horizon is not None and step is not None:
            count = seconds(horizon) / seconds(step)
            if round(count) < 1 or abs(count - round(count)) > ROUNDING:
                near = in_words(max(round(count), 1) * seconds(step))
                raise ValueError(f"{horizon} is no whole number of intervals of {step}, see resample; say {near}")
        return horizon

    @field_validator("predict", "season")
    @classmethod
    def _needs_horizon(cls, value: str | int | None, info: ValidationInfo) -> str | int | None:
        said = info.data.get("horizon")
        ahead = set(_columns(info)) & set(info.data.get("targets", ())) if said is None else said
        if value not in (None, "level") and not ahead:
            raise ValueError("applies only to forecasts: set a horizon of at least 1")
        return value

    @field_validator("predict", "transform", "scale")
    @classmethod
    def _suits_the_loss(cls, value: str | None, info: ValidationInfo) -> str | None:
        loss = info.data.get("loss")
        if value in UNSUITED and loss is not None and not number_loss(loss).differences:
            raise ValueError(UNSUITED[value].format(loss=loss.name, needs=number_loss(loss).needs))
        return value

    @field_validator("scale")
    @classmethod
    def _of_groups(cls, scale: str, info: ValidationInfo) -> str:
        if scale == "group" and info.data.get("group") is None:
            raise ValueError("group scales each group by its own figures: name their column in group")
        return scale

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The inputs, each with all that can be said of it; what is known ahead once at each horizon."""
        return tuple(entry for one in self.inputs for entry in entry_of(one).at(self.horizons))

    @property
    def horizons(self) -> tuple[One, ...]:
        """Where there are several, each; else none."""
        return self.horizon if isinstance(self.horizon, tuple) else ()

    @property
    def endings(self) -> tuple[str, ...]:
        """Of the names of what is forecast at each horizon: +6, +30min; where there is one horizon, nothing."""
        return tuple(f"+{one}" for one in self.horizons) or ("",)

    @property
    def forecast_names(self) -> tuple[str, ...]:
        """What is forecast: each target, and that at each horizon."""
        return tuple(f"{name}{ending}" for name in self.targets for ending in self.endings)

    @property
    def sources(self) -> tuple[Source, ...]:
        """The columns that the inputs are made of, and how each is read."""
        return tuple(dict.fromkeys(source for one in self.entries for source in one.sources))

    @property
    def forecast_from(self) -> tuple[str, ...]:
        """What is read for a forecast, by its key: the inputs, and then those targets whose present value it adds."""
        added = self.targets if self.predict == "change" else ()
        return tuple(dict.fromkeys((*(source.key for source in self.sources), *added)))

    @property
    def needed_columns(self) -> tuple[str, ...]:
        """The same as columns of the file."""
        added = self.targets if self.predict == "change" else ()
        return tuple(dict.fromkeys((*self.input_columns, *added)))

    @property
    def input_columns(self) -> tuple[str, ...]:
        """The columns of the file that the inputs are made of."""
        return tuple(dict.fromkeys(source.column for source in self.sources))

    @property
    def back(self) -> Back:
        """How far the inputs look back."""
        reach = max(one.reach for one in self.entries)
        if self.step is None:
            return Back(reach, max(map(seconds, self.durations), default=0.0))
        return Back(max([reach, *(in_intervals(length, self.step) for length in self.durations)]))

    @property
    def durations(self) -> tuple[str, ...]:
        """Those by which they look back."""
        return tuple(length for one in self.entries for length in one.durations)

    @property
    def categorical(self) -> tuple[Source, ...]:
        """Those of the inputs that hold categories."""
        return tuple(source for source in self.sources if source.category)

    @property
    def known_ahead(self) -> tuple[Source, ...]:
        """Those of them that are known ahead."""
        return tuple(dict.fromkeys(source for one in self.entries if one.ahead for source in one.sources))

    @property
    def static(self) -> tuple[Source, ...]:
        """Those of them that are the same in all rows of a group."""
        return tuple(dict.fromkeys(source for one in self.entries if one.fixed for source in one.sources))

    @property
    def when(self) -> Time | None:
        """The columns that say when each row was, and how."""
        return Time(column=self.time) if isinstance(self.time, str) else self.time

    @property
    def zone(self) -> str | None:
        """Whose clock they show; none: UTC."""
        return self.when.zone if self.when else None

    @property
    def time_column(self) -> str:
        """What they are called together; empty if there is none."""
        return self.when.name if self.when else ""

    @property
    def time_columns(self) -> tuple[str, ...]:
        """Their names."""
        return self.when.columns if self.when else ()

    @property
    def labels(self) -> tuple[str, ...]:
        """The columns that tell rows apart: those of the time, and that of the group."""
        return (*self.time_columns, *([self.group_column] if self.group_column else []))

    @property
    def group_column(self) -> str | None:
        """The column that names the group of a row; of a file there is none, and its rows are given one."""
        return FILE if isinstance(self.group, ByFile) else self.group

    @property
    def step(self) -> float | None:
        """Seconds from row to row where rows are resampled."""
        return None if self.resample is None else seconds(self.resample)

    @property
    def cells_missing(self) -> Missing:
        """The cells that mean missing, besides the empty ones."""
        return self.missing or NOTHING_SAID


def _columns(info: ValidationInfo, *, present: bool = False, ahead: bool = False) -> tuple[str, ...]:
    """The columns of the inputs, as far as these were understood.

    present: only those that tell what is now; ahead: only those that are known ahead
    """
    entries = map(entry_of, info.data.get("inputs", ()))
    taken = (one for one in entries if (one.present or not present) and (one.ahead or not ahead))
    return tuple(source.column for one in taken for source in one.sources)
