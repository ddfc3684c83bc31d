"""The metrics that a study file asks for by name or by import path: `data.metrics`."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, Field, WithJsonSchema

from workers.data.loss_row import Loss
from workers.data.metrics.classes import CLASSES
from workers.data.metrics.numbers import NUMBERS
from workers.data.metrics.row import Judged, Numbers, Row
from workers.data.own_code import PATH, as_data_errors, function, own_code, printing_elsewhere
from workers.errors import DataError
from workers.wording import instead, listed

FIELD = "data.metrics"
TAKEN = ("loss", "error", "passes")  # names of other numbers of a model's scores


def _each_once(names: tuple[str, ...]) -> tuple[str, ...]:
    twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    if twice:
        raise ValueError(f"{listed(twice)} is named twice")
    return names


def _formed(name: str) -> str:
    if ":" in name and not re.match(PATH, name):
        raise ValueError(f"{name!r} is no metric's name and no function of a module, such as my_metrics:cost")
    return name


FORM = {"type": "string", "minLength": 1, "pattern": f"^[^:]*$|{PATH}"}
AskedMetrics = Annotated[
    tuple[Annotated[str, Field(min_length=1), AfterValidator(_formed)], ...],
    Field(strict=False),
    AfterValidator(_each_once),
    WithJsonSchema({"type": "array", "items": FORM, "uniqueItems": True}),
]


def chosen(names: Sequence[str], loss: Loss, n_classes: int, folder: Path) -> dict[str, Row]:
    """The rows of these metrics by what they are called, but for those that are reported with the loss anyway.

    n_classes: of the targets, 0 where they are numbers; folder: where functions of the user's are looked for first.

    Raises DataError for a name that is not known or does not suit the targets or the loss, and for a function that
    cannot be found, or whose name another metric has.
    """
    table, others = (CLASSES, NUMBERS) if n_classes else (NUMBERS, CLASSES)
    if names and loss.point is None and (asked := [name for name in names if name not in loss.metrics]):
        what = f"{listed(asked)}: judges one value that is forecast, and data.loss has no quantile 0.5 to be it"
        raise DataError(what, FIELD)
    rows: dict[str, Row] = {}
    for name in names:
        if ":" in name:
            called = _called(name, {*rows, *loss.metrics, *table, *TAKEN})
            rows[called] = Row(partial(_own, name, imported(name, folder)))
        elif name in loss.metrics:
            continue
        elif name in table:
            rows[name] = table[name]
        else:
            raise DataError(_unknown(name, [*dict.fromkeys((*loss.metrics, *table))], others, n_classes), FIELD)
    return rows


def _unknown(name: str, known: Sequence[str], others: Mapping[str, Row], n_classes: int) -> str:
    kinds = ("numbers", "classes") if n_classes else ("classes", "numbers")
    if name in others:
        return f"{name} is a metric of {kinds[0]}, and the targets are {kinds[1]}; there is {listed(known)}"
    hint = instead(name, known)
    return f"no metric {name!r} of these targets and their loss; {hint}, or a function such as my_metrics:cost"


def _called(path: str, taken: set[str]) -> str:
    name = path.partition(":")[2]
    if name in taken:
        raise DataError(f"{path} is called as another metric, {name}; give the function another name", FIELD)
    return name


def imported(path: str, folder: Path) -> Callable[..., Any]:
    """The user's function; see own_code."""
    with own_code(path, folder, FIELD):
        return function(path, folder, FIELD)


def _own(path: str, judge: Callable[..., Any], rows: Judged, forecast: Numbers) -> float:
    """What the user's function makes of copies, which it may change. Raises DataError for what is no number."""
    with as_data_errors(path, FIELD), printing_elsewhere():
        found = judge(rows.measured.copy(), forecast.copy())
        try:
            number = float(found)
        except (TypeError, ValueError):
            what = f"{path} returned {type(found).__name__}, not a number; it is called with what was measured and what"
            raise DataError(
                f"{what} was forecast, arrays of {rows.measured.shape} and {forecast.shape}", FIELD
            ) from None
    return number if math.isfinite(number) else math.nan
