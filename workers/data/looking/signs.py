"""The signs in a file's numbers: what stands before decimals, and between thousands."""

import re
from collections import Counter
from collections.abc import Sequence

from workers.data.looking.said import Said
from workers.data.sources.tabular.dialect import PLAIN
from workers.data.sources.tabular.written_numbers import ANY, DECIMALS, GROUPS, NUMBER, fitting_signs

NEARLY_ALL = 0.9  # of the cells of a column, that are numbers
EITHER = {(",", ""), (".", ",")}  # 1,234: decimals or thousands


def signs(rows: Sequence[Sequence[str]], separator: str) -> dict[str, Said]:
    """The fields `decimal` and `thousands`, where most columns of numbers need them; rows: their cells.

    1,234 alone can mean both: where commas part cells it is read as thousands, else as decimals, and that is not sure.
    """
    width = max(map(len, rows), default=0)
    columns = [[row[place].strip() for row in rows if place < len(row)] for place in range(width)]
    fits = Counter(pair for column in columns for pair in _fitting(column))
    if not fits:
        return {}
    best = max(ANY, key=lambda pair: (fits[pair], -ANY.index(pair)))
    unsure = best in EITHER and len({fits[pair] for pair in EITHER}) == 1
    if unsure:
        best = (".", ",") if separator == PLAIN.separator else (",", "")
    decimal, group = best
    found = {}
    if decimal != PLAIN.decimal:
        found["decimal"] = Said(
            decimal, f"numbers have {DECIMALS[decimal]}{', or it is thousands' if unsure else ''}", not unsure
        )
    if group:
        what = f"{GROUPS[group]} stand between thousands{', or it is decimal' if unsure else ''}"
        found["thousands"] = Said(group, what, not unsure)
    return found


def _fitting(cells: Sequence[str]) -> list[tuple[str, str]]:
    """The signs with which a column of numbers can be read; none where most cells are no numbers."""
    known = [cell for cell in cells if cell]
    numbers = [cell for cell in known if re.fullmatch(NUMBER, cell)]
    return fitting_signs(numbers) if known and len(numbers) >= NEARLY_ALL * len(known) else []
