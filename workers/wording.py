"""Words for messages: counts, lists and near misses."""

import difflib
from collections.abc import Iterable, Sequence

SHOWN = 12


def counted(n: int, noun: str) -> str:
    """`1 row`, `1,061 rows`."""
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def listed(words: Iterable[str]) -> str:
    """The first of the words, and how many more there are."""
    known = list(words)
    more = f" and {len(known) - SHOWN:,} more" if len(known) > SHOWN else ""
    return ", ".join(known[:SHOWN]) + more


def instead(word: str, known: Sequence[str]) -> str:
    """What may have been meant by `word`: the nearest of what is known, if any is near, and the list."""
    near = difflib.get_close_matches(word, known, n=1)
    listing = f"there is {listed(known) or 'nothing'}"
    return f"did you mean {near[0]}? T{listing[1:]}" if near else listing
