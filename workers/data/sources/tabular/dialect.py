"""How a CSV file is written: what parts cells, how numbers look, the encoding, and where the names of columns are."""

import codecs
import csv
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, TextIO, cast

import pandas as pd
from pydantic import AfterValidator, WithJsonSchema

from workers.data.sources.files import opened
from workers.data.sources.tabular.comments import Uncommented

UTF_8 = "utf-8-sig"
LIKE = {" ": " \u00a0\u2009\u202f", "'": "'\u2019"}  # the signs that one of a study file stands for
NO_QUOTE = "none"
NOT_PARTING = '"\r\n.+-_'  # and letters and digits: they are parts of names and numbers
NOT_QUOTING, NOT_COMMENTING, LONGEST_COMMENT = "\r\n.,+-", ".,+-\"'_", 3
NOT_IN_NUMBERS = '"\r\n+-'


@dataclass(frozen=True)
class Dialect:
    """The fields of a study file that say how a file is written.

    separator  what parts cells
    decimal    what parts whole numbers from decimals
    thousands  what stands between groups of digits; empty: nothing
    encoding   a name that Python knows
    header     the line, from 1, that has the names of the columns; those before it are skipped. None: the first
    units_row  whether the row after the names says units, and is skipped
    comment    what lines begin with that are left out; empty: no line is
    quote      what stands around a cell in which the separator may be; empty: nothing does
    sheet      of a workbook; empty: the first
    """

    separator: str = ","
    decimal: str = "."
    thousands: str = ""
    encoding: str = UTF_8
    header: int | None = None
    units_row: bool = False
    comment: str = ""
    quote: str = '"'
    sheet: str = ""

    @property
    def first(self) -> int:
        """The line, from 1, that has the names, or is the first of those that may have them."""
        return self.header or 1

    @property
    def quoting(self) -> dict[str, Any]:
        """The options of pandas, and of the module csv, that say it."""
        return {"quotechar": self.quote} if self.quote else {"quoting": csv.QUOTE_NONE}

    @property
    def writes_numbers_otherwise(self) -> bool:
        """Whether numbers look otherwise than Python writes them."""
        return bool(self.decimal != "." or self.thousands)

    @contextmanager
    def text_of(self, path: Path) -> Iterator[TextIO]:
        """The file as text that begins with the line of the names. Raises DataError as `opened`."""
        with opened(path, self.encoding) as stream, io.TextIOWrapper(stream, self.encoding, newline="") as text:
            for _ in range(self.first - 1):
                text.readline()
            named = self.header is not None
            yield cast("TextIO", Uncommented(text, self.comment, named=named)) if self.comment else text

    def rows(self, text: TextIO) -> Any:
        """A csv.reader of such a text."""
        return csv.reader(text, delimiter=self.separator, skipinitialspace=True, **self.quoting)

    def plain(self, text: pd.Series) -> pd.Series:
        """(rows,) the cells' numbers as Python writes them; a cell that is no number of this dialect is empty."""
        if not self.writes_numbers_otherwise:
            return text
        written = f"{number(self.decimal, self.thousands)}|[+-]?inf(?:inity)?"
        is_number = text.str.fullmatch(written).fillna(value=False).astype(bool)
        for sign in LIKE.get(self.thousands, self.thousands):
            text = text.str.replace(sign, "", regex=False)
        return text.str.replace(self.decimal, ".", regex=False).where(is_number)


PLAIN = Dialect()


def number(decimal: str, thousands: str) -> str:
    """The pattern of a number with these signs; an empty one stands nowhere."""
    digits, decimals = "[0-9]+", f"{re.escape(decimal)}[0-9]"
    if thousands:
        group = f"[{re.escape(LIKE.get(thousands, thousands))}]"
        digits = f"(?:[0-9]{{1,3}}(?:{group}[0-9]{{2,3}})*{group}[0-9]{{3}}|[0-9]+)"
    return rf"[+-]?(?:{digits}(?:{decimals}*)?|{decimals}+)(?:[eE][+-]?[0-9]+)?"


def _separator(sign: str) -> str:
    """The sign again. Raises ValueError where it cannot part cells."""
    if len(sign) != 1 or not sign.isascii() or sign.isalnum() or sign in NOT_PARTING:
        raise ValueError(r"should be one sign that parts cells, such as ';', '|' or '\t' in double quotes for a tab")
    return sign


def _comment(sign: str) -> str:
    """The sign again. Raises ValueError where it cannot begin a line that is left out."""
    if not 1 <= len(sign) <= LONGEST_COMMENT or any(each.isalnum() or each.isspace() for each in sign):
        raise ValueError("should be what such lines begin with, such as '#', '%' or '//'")
    if len(sign) == 1 and sign in NOT_COMMENTING:
        raise ValueError(f"'{sign}' may begin a cell; it should be such as '#', '%' or '//'")
    return sign


def _quote(sign: str) -> str:
    """The sign again. Raises ValueError where it cannot stand around a cell."""
    if sign != NO_QUOTE and (len(sign) != 1 or sign.isalnum() or sign.isspace() or sign in NOT_QUOTING):
        raise ValueError(f'should be one sign that stands around cells, such as "\'", or {NO_QUOTE}')
    return sign


def _number_sign(sign: str) -> str:
    """The sign again. Raises ValueError where it cannot stand in a number."""
    if len(sign) != 1 or sign.isalnum() or sign in NOT_IN_NUMBERS:
        raise ValueError("should be one sign that is neither a letter nor a digit, such as ',' or '.'")
    return sign


def _encoding(name: str) -> str:
    """The name again. Raises ValueError where Python knows no such encoding of text."""
    try:
        is_text = codecs.lookup(name)._is_text_encoding  # noqa: SLF001  (there is no public way to ask)
    except (LookupError, ValueError):
        is_text = False
    if not is_text:
        raise ValueError(f"there is no encoding '{name}'; such as utf-8, utf-16, windows-1252, latin-1, shift_jis")
    return name


def python_encoding(name: str) -> str:
    """The encoding by which Python reads such text; of UTF-8 the one that leaves out a byte order mark."""
    return UTF_8 if codecs.lookup(name).name == "utf-8" else name


SIGN = {"type": "string", "minLength": 1, "maxLength": 1}
COMMENT = {"type": "string", "minLength": 1, "maxLength": LONGEST_COMMENT}
Separator = Annotated[str, AfterValidator(_separator), WithJsonSchema(SIGN)]
NumberSign = Annotated[str, AfterValidator(_number_sign), WithJsonSchema(SIGN)]
CommentSign = Annotated[str, AfterValidator(_comment), WithJsonSchema(COMMENT)]
QuotationMark = Annotated[str, AfterValidator(_quote), WithJsonSchema({"anyOf": [SIGN, {"const": NO_QUOTE}]})]
Encoding = Annotated[str, AfterValidator(_encoding)]
