"""The columns that a study names, among those that a file has; and what is amiss where one is not there."""

import csv
from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path
from unicodedata import normalize

from workers.data.sources.tabular.dialect import Dialect
from workers.errors import DataError
from workers.wording import as_yaml, instead

PARTING = ",;\t|"
LONGEST_NAME = 60  # characters that a message repeats
LONGEST = 10_000  # characters of a line
MANY_LINES = 60  # of a file, in which the names are looked for
SIGNS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}


def same_form(name: object) -> str:
    """The name without blanks around it, and with each letter in one form: an umlaut can be one sign or two."""
    return normalize("NFC", str(name).strip())


def check_columns(
    path: Path,
    fields: Mapping[str, Sequence[str]],
    header: Sequence[str],
    dialect: Dialect | None = None,
    more: str = "",
) -> None:
    """Raises DataError where the header does not have each column exactly once.

    fields: the columns, by the field of the study file that names them; dialect: of a CSV file, for what may
    be amiss; more: what may be amiss with another.
    """
    known = [same_form(name) for name in header]
    for field, names in fields.items():
        for name in names:
            count = known.count(same_form(name))
            if count > 1:
                raise DataError(f"{path}: has {count} columns named {name}; rename all but one", field)
            if not count:
                wanted = [same_form(each) for some in fields.values() for each in some]
                hint = _hint(path, dialect, wanted, known) if dialect else ""
                what = f"has no column {name}; {hint or _instead(name, known)}{f'; {more}' if more else ''}"
                raise DataError(f"{path}: {what}", field)


def _instead(name: str, header: Sequence[str]) -> str:
    return instead(name, [each[:LONGEST_NAME] for each in header])


def _hint(path: Path, dialect: Dialect, wanted: Sequence[str], header: Sequence[str]) -> str:
    """What the study file should say of a CSV file, if its names are there when it is read otherwise."""
    lines = _first_lines(path, dialect)
    now = next((number for number in lines if number >= dialect.first), 0)  # blank lines are no header
    signs = list(dict.fromkeys(dialect.separator + PARTING))
    for number, line in lines.items():
        for sign in signs:
            if set(wanted) <= set(_parted(line, sign)):
                return _said(dialect, sign, None if number == now else number)
    best = max(signs, key=lambda sign: len(_parted(lines.get(now, ""), sign)))
    parted = f"; if {SIGNS.get(best, best)} part the cells, {_say_separator(best)}"
    return _instead(wanted[0], header) + parted if best != dialect.separator else ""


def _said(dialect: Dialect, sign: str, line: int | None) -> str:
    """sign: that parts the names; line: that has them, where it is another than is said."""
    said = []
    if sign != dialect.separator:
        said.append(f"its cells are parted by {SIGNS[sign]}: {_say_separator(sign)}")
    if line is not None:
        said.append(f"the names are in line {line}: say header: {line}")
    return "; and ".join(said)


def _say_separator(sign: str) -> str:
    return f"say separator: {as_yaml(sign)}"


def _first_lines(path: Path, dialect: Dialect) -> dict[int, str]:
    """The beginnings of the file's first lines by number, from 1, without the blank ones."""
    with Dialect(encoding=dialect.encoding, comment=dialect.comment).text_of(path) as text:
        lines = enumerate(islice(text, MANY_LINES), start=1)
        return {number: line[:LONGEST] for number, line in lines if line.strip()}


def _parted(line: str, sign: str) -> list[str]:
    cells = next(csv.reader([line], delimiter=sign, skipinitialspace=True), [])
    return [same_form(cell) for cell in cells]
