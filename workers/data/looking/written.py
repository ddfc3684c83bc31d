"""How a file is written: what parts its cells, where the names are, and how numbers look."""

import codecs
import csv
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from workers.data.looking.said import Said
from workers.data.looking.signs import signs
from workers.data.sources.files import MARKS, opened
from workers.data.sources.tabular.dialect import PLAIN, Dialect
from workers.data.sources.tabular.excel import all_rows
from workers.data.sources.tabular.formats import format_of
from workers.data.sources.tabular.names import PARTING, SIGNS
from workers.data.sources.tabular.numeric import COMMENTS, MEANS_MISSING
from workers.data.sources.tabular.written_numbers import looks_like_a_number
from workers.errors import DataError

LINES = 300  # that are looked at
BLOCK = 1_000_000  # bytes
OTHER_ENCODING = "windows-1252"

Record = tuple[int, list[str]]  # the line on which it ends, from 1, and its cells
Fields = dict[str, Said]


class Written(NamedTuple):
    """Of how a file is written what is not as usual, by the fields of the study file; and units, by column."""

    fields: Mapping[str, Said]
    units: Mapping[str, str]


def written(path: Path) -> Written:
    """How the file is written. Raises DataError where it has no names of columns, and for one that cannot be read."""
    said = format_of(path).said
    encoding: Fields = _encoding(path) if "encoding" in said else {}
    if "separator" in said:
        found = _csv(path, str(encoding["encoding"].value) if encoding else PLAIN.encoding)
    elif "sheet" in said:
        found = _workbook(path)
    else:
        found = Written({}, {})
    return Written({**encoding, **found.fields}, found.units)


def _encoding(path: Path) -> Fields:
    with opened(path) as stream:
        block = stream.read(BLOCK)
        if mark := MARKS.get(block[:2]):
            return {"encoding": Said(mark, "it begins with the mark of it")}
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            while block:
                decoder.decode(block)
                block = stream.read(BLOCK)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return {
                "encoding": Said(OTHER_ENCODING, "it is not UTF-8; see whether umlauts and accents are right", False)
            }
    return {}


def _csv(path: Path, encoding: str) -> Written:
    with Dialect(encoding=encoding).text_of(path) as text:
        lines = list(islice(text, LINES))
    comment = _comment(lines)
    separator = _separator([line for line in lines if not (comment and line.lstrip().startswith(comment))])
    fields: Fields = {}
    if separator != PLAIN.separator:
        fields["separator"] = Said(separator, f"{SIGNS[separator]} part the cells")
    records = _records(lines, separator)
    header, below = _parted(path, records, comment)
    commented = [number for number, cells in records if comment and cells[0].startswith(comment)]
    if commented == [header[0]]:  # a name such as #
        commented = []
    if commented:
        fields["comment"] = Said(comment, "lines that begin so are left out")
        below = [record for record in below if record[0] not in commented]
    first = next((number for number, _ in records if number not in commented), header[0])
    if header[0] != first:
        fields["header"] = Said(header[0], "the line that has the names of the columns")
    names = [name.strip() for name in header[1]]
    units = _units(names, [cells for _, cells in below])
    if units:
        fields["units_row"] = Said(True, "the row after the names says units")
    rows = [cells for _, cells in below[1 if units else 0 :]]
    return Written({**fields, **signs(rows, separator)}, units)


def _workbook(path: Path) -> Written:
    """The first sheet that has rows, and the first row that is filled as most are."""
    _, sheets = all_rows(path, PLAIN)
    fields: Fields = {}
    records: list[Record] = []
    for sheet in sheets:
        rows, _ = all_rows(path, Dialect(sheet=sheet))
        cells = [["" if cell is None else str(cell) for cell in row] for row in rows[:LINES]]
        records = [(number, row) for number, row in enumerate(cells, start=1) if any(row)]
        if len(records) > 1:
            if sheet != sheets[0]:
                fields["sheet"] = Said(sheet, "the first sheet with rows")
            break
    if not records:
        return Written({}, {})
    most = Counter(_filled(cells) for _, cells in records).most_common(1)[0][0]
    header = next(record for record in records if _filled(record[1]) >= most)
    below = [cells for number, cells in records if number > header[0]]
    _refuse_numbers(path, header)
    if header[0] != records[0][0]:
        fields["header"] = Said(header[0], "the row that has the names of the columns")
    units = _units([name.strip() for name in header[1]], below)
    if units:
        fields["units_row"] = Said(True, "the row after the names says units")
    return Written(fields, units)


