"""Which column tells apart the sequences that a table holds one beside the other, or one after the other."""

import re
from collections.abc import Collection, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workers.data.looking.column import Column
from workers.data.sources.tabular.cells import text_of

Integers = NDArray[np.int64]

NAMES = re.compile(
    r"(^|[^a-z])(id|nr|no|key|subject|patient|person|user|customer|client|device|machine|engine|unit|sensor|node"
    r"|station|site|store|shop|branch|item|product|sku|meter|household|house|building|run|session|series|sequence"
    r"|group|experiment|trial|utterance|country|city|state|symbol|ticker|vehicle|car|player|channel|name)([^a-z]|$)|id$"
)
CLASSES = re.compile(r"label|class|species|category|activity|cluster|(^|[^a-z])(status|state|type|kind)([^a-z]|$)")
SHORTEST = 8  # rows of a group, in the median
REPEATS = 0.01  # of the rows: so many may have the time of another one of their group
EVEN = 0.2  # of the steps, that may be unlike the usual one, where nothing has to be told apart
BETTER = 0.5  # of the unevenness without groups, that groups may leave
MOST_TRIED = 8  # columns, of which pairs are tried
MANY = 10  # groups, that need no name such as id


class Apart(NamedTuple):
    """How well rows of a group are told apart by their time.

    repeats  the part of the steps from row to row that are 0
    uneven   the part of the steps that are unlike the usual one
    """

    repeats: float
    uneven: float


def group_of(columns: Sequence[Column], clock: NDArray[np.float64] | None, used: Collection[str]) -> str:
    """The name of the column; empty where there is none, or none is needed.

    clock: (rows,) seconds, if there is a time; used: the columns of the time.
    """
    candidates = [each for each in columns if each.name not in used and _may_be(each)]
    if clock is None:
        return next((each.name for each in candidates if _in_blocks(each)), "")
    alone = apart(clock, np.zeros(len(clock), np.int64))
    if alone.repeats <= REPEATS and alone.uneven <= EVEN:
        return ""
    found = {each.name: apart(clock, codes(each)) for each in candidates}
    telling = [each for each in candidates if found[each.name].repeats <= REPEATS]
    if not telling:
        return ""
    best = min(telling, key=lambda each: (round(found[each.name].uneven, 1), each.kind != "texts", each.different))
    if alone.repeats > REPEATS:
        return best.name if _leaves_whole(found[best.name], alone, best) else ""
    named = best.kind == "texts" or _is_named(best)
    return best.name if named and found[best.name].uneven <= BETTER * alone.uneven else ""


def pair_of(columns: Sequence[Column], clock: NDArray[np.float64], used: Collection[str]) -> tuple[str, str] | None:
    """Two columns that together tell sequences apart where none alone does; None where there are none."""
    alone = apart(clock, np.zeros(len(clock), np.int64))
    known = [each for each in columns if each.name not in used and _has_groups(each)][:MOST_TRIED]
    for one, other in combinations(known, 2):
        both = codes(one) * (other.different + 1) + codes(other)
        _, both = np.unique(both, return_inverse=True)
        if np.median(np.bincount(both)) < SHORTEST:
            continue
        together = apart(clock, both)
        if together.repeats <= REPEATS and _leaves_whole(together, alone, one, other):
            return one.name, other.name
    return None


def apart(clock: NDArray[np.float64], group: Integers) -> Apart:
    """How well these groups are told apart; clock: (rows,) seconds; group: (rows,) numbers."""
    order = np.lexsort((clock, group))
    steps = np.diff(clock[order])[np.diff(group[order]) == 0]
    if not (steps > 0).any():
        return Apart(float((steps == 0).mean()) if len(steps) else 0.0, 1.0)
    usual = float(np.median(steps[steps > 0]))
    return Apart(float((steps == 0).mean()), float((np.abs(steps - usual) > usual / 100).mean()))


def _leaves_whole(groups: Apart, alone: Apart, *columns: Column) -> bool:
    """Whether these tell sequences apart: what describes rows, such as the weather, tears sequences into pieces."""
    return groups.uneven <= alone.uneven or any(map(_is_named, columns))


def _is_named(column: Column) -> bool:
    return NAMES.search(column.name.lower()) is not None


def codes(column: Column) -> Integers:
    """(rows,) the number of each cell among the different ones."""
    return np.asarray(pd.factorize(text_of(column.cells))[0], np.int64)


def _may_be(column: Column) -> bool:
    return _has_groups(column) and bool(np.median(np.bincount(codes(column))) >= SHORTEST)


def _has_groups(column: Column) -> bool:
    complete = not column.missing and not column.words
    return complete and column.different > 1 and (column.kind == "texts" or column.whole)


def _in_blocks(column: Column) -> bool:
    """Whether the rows of each value lie together, and the column may be there to tell them apart."""
    of_row = codes(column)
    together = int((np.diff(of_row) != 0).sum()) == column.different - 1
    name = column.name.lower()
    return together and not CLASSES.search(name) and (column.different >= MANY or _is_named(column))
