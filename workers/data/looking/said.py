"""What was found of a table, as a study file would say it."""

from typing import Any, NamedTuple


class Said(NamedTuple):
    """The value of a field, and why.

    value  plain: text, numbers, booleans, lists and mappings of these
    why    a short line; empty where that is plain
    sure   whether hardly anything else could be meant
    """

    value: Any
    why: str = ""
    sure: bool = True
