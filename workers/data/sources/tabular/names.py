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
MANY_LINES = 60  # of a file, in which the names are looked for
SIGNS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}


def same_form(name: object) -> str:
    """The name without blanks around it, and with each letter in one form: an umlaut can be one sign or two."""
    return normalize("NFC", str(name).strip())


def check_columns(
    path: Path, fields: Mapping[str, Sequence[str]], header: Sequence[str], dialect: Dialect | None = None
) -> None:
    """Raises DataError where the header does not have each column exactly once.

    fields: the columns, by the field of the study file that names them; dialect: of a CSV file, for what may be amiss.
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
                raise DataError(f"{path}: has no column {name}; {hint or instead(name, known)}", field)


def _hint(path: Path, dialect: Dialect, wanted: Sequence[str], header: Sequence[str]) -> str:
    """What the study file should say of a CSV file, if its names are there when it is read otherwise."""
    lines = [line for line in _first_lines(path, dialect) if line[1].strip()]
    signs = dialect.separator + PARTING
    for number, line in lines:
        for sign in dict.fromkeys(signs):
            if set(wanted) <= set(_parted(line, sign)):
                return _said(dialect, number if number > (lines[0][0]) else dialect.header, sign)
    parts = {sign: len(_parted(lines[0][1], sign)) for sign in dict.fromkeys(signs)} if lines else {}
    best = max(parts, key=lambda sign: parts[sign], default=dialect.separator)
    parted = f"; if {SIGNS.get(best, best)} part the cells, {_say_separator(best)}"
    return instead(wanted[0], header) + parted if best != dialect.separator and parts[best] > 1 else ""


def _said(dialect: Dialect, line: int, sign: str) -> str:
    said = []
    if sign != dialect.separator:
        said.append(f"its cells are parted by {SIGNS[sign]}: {_say_separator(sign)}")
    if line != dialect.header:
        said.append(f"the names are in line {line}: say header: {line}")
    return "; and ".join(said)


def _say_separator(sign: str) -> str:
    return f"say separator: {as_yaml(sign)}"


def _first_lines(path: Path, dialect: Dialect) -> list[tuple[int, str]]:
    """The file's first lines, each with its number from 1."""
    whole = Dialect(encoding=dialect.encoding)
    with whole.text_of(path) as text:
        return list(enumerate(islice(text, MANY_LINES), start=1))


def _parted(line: str, sign: str) -> list[str]:
    cells = next(csv.reader([line], delimiter=sign, skipinitialspace=True), [])
    return [same_form(cell) for cell in cells]
