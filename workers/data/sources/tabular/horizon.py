"""How far ahead targets lie: the fields `horizon` and `horizon_weights`, which may name several horizons at once."""

import re
from itertools import pairwise
from math import isfinite
from typing import Annotated, Any, NamedTuple, TypeAlias

from pydantic import BeforeValidator, Field, WithJsonSchema

from workers.data.sources.fields import DURATION, Length, seconds
from workers.wording import counted

One: TypeAlias = int | str  # rows, or a duration

MOST = 500  # horizons at once
SOME = {"minItems": 1, "maxItems": MOST, "uniqueItems": True}  # of a list, in a JSON Schema
RANGE = re.compile(r"\s*(\d{1,9})\s*\.\.\s*(\d{1,9})\s*")
DASHED = re.compile(r"\s*(\d{1,9})\s*[-:]\s*(\d{1,9})\s*")  # what is no range, and is meant for one
FORM = "a list of rows ahead such as [1, 6, 12], a range of them such as 1..12, or a list of durations"


class Ahead(NamedTuple):
    """How far ahead of a row a target lies.

    steps     in rows
    duration  in seconds, where the study file says it so; none: it says rows
    lead      in seconds from any row; none where that depends on the rows
    """

    steps: int
    duration: float | None
    lead: float | None


def _several(given: Any) -> Any:
    """The horizons of a list or a range, of which a single one is that one; what is neither is given back.

    Raises ValueError for horizons that are not all of one form, or not each further ahead than the one before.
    """
    if isinstance(given, str) and (ends := RANGE.fullmatch(given)):
        first, last = map(int, ends.groups())
        if not 0 < last - first < MOST:
            raise ValueError(f"{given} should go up, from 1 or more to at most {MOST} horizons")
        given = list(range(first, last + 1))
    if wrong := _miswritten(given):
        raise ValueError(wrong)
    if not isinstance(given, list | tuple):
        return given
    if len(given) == 1:
        return given[0]
    lengths = [_length(one) for one in given]
    if not 0 < len(given) <= MOST or None in lengths or len({type(one) for one in given}) > 1:
        raise ValueError(f"should be {FORM}, of at most {MOST}, and not {list(given)!r:.60}")
    known = [length for length in lengths if length is not None]
    if known[0] <= 0:
        raise ValueError(f"{given[0]} is not ahead: each of several horizons should be at least 1")
    if any(later <= before for before, later in pairwise(known)):
        raise ValueError(f"{list(given)!r:.60} should be in order, the nearest first, and each once")
    return tuple(given)


def _miswritten(given: Any) -> str:
    """What is wrong with rows, or a range of them, that are written otherwise; empty where nothing is."""
    if isinstance(given, float):
        return f"should be a whole number of rows, such as 6, or a duration, such as 30min, not {given:g}"
    text = given.strip() if isinstance(given, str) else ""
    if text.isdecimal():
        return f"'{given}' is text; write {text} for rows, or with a unit, such as {text}h"
    ends = DASHED.fullmatch(text)
    return f"'{given}' is no range; write {ends[1]}..{ends[2]}" if ends else ""


def _length(one: Any) -> float | None:
    """In rows or in seconds; none of what is neither."""
    if isinstance(one, str):
        return seconds(one)
    return float(one) if isinstance(one, int) and not isinstance(one, bool) else None


def _weights(given: Any) -> Any:
    if given is None:
        return None
    weights = list(given) if isinstance(given, list | tuple) else []
    numbers = [one for one in weights if isinstance(one, int | float) and not isinstance(one, bool)]
    valid = len(numbers) == len(weights) and all(isfinite(one) and one >= 0 for one in numbers)
    if not valid or not any(numbers):
        raise ValueError(f"should be a list of numbers of 0 or more, one for each horizon and not all 0, not {given!r}")
    return tuple(map(float, numbers))


def checked_weights(weights: tuple[float, ...], horizon: One | tuple[One, ...] | None) -> tuple[float, ...] | None:
    """The weights, or none where all are alike, which asks the same. Raises ValueError where they are not one each."""
    count = len(horizon) if isinstance(horizon, tuple) else 1
    if len(weights) != count:
        what = f"has {counted(len(weights), 'weight')}, and horizon has {counted(count, 'horizon')}"
        raise ValueError(f"{what}: one for each")
    return weights if len(set(weights)) > 1 else None


Horizon = Annotated[
    Annotated[int, Field(ge=0)] | Length | tuple[Annotated[int, Field(ge=1)] | Length, ...] | None,
    BeforeValidator(_several),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 0},
                DURATION,
                {"type": "string", "pattern": "^[0-9]{1,9} *[.][.] *[0-9]{1,9}$"},
                {"type": "array", "items": {"type": "integer", "minimum": 1}, **SOME},
                {"type": "array", "items": DURATION, **SOME},
                {"type": "null"},
            ]
        }
    ),
]
Weights = Annotated[
    tuple[float, ...] | None,
    BeforeValidator(_weights),
    WithJsonSchema(
        {"anyOf": [{"type": "array", "items": {"type": "number", "minimum": 0}, "minItems": 1}, {"type": "null"}]}
    ),
]
