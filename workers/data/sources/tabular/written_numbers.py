"""Numbers that are written as text: how they are meant, and what the study file has to say for them."""

import re
from collections.abc import Sequence
from typing import NamedTuple

import pandas as pd

from workers.data.sources.tabular.dialect import LIKE, Dialect, number
from workers.wording import as_yaml

MOST = 0.5  # of the cells: what fewer are is not how a column is written
LOOKED_AT = 1000  # different cells
DECIMALS = {".": "decimal points", ",": "decimal commas"}
GROUPS = {".": "points", ",": "commas", " ": "blanks", "'": "apostrophes", "_": "underscores"}
MINUS = "\u2212\u2013\u2012\uff0d"  # minus sign, two dashes, full-width hyphen
CURRENCY = r"[$€£¥₹₩₽฿₺₫₴₦]|\b(?:USD|EUR|GBP|JPY|CHF|CNY|INR|SEK|NOK|DKK|PLN|CZK|BRL|AUD|CAD|KRW|TRY|RUB)\b"
UNIT = r"°?\s?[^\W\d_][\w/²³·^*.-]{0,9}|[°′″]"
SPACES = LIKE[" "]


class Writing(NamedTuple):
    """A way in which numbers, or what cannot be one, are written: what it is, and what to do."""

    what: str
    advice: str


REMOVE = "write the numbers without"
DATES = Writing("dates", "a date may be time, but no input and no target")
AROUND = (  # what stands around a number; the group `rest` is the number, perhaps with more around it
    (rf"[{MINUS}](?P<rest>[0-9.].*)", Writing("numbers with a minus sign of Unicode", "write the ordinary one, -")),
    (
        r"[<>≤≥~≈]=?\s*(?P<rest>.+)",
        Writing("numbers with a bound such as <", "put a number of your choice in the place of bounds"),
    ),
    (rf"[+-]?(?:{CURRENCY})\s*(?P<rest>.+)", Writing("numbers with a currency", f"{REMOVE} it")),
    (rf"(?P<rest>.+?)\s*(?:{CURRENCY})", Writing("numbers with a currency", f"{REMOVE} it")),
    (r"(?P<rest>.+?)\s*[%‰]", Writing("numbers with a percent sign", f"{REMOVE} it")),
    (rf"(?P<rest>.*[0-9.,])\s*(?:{UNIT})", Writing("numbers with a unit", f"{REMOVE} it")),
    (r"\((?P<rest>[0-9].*)\)", Writing("numbers with brackets", "write a minus sign if that is meant")),
    (r"(?P<rest>[0-9].*)-", Writing("numbers with a minus sign at the end", "write it in front")),
)
OTHER = (
    (r"[+-]?0[xX][0-9a-fA-F]+", Writing("hexadecimal numbers", "write them as decimal ones")),
    (r"(\d{4}([-/.])\d{1,2}\2\d{1,2}|\d{1,2}([-/.])\d{1,2}\3\d{2,4})([ T,].*)?", DATES),
    (r"\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?", Writing("times of day", "write them as numbers, such as minutes")),
    (r"\[(\s*[+-]?[\d.]+(e[+-]?\d+)?\s*,?)*\]", Writing("lists", "give each item a column of its own")),
    (r"[+-]?\d+\.?\d*[dD][+-]?\d+", Writing("numbers with a D for the exponent", "write an E in its place")),
    (
        r"[+-]?(?=.*[^\x00-\x7f])[\d.,٫٬]+",
        Writing("numbers in the digits of another script", "write them with the digits 0 to 9"),
    ),
)
ANY = [(decimal, group) for group in ("", *GROUPS) for decimal in DECIMALS if decimal != group]
NUMBER = "|".join(number(decimal, group) for decimal, group in ANY)


def writing_of(cells: pd.Series, dialect: Dialect) -> Writing | None:
    """How most of these cells (text, none missing) are numbers although the dialect has no number for them; or None."""
    texts = [str(cell) for cell in cells.drop_duplicates()[:LOOKED_AT]]
    for pattern, writing in OTHER:
        if sum(re.fullmatch(pattern, text) is not None for text in texts) > MOST * len(texts):
            return writing
    found: dict[Writing, None] = {}
    numbers = [bare for text in texts if (bare := _bare(text, found)) is not None]
    if len(numbers) <= MOST * len(texts):
        return None
    if found:
        return Writing(" and ".join(each.what for each in found), " and ".join(each.advice for each in found))
    return _dialect_of(numbers, dialect)


def looks_like_a_number(text: str) -> bool:
    """Whether the cell may be a number that is written otherwise, and so hardly means that one is missing."""
    return _bare(text, {}) is not None or any(re.fullmatch(pattern, text) for pattern, _ in OTHER)


def fitting_signs(numbers: Sequence[str]) -> list[tuple[str, str]]:
    """The signs before decimals and between thousands (empty: none), in pairs, with which each of these is a number."""
    return [signs for signs in ANY if all(re.fullmatch(number(*signs), each) for each in numbers)]


def _bare(text: str, found: dict[Writing, None]) -> str | None:
    """The number in a cell without what is around it, which is noted in `found`; None where there is none."""
    if re.fullmatch(NUMBER, text):
        return text
    for pattern, writing in AROUND:
        if match := re.fullmatch(pattern, text):
            inner = _bare(match["rest"].strip(), found)
            if inner is not None:
                found.setdefault(writing)
                return inner
    return None


def _dialect_of(numbers: Sequence[str], now: Dialect) -> Writing:
    """The signs with which all these numbers can be read: as few as will do, and those of now if possible."""
    fitting = fitting_signs(numbers)
    if not fitting:
        return Writing("numbers in more than one notation", "write them all alike, such as 1234.5")
    if {(",", ""), (".", ",")} <= set(fitting):
        comma = as_yaml(",")
        return Writing(
            "numbers with decimal commas, or with commas between thousands",
            f"say decimal: {comma}, or say thousands: {comma}",
        )
    decimal, group = min(fitting, key=lambda signs: (signs[1] != "", signs[0] != now.decimal))
    what, advice = [], []
    if decimal != now.decimal:
        what.append(DECIMALS[decimal])
        leave = ", leave thousands out" if now.thousands == decimal and not group else ""
        advice.append(f"say decimal: {as_yaml(decimal)}{leave}")
    if group:
        what.append(f"{GROUPS[group]} between thousands")
        advice.append(f"say thousands: {as_yaml(group)}")
    return Writing(f"numbers with {' and '.join(what)}", " and ".join(advice))
