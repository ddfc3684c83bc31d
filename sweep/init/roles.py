"""Which columns may be forecast, which are inputs, and which are left out."""

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

from workers.data.looking.column import Column
from workers.data.looking.look import Look
from workers.data.looking.panel import CLASSES, REPEATS, codes
from workers.data.looking.said import Said

MOST_CATEGORIES = 20  # of an input
MOST_INPUTS = 20  # columns
FEW_VALUES = 12  # of whole numbers, that may be categories
FEW_CLASSES = 10  # of more texts the study file has to say that they are classes

WANTED = (  # words in the names of columns that people forecast, the surest first
    r"target|^y$",
    r"label|class|species",
    r"sales|demand|load|consumption|revenue|orders|traffic|usage|glucose|price|close|power|energy|output",
    r"value|count|total|amount|level|rate|measure",
)
AHEAD = re.compile(r"promo|holiday|plan|schedul|forecast|discount|weekend|workday")
IDENTIFIERS = re.compile(r"(^|[^a-z])(id|index|nr|no|row|key|uuid|unnamed)([^a-z]|$)|id$")


def useless(look: Look, column: Column) -> str:
    """Why a column is neither time, nor group, nor an input or a target; empty where it may be one."""
    identifies = column.kind == "texts" or (column.whole and IDENTIFIERS.search(column.name.lower()) is not None)
    reasons = {
        column.why_not: bool(column.why_not),
        "it holds times too": column.name in look.found.others or column.kind == "dates",
        "it has the same value throughout": column.different < 2,
        f"it is missing in {column.missing:,} of {look.rows:,} rows": column.mostly_missing,
        "it counts the rows": column.counts_rows,
        "it is different in each row": identifies and column.different >= look.rows - column.missing,
        "rows of one time contradict each other in it": _contradicts_itself(look, column),
    }
    return next((why for why, is_so in reasons.items() if is_so), "")


def _contradicts_itself(look: Look, column: Column) -> bool:
    if not len(look.twins):
        return False
    one, other = codes(column)[look.twins].T
    return int((one != other).sum()) > REPEATS * look.rows


def used_elsewhere(look: Look) -> set[str]:
    """The columns that say when a row was, and to which sequence it belongs."""
    return {*(look.when.columns if look.when else ()), *([look.group] if look.group else ())}


def candidates(look: Look) -> list[str]:
    """The columns that may be forecast, the likeliest first: by their names, and of others the last."""
    known = [each for each in look.columns.values() if each.name not in used_elsewhere(look)]
    known = [each for each in known if _is_class(each) or not is_static(look, each)]
    numbers = [each for each in known if each.numeric and not useless(look, each)]
    labels = [each for each in known if each.kind == "texts" and not useless(look, each) and _wanted(each.name) < 2]
    last_first = reversed([*labels, *numbers])
    ranked = sorted(last_first, key=lambda each: _wanted(each.name))
    return [each.name for each in ranked if each.numeric or each.different <= look.rows / FEW_CLASSES]


def _wanted(name: str) -> int:
    found = (rank for rank, words in enumerate(WANTED) if re.search(words, name.lower()))
    return next(found, len(WANTED))


def is_static(look: Look, column: Column) -> bool:
    """Whether a column has one value throughout each group."""
    if not look.group or column.missing:
        return False
    pairs = pd.DataFrame({"group": codes(look.columns[look.group]), "value": codes(column)}).drop_duplicates()
    return len(pairs) == look.columns[look.group].different


def says_the_same(one: Column, other: Column) -> bool:
    """Whether each value of one column stands for one of the other."""
    if one.different != other.different:
        return False
    return len(pd.DataFrame({"one": codes(one), "other": codes(other)}).drop_duplicates()) == one.different


