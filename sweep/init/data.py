"""The section `data` of a first study: what is said of the file, and what is to be forecast from what."""

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sweep.init import roles
from sweep.init.asked import Asked
from sweep.init.forecast import Forecast, forecast
from workers.data.looking.column import Column
from workers.data.looking.look import Look
from workers.data.looking.said import Said
from workers.data.seasons import DAY, WEEK, YEAR, in_words
from workers.errors import DataError
from workers.wording import listed

PERSISTENT = 0.9  # from here on the last value is nearly the next: what is learnt is how it changes
PERIODS = {"hour": DAY, "weekday": WEEK, "month": YEAR}
WHOLE = re.compile(r"-?[1-9][0-9]{0,8}|0")
ENOUGH = 2  # periods, of which something can be learnt


@dataclass(frozen=True)
class Data:
    """The section, field by field, and what may be said of it.

    fields    in the order of the file
    inputs    its entries of the field `inputs`
    left_out  columns that are not used, and why
    """

    fields: Mapping[str, Said]
    inputs: Sequence[Said]
    left_out: Mapping[str, str]
    forecast: Forecast


def data(look: Look, asked: Asked, folder: Path) -> Data:
    """The section for a study file in this folder. Raises DataError as `forecast`."""
    wanted = forecast(look, asked)
    own = () if wanted.classes.value or wanted.rows == 0 else wanted.targets
    others, left_out = roles.inputs(look, wanted.targets, wanted.rows)
    entries = [*(Said(name, "its own past") for name in own), *others]
    calendar = _calendar(look)
    if entries and calendar:
        entries.append(Said({"calendar": calendar}, "when a row is, as inputs"))
    if not entries:
        raise DataError(f"{look.path}: no column is left that could be an input", "data.inputs")
    used = [*wanted.targets, *(name for each in entries if (name := _column(each.value)))]
    fields = {
        "kind": Said("table"),
        "path": Said(_path(look.path, folder), "from this file's folder"),
        **look.written,
        **_times(look),
        **_targets(look, wanted),
        **_mended(look, dict.fromkeys(used)),
        **_learnt(wanted),
    }
    return Data(fields, entries, left_out, wanted)


def _column(entry: object) -> str:
    return str(entry.get("column", "")) if isinstance(entry, dict) else str(entry)


def _path(path: Path, folder: Path) -> str:
    """The file as it is found from the study file's folder."""
    try:
        return Path(os.path.relpath(path.absolute(), folder.absolute())).as_posix()
    except ValueError:  # of another drive
        return str(path.absolute())


def _times(look: Look) -> dict[str, Said]:
    """The fields about when rows were, and which belong together."""
    fields: dict[str, Said] = {}
    when, rhythm = look.when, look.rhythm
    if when:
        why = f"rows are {rhythm.called} apart" if rhythm else "all rows have the same time"
        if look.zoned:
            why = "hours repeat and skip as the clocks of this zone do; others have the same rule"
        elif not when.sure:
            why = "day and month could change places; by this form time goes up"
        fields["time"] = Said(when.said, why, sure=when.sure and not look.zoned)
    if look.group:
        n, middle = look.columns[look.group].different, int(np.median(look.lengths))
        fields["group"] = Said(look.group, f"{n:,} sequences, of {middle:,} rows in the median")
    if when and not (look.sorted and look.whole):
        fields["order"] = Said("sort", "time goes back" if not look.sorted else "in case time goes back further on")
    if rhythm and rhythm.irregular:
        why = f"rows come when they like, {rhythm.called} apart in the median: brought to even steps"
        fields["resample"] = Said(in_words(rhythm.even), why, sure=False)
    if rhythm and rhythm.max_gap:
        gap = max(rhythm.max_gap, 2 * rhythm.even if rhythm.irregular else 0.0)
        fields["max_gap"] = Said(in_words(gap), "a longer pause begins a new sequence")
    return fields


def _targets(look: Look, wanted: Forecast) -> dict[str, Said]:
    """The fields about what is forecast, and how far ahead."""
    first = look.columns[wanted.targets[0]]
    fields: dict[str, Said] = {"targets": Said(list(wanted.targets), _target_why(look, first))}
    if wanted.classes.value:
        if first.numeric and first.kind != "true and false":
            fields["classes"] = Said(True, wanted.classes.why, wanted.classes.sure)
        elif not first.numeric and first.different > roles.FEW_CLASSES:
            fields["classes"] = Said(True, wanted.classes.why)
        if look.group and roles.is_static(look, first):
            fields["score"] = Said("sequence_end", "each sequence has one class")
    elif not wanted.classes.sure:
        fields["targets"] = Said(list(wanted.targets), wanted.classes.why, sure=False)
    if wanted.horizon is not None:
        fields["horizon"] = wanted.horizon
    if (units := look.units.get(first.name)) and not wanted.classes.value:
        fields["units"] = Said(units, "as the file says")
    return fields


def _target_why(look: Look, column: Column) -> str:
    others = [name for name in roles.candidates(look) if name != column.name]
    return f"or {listed(others[:4])}" if others else ""


def _mended(look: Look, used: Mapping[str, None]) -> dict[str, Said]:
    """The field `missing`, where something is, or may be further on."""
    columns = [look.columns[name] for name in used]
    words = list(dict.fromkeys(word for each in columns for word in each.words))
    lacking = [f"{each.name} {each.missing:,}" for each in columns if each.missing]
    if not lacking and look.whole and not (look.rhythm and look.rhythm.irregular):
        return {}
    plain = [int(word) if WHOLE.fullmatch(word) else word for word in words]
    value = {"values": plain, "fill": "forward"} if words else {"fill": "forward"}
    further_on = "in case values are missing further on" if not look.whole else "intervals without a row"
    why = f"missing: {listed(lacking[:4])}" if lacking else further_on
    return {"missing": Said(value, f"{why}: the last value holds; or drop: leave such rows out", sure=not words)}


def _learnt(wanted: Forecast) -> dict[str, Said]:
    """The fields about what is learnt, and what it is compared with."""
    if wanted.classes.value or wanted.rows == 0:
        return {}
    fields: dict[str, Said] = {}
    persistent = wanted.rows < len(wanted.correlation) and wanted.correlation[wanted.rows] >= PERSISTENT
    if persistent:
        fields["predict"] = Said("change", "the last value is nearly the next: how it changes is learnt; or level")
    if wanted.season:
        found = wanted.season
        why = f"rows: {found.called}, after which values repeat (autocorrelation {found.strength:.2g})"
        fields["season"] = Said(found.rows, why)
    return fields


def _calendar(look: Look) -> list[str]:
    """The parts of the calendar of which the file has two periods, and that steps are short enough to show."""
    if look.when is None or look.rhythm is None or not look.when.dated:
        return []
    span = float(np.ptp(look.when.clock))
    step = look.rhythm.step
    parts = [part for part, period in PERIODS.items() if 2 * step <= period and ENOUGH * period <= span]
    return [part for part in parts if not (part == "weekday" and step > DAY)]
