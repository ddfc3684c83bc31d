"""The difference that does not matter to a comparison, as a study file gives it."""

import re
from dataclasses import dataclass
from math import isfinite
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

from sweep.config.rewritten import PER_CENT
from sweep.config.validation import shown

WITH_UNITS = re.compile(r"((?>\d+\.?\d*(?:[eE][+-]?\d+)?))\s*(\S.*)")  # of 0.5 no digit is its unit


@dataclass(frozen=True)
class Margin:
    """A difference of two errors.

    value  relative to the reference's error, or in `units`
    units  those of the target; none: the value is relative
    """

    value: float
    units: str | None = None


def _margin(given: Any) -> Margin:
    if isinstance(given, Margin):
        return given
    if isinstance(given, int | float) and not isinstance(given, bool):
        if not 0 <= given < 1:
            part = f"; {given:g} % is {given / 100:g}" if 1 <= given < 100 else ""
            what = f"is relative without units, so it should be at least 0 and below 1, not {shown(given)}{part}"
            raise ValueError(what)
        return Margin(float(given))
    if isinstance(given, str) and (per_cent := PER_CENT.fullmatch(given.strip())):
        raise ValueError(f"is a part and not per cent; write {float(per_cent[1]) / 100:g}, not {shown(given)}")
    parts = WITH_UNITS.fullmatch(given.strip()) if isinstance(given, str) else None
    if parts is None or not isfinite(float(parts[1])):
        raise ValueError(f"should be a number, or a number with units such as 0.5 mg/dL, not {shown(given)}")
    return Margin(float(parts[1]), parts[2])


RELATIVE = {"type": "number", "minimum": 0, "exclusiveMaximum": 1}
IN_UNITS = {"type": "string", "pattern": r"^\s*[0-9]+(\.[0-9]*)?([eE][+-]?[0-9]+)?\s*[^\s0-9.]"}
MarginField = Annotated[Margin, BeforeValidator(_margin), WithJsonSchema({"anyOf": [RELATIVE, IN_UNITS]})]
