"""Tables read anew, with the csv module and NumPy alone, to hold against the product's own reading."""

import csv
import gzip
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]


class Case(NamedTuple):
    """A table, and the study file's section for it but for the path.

    content  of the file
    when     seconds since 1970 by the text of a cell
    """

    content: bytes
    fields: dict[str, Any]
    when: Callable[[str], float] = float


class Read(NamedTuple):
    """What comes of it: features (rows, n), targets of the scored rows, where sequences begin, and seconds."""

    features: Numbers
    targets: Numbers
    starts: list[int]
    clock: list[float] | None


def packaged(package: str, path: str) -> bytes:
    """A file from inside an installed package, unpacked."""
    spec = find_spec(package)
    assert spec is not None
    assert spec.submodule_search_locations is not None
    file = Path(spec.submodule_search_locations[0]) / path
    return gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()


def by(form: str, zone: str = "UTC") -> Callable[[str], float]:
    """Seconds since 1970 of a text in this form."""
    return lambda text: datetime.strptime(text, form).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC).timestamp()


def read(case: Case) -> Read:
    """The table as the section says."""
    fields = case.fields
    text = case.content.decode(fields.get("encoding", "utf-8-sig"))
    lines = text.splitlines(keepends=True)[fields.get("header", 1) - 1 :]
    header, *rows = [row for row in csv.reader(lines, delimiter=fields.get("separator", ",")) if row]
    rows = rows[1:] if fields.get("units_row") else rows
    place = {name.strip(): number for number, name in enumerate(header)}

    def column(name: str) -> list[str]:
        return [row[place[name]].strip() for row in rows]

    names = list(dict.fromkeys([*fields["inputs"], *fields["targets"]]))
    label = fields["targets"][0] if fields.get("classes") or not _are_numbers(column(fields["targets"][0])) else ""
    values = {name: _numbers(column(name), fields) for name in names if name != label or name in fields["inputs"]}
    target = _codes(column(label)) if label else values[fields["targets"][0]]
    keep = np.isfinite(np.column_stack([*values.values(), target]).sum(axis=1))
    groups = column(fields["group"]) if "group" in fields else [""] * len(rows)
    order = {name: number for number, name in enumerate(dict.fromkeys(groups))}
    group = np.array([order[name] for name in groups])
    time = fields.get("time")
    clock = [case.when(cell) for cell in column(time["column"] if isinstance(time, dict) else time)] if time else None
    sort = np.lexsort((np.array(clock) if clock else np.arange(len(rows)), group))
    sort = sort[keep[sort]]
    ahead = fields.get("horizon", int(bool(set(fields["inputs"]) & set(fields["targets"]))))
    pairs = [(now, later) for now, later in zip(sort, sort[ahead:], strict=False) if group[now] == group[later]]
    return Read(
        features=np.column_stack([values[name][sort] for name in fields["inputs"]]),
        targets=target[[later for _, later in pairs]],
        starts=np.flatnonzero(np.diff(group[sort], prepend=-1)).tolist(),
        clock=None if clock is None else [clock[number] for number in sort],
    )


def _are_numbers(cells: Sequence[str]) -> bool:
    return any(cell[-1:].isdigit() and cell.lstrip("-")[:1].isdigit() for cell in cells)


def _numbers(cells: Sequence[str], fields: dict[str, Any]) -> Numbers:
    decimal, thousands = fields.get("decimal", "."), fields.get("thousands", "")
    absent = {"", "nan", *fields.get("missing", {}).get("values", ())}
    words = {"true": "1", "false": "0", **dict.fromkeys(absent, "nan")}
    plain = [cell.replace(thousands, "") if thousands else cell for cell in cells]
    return np.array([float(words.get(cell.lower(), cell.replace(decimal, "."))) for cell in plain])


def _codes(cells: Sequence[str]) -> Numbers:
    classes = sorted(set(cells), key=lambda cell: (float(cell) if cell.isdigit() else 0.0, cell))
    return np.array([classes.index(cell) for cell in cells], np.float64)