def _filled(cells: Sequence[str]) -> int:
    return sum(bool(cell.strip()) for cell in cells)


def _comment(lines: Sequence[str]) -> str:
    """The sign that may begin lines of comment: that with which the first line begins; empty where it has none."""
    first = next((line.lstrip() for line in lines if line.strip()), "")
    return next((sign for sign in COMMENTS if sign not in PARTING and first.startswith(sign)), "")


def _separator(lines: Sequence[str]) -> str:
    """The sign by which most lines have equally many cells; of several that with the most cells."""

    def shape(sign: str) -> tuple[float, int]:
        counts = Counter(len(cells) for _, cells in _records(lines, sign))
        most, times = max(counts.items(), key=lambda each: (each[1], each[0]), default=(1, 0))
        return (times / counts.total(), most) if most > 1 else (0.0, 0)

    return max(PARTING, key=shape)


def _records(lines: Sequence[str], separator: str) -> list[Record]:
    """Those that are not blank."""
    reader = csv.reader(iter(lines), delimiter=separator, skipinitialspace=True)
    try:
        return [(reader.line_num, cells) for cells in reader if "".join(cells).strip()]
    except csv.Error:  # such as a cell of many megabytes
        return []


def _parted(path: Path, records: Sequence[Record], comment: str) -> tuple[Record, list[Record]]:
    """The record of the names, and those below it. Raises DataError where there is none."""
    if not records:
        raise DataError(f"{path}: is empty", "data.path")
    most = Counter(len(cells) for _, cells in records).most_common(1)[0][0]
    place = next(place for place, (_, cells) in enumerate(records) if len(cells) >= most - (most > 2))
    number, cells = records[place]
    if comment and place and cells[0].startswith(comment):  # one that is alone is a name, such as #
        cells = [cells[0].removeprefix(comment).lstrip(), *cells[1:]]
    _refuse_numbers(path, (number, cells))
    return (number, cells), list(records[place + 1 :])


def _refuse_numbers(path: Path, header: Record) -> None:
    """Raises DataError where what should be names are numbers and dates."""
    known = [cell for cell in header[1] if cell.strip()]
    if known and all(map(_is_value, known)):
        noun, shown = format_of(path).noun, ", ".join(known[:3])
        what = f"{noun} {header[0]}: holds values ({shown}) where the names of columns should be"
        raise DataError(f"{path}, {what}; write a {noun} of names above", "data.header")


def _units(names: Sequence[str], rows: Sequence[Sequence[str]]) -> dict[str, str]:
    """By column, the units that the first row says; none where it is a row like the others."""
    if len(rows) < 2:
        return {}
    first, others = rows[0], rows[1:]
    numeric = [place for place in range(len(names)) if _are_values([row[place] for row in others if place < len(row)])]
    texts = [first[place].strip() for place in numeric if place < len(first)]
    words = [text for text in texts if text]
    if not words or any(_is_value(text) or text.lower() in MEANS_MISSING for text in words):
        return {}
    if any(map(_is_value, first)) or 2 * len(words) < len(numeric):
        return {}
    return {names[place]: text for place, text in zip(numeric, texts, strict=False) if text}


def _are_values(cells: Sequence[str]) -> bool:
    known = [cell.strip() for cell in cells if cell.strip() and cell.strip().lower() not in MEANS_MISSING]
    return bool(known) and all(map(_is_value, known))


def _is_value(text: str) -> bool:
    """Whether the cell is a number or a date, however it is written."""
    return looks_like_a_number(text.strip()) or bool(pd.notna(pd.to_numeric(text.strip(), errors="coerce")))
