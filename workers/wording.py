"""Words for messages: counts, lists and near misses."""

import difflib
import re
from collections.abc import Iterable, Sequence

SHOWN = 12
PLAIN = re.compile(r"[A-Za-z_][\w ./()%-]*(?<! )")  # text that YAML takes as it stands, in a list too
WHOLE = re.compile("-?[1-9][0-9]{0,14}|0")
WORDS = re.compile("null|true|false|yes|no|on|off|y|n|nan|inf", re.IGNORECASE)


def counted(n: int, noun: str) -> str:
    """The number with its noun: `1 row`, `1,061 rows`."""
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def listed(words: Iterable[str]) -> str:
    """The first twelve words, and how many more there are: `a, b and 3 more`."""
    known = list(words)
    more = f" and {len(known) - SHOWN:,} more" if len(known) > SHOWN else ""
    return ", ".join(known[:SHOWN]) + more


def instead(word: str, known: Sequence[str]) -> str:
    """A hint for a word that is not known: the most similar known word, if one is similar, and the list of all."""
    near = difflib.get_close_matches(word, known, n=1)
    listing = f"there is {listed(known) or 'nothing'}"
    return f"did you mean {near[0]}? T{listing[1:]}" if near else listing


def as_yaml(text: str) -> str:
    """The text as a study file has to have it, in quotes where YAML would take it for something else."""
    if WHOLE.fullmatch(text) or (PLAIN.fullmatch(text) and not WORDS.fullmatch(text)):
        return text
    if text.isprintable():
        return f"'{text.replace(chr(39), 2 * chr(39))}'"
    return f'"{"".join(map(_escaped, text))}"'


def _escaped(sign: str) -> str:
    """The sign as it is written between double quotes in YAML."""
    known = {"\t": r"\t", "\n": r"\n", "\r": r"\r", '"': r"\"", "\\": r"\\"}
    return known.get(sign) or (sign if sign.isprintable() else f"\\U{ord(sign):08x}")