def are_classes(column: Column) -> Said:
    """Whether a target holds classes."""
    if not column.numeric:
        return Said(True, f"{column.different} different texts")
    if column.kind == "true and false" or (column.whole and column.different == 2):
        return Said(True, "it has two values")
    if _is_class(column):
        return Said(
            True, f"{column.different} different whole numbers; numbers that count would need no classes", False
        )
    few = column.whole and column.different <= FEW_VALUES
    return Said(False, f"{column.different} different whole numbers; if these are classes, say classes: true", not few)


def _is_class(column: Column) -> bool:
    """Whether a column of few texts or whole numbers is called as classes are."""
    few = column.kind == "texts" or (column.whole and column.different <= FEW_VALUES)
    return few and CLASSES.search(column.name.lower()) is not None


def inputs(look: Look, targets: Sequence[str], horizon: int) -> tuple[list[Said], dict[str, str]]:
    """The entries of `inputs`, and the columns that are left out, each with why.

    targets: those that are inputs too come first; horizon: rows, by which columns are chosen where they are many
    """
    left_out, numbers, others = dict(look.left_out), [], []
    for each in look.columns.values():
        if each.name in used_elsewhere(look) or each.name in targets:
            continue
        why = useless(look, each) or _repeats(look, each, targets) or _too_many(each)
        if why:
            left_out[each.name] = why
        elif each.numeric:
            numbers.append(each)
        else:
            others.append(_category(look, each))
    chosen = _telling(look, numbers, targets, horizon)
    left_out |= dict.fromkeys((each.name for each in numbers if each not in chosen), "others tell more of the target")
    return [*(_number(look, each) for each in chosen), *others], left_out


def _repeats(look: Look, column: Column, targets: Sequence[str]) -> str:
    """Which column it says the same as, in words: the group, or a target that holds classes; empty if none."""
    classes = [name for name in targets if are_classes(look.columns[name]).value]
    others = [*classes, *([look.group] if look.group and not column.numeric else [])]
    same = next((name for name in others if says_the_same(column, look.columns[name])), "")
    return f"it says the same as {same}" if same else ""


def _too_many(column: Column) -> str:
    many = not column.numeric and column.different > MOST_CATEGORIES
    return f"it has {column.different:,} different texts" if many else ""


def _number(look: Look, column: Column) -> Said:
    if is_static(look, column):
        return Said({"column": column.name, "static": True}, "the same throughout each group")
    if AHEAD.search(column.name.lower()):
        return Said(column.name, f"if it is known ahead, say {{column: {column.name}, known: true}}", sure=False)
    if column.whole and column.different <= FEW_VALUES and column.different > 2:
        few = f"{column.different} different whole numbers; if they are kinds of something, add as: category"
        return Said(column.name, few, sure=False)
    return Said(column.name)


def _category(look: Look, column: Column) -> Said:
    static = {"static": True} if is_static(look, column) else {}
    throughout = ", the same throughout each group" if static else ""
    entry = {"column": column.name, "as": "category", **static}
    return Said(entry, f"{column.different} different texts{throughout}")


def _telling(look: Look, numbers: list[Column], targets: Sequence[str], horizon: int) -> list[Column]:
    """The columns that go most with the target so many rows later, in the order of the file; all where they are few."""
    known = [name for name in targets if look.columns[name].numeric]
    if len(numbers) <= MOST_INPUTS or not known:
        return numbers[:MOST_INPUTS]
    later = look.columns[known[0]].numbers[look.order]

    def strength(column: Column) -> float:
        now = column.numbers[look.order]
        pairs = np.stack([now[: len(now) - horizon], later[horizon:]])
        pairs = pairs[:, ~np.isnan(pairs).any(axis=0)]
        if pairs.shape[1] < 2 or not np.ptp(pairs, axis=1).all():
            return 0.0
        return abs(float(np.asarray(np.corrcoef(pairs))[0, 1]))

    best = sorted(numbers, key=strength, reverse=True)[:MOST_INPUTS]
    return [each for each in numbers if each in best]
