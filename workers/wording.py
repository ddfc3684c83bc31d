"""Words for messages: counts, lists and near misses."""

import difflib
import re
from collections.abc import Iterable, Sequence

SHOWN = 12
SHORTEST = 3  # letters of a beginning that is understood
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
    near = nearest(word, known)
    listing = f"there is {listed(known) or 'nothing'}"
    return f"did you mean {near}? T{listing[1:]}" if near else listing


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word that is most similar, empty where none is: LSTM for lstm, batch_size for batch-size.

    Of known words without a comma between them it is these with one.
    """
    words, parts = list(known), word.split()
    if len(parts) > 1 and set(parts) <= set(words):
        return ", ".join(parts)
    by_form = {same_form(each): each for each in reversed(words)}
    form = same_form(word)
    longer = [each for each in by_form if each.startswith(form) and len(form) >= SHORTEST]
    shorter = [each for each in by_form if form.startswith(each) and len(each) > SHORTEST]
    alike = [form] if form in by_form else next((each for each in (longer, shorter) if len(each) == 1), [])
    alike = alike or difflib.get_close_matches(form, by_form, n=1)
    return word if word in words else next((by_form[each] for each in alike), "")


def same_form(word: str) -> str:
    """The word in small letters, without the signs between them: one form of Batch-Size and batch_size."""
    return "".join(filter(str.isalnum, word.casefold())) or word


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
