"""What an author of YAML has to change where a parser stops, in plain words, and the place where that is."""

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from sweep.core.errors import Span

BREAKS = re.compile("\r\n|[\n\r\x85\u2028\u2029]")  # as the parser counts lines
COLON = re.compile(r":(?=\s|$)")
WITHOUT_BLANK = re.compile(r"\s*(?:- )?[\w.-]+(:)[^\s:/\\]")
UNLIKE_BLANKS = re.compile("[\u00a0\u2000-\u200b\u202f\u3000\ufeff]")
FULL_WIDTH = "\uff1a"  # a colon
OPENING = {"}": "{", "]": "["}
ANOTHER_DOCUMENT = "a second document begins here, and a study file is one; leave this line out"
QUOTE_IT = "put the text in quotes"


class Stop(NamedTuple):
    """Where the parser stopped.

    problem  its own words
    at       the place; line and column from 0
    began    where what it was reading began; `at` where it does not say
    lines    of the text
    """

    problem: str
    at: tuple[int, int]
    began: tuple[int, int]
    lines: Sequence[str]

    @property
    def line(self) -> str:
        """The line where it stopped; empty beyond the text's end."""
        return self.lines[self.at[0]] if self.at[0] < len(self.lines) else ""


Explained = tuple[str, Span]


def lines_of(text: str) -> list[str]:
    """The lines of a text, as the parser counts them."""
    return BREAKS.split(text)


def explained(stop: Stop) -> Explained:
    """What is wrong, with what to write instead, and where."""
    explain = next((explain for words, explain in EXPLAINED.items() if stop.problem.startswith(words)), _unknown)
    message, span = explain(stop)
    last = max((n for n, line in enumerate(stop.lines) if _says_something(line)), default=0)
    return message, span if span.line <= last + 1 else _whole(last, stop.lines[last])


def _unknown(stop: Stop) -> Explained:
    what = "cannot be understood from here on; a quote, a bracket, a comma or a colon is missing, or too much"
    return what, _span(stop.at)


def _span(at: tuple[int, int], length: int = 1) -> Span:
    return Span(at[0] + 1, at[1] + 1, length)


def _whole(number: int, line: str) -> Span:
    """All of a line but the blanks around it."""
    text = line.strip()
    return Span(number + 1, line.index(text) + 1, len(text)) if text else Span(number + 1)


def _word(stop: Stop) -> Span:
    """The name or value at which it stopped."""
    found = re.match(r"[\w.-]+", stop.line[stop.at[1] :])
    return _span(stop.at, len(found[0]) if found else 1)


def _no_first_sign(stop: Stop) -> Explained:
    sign = stop.line[stop.at[1] : stop.at[1] + 1]
    if sign == "\t":
        return "a tab stands here, which YAML does not take; use spaces", _span(stop.at)
    return f"a text that begins with {sign} has to be in quotes", _span(stop.at)


def _second_colon(stop: Stop) -> Explained:
    """A colon where a value is read: in the same line, or because of the lines before."""
    row, column = stop.at
    first = COLON.search(stop.line[:column])
    if first:
        what = "a second colon in one line; put the text in quotes where it belongs to it, else begin a new line"
        return what, _span(stop.at)
    before = next((n for n in range(row - 1, -1, -1) if _says_something(stop.lines[n])), None)
    if before is None:
        return f"a colon cannot stand here; where it belongs to a text, {QUOTE_IT}", _span(stop.at)
    for number in (before, row):
        if odd := UNLIKE_BLANKS.search(stop.lines[number][: _indent(stop.lines[number])]):
            return unlike_blank(odd[0]), _span((number, odd.start()))
    if not COLON.search(stop.lines[before]):
        return _without_colon(before, stop.lines[before])
    indent = _indent(stop.line)
    what = "this line is indented further than the one above, which has a value already; begin both in the same column"
    return what, _span((row, indent), max(column - indent, 1))


def _says_something(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def unlike_blank(sign: str) -> str:
    """What is said of a sign that looks like a space, and is none."""
    return f"a blank here is no space (it is U+{ord(sign):04X}, as web pages have it); write spaces"


def _without_colon(number: int, line: str) -> Explained:
    """A line that should name a field, and has no colon that parts name and value."""
    if line.startswith(("<<<<<<<", "=======", ">>>>>>>")):
        return "two versions of the file were merged here, and not brought together; keep one of them", _whole(
            number, line
        )
    if found := WITHOUT_BLANK.match(line):
        return "a blank is missing after the colon; write name: value", _span((number, found.start(1)))
    if FULL_WIDTH in line:
        return "this is another sign than a colon; write : and a blank", _span((number, line.index(FULL_WIDTH)))
    if equals := re.match(r"\s*[\w.-]+\s*(=)", line):
        return "a field is written with a colon, name: value", _span((number, equals.start(1)))
    return "a colon is missing; a field is written name: value", _whole(number, line)


def _no_name(stop: Stop) -> Explained:
    number = stop.began[0]
    return _without_colon(number, stop.lines[number])


def _unlike_the_lines_above(stop: Stop) -> Explained:
    what = "this line is indented like none above it; fields that belong together begin in the same column"
    return what, _word(stop)


def _item_beside_fields(stop: Stop) -> Explained:
    return "an item of a list cannot stand beside fields; indent it below the name of its list", _span(stop.at)


def _field_beside_items(stop: Stop) -> Explained:
    return "a field cannot stand beside the items of a list; begin it in the column of other fields", _word(stop)


def _after_the_end(stop: Stop) -> Explained:
    row, column = stop.at
    before = stop.line[:column].rstrip()
    if not before or before.endswith(":"):
        return _unlike_the_lines_above(stop)
    rest = _whole(row, stop.line[column:])._replace(column=column + 1)
    if before.endswith("'") and len(before) == column:
        return "the text has ended with the quote before this; within single quotes write '' for '", rest
    return "the value has ended before this; put all of it in quotes, or leave this out", rest


def _closes_nothing(stop: Stop) -> Explained:
    return f"this {stop.line[stop.at[1]]} closes nothing; leave it out", _span(stop.at)


def _unclosed(stop: Stop) -> Explained:
    """A list or mapping in brackets, in which something else stands than a comma or its end."""
    close = "}" if stop.problem.startswith("expected ',' or '}'") else "]"
    opening, here = OPENING[close], stop.line[stop.at[1] : stop.at[1] + 1]
    if stop.at[0] != stop.began[0] or not here:
        return f"this {opening} is not closed by {close}, or a comma is missing behind it", _span(stop.began)
    if here in OPENING:
        return f"what begins with {opening} ends with {close}, and not with {here}", _span(stop.at)
    name = re.search(r"[\w.-]+\s*$", stop.line[: stop.at[1]]) if here == ":" else None
    place = _span((stop.at[0], name.start()), len(name[0].rstrip())) if name else _word(stop)
    return f"a comma or {close} is missing before this", place


def _unclosed_quote(stop: Stop) -> Explained:
    return "this quote is not closed; write the same quote where the text ends", _span(stop.began)


def _backslash(stop: Stop) -> Explained:
    column = stop.line.rfind("\\", 0, stop.at[1] + 1)
    what = r"in double quotes \ begins a sign such as \n; write single quotes, or / in a path"
    return what, _span((stop.at[0], max(column, 0)), 2)


def _item_in_line(stop: Stop) -> Explained:
    what = "an item with a dash begins on a line of its own; in one line a list is written [first, second]"
    return what, _span(stop.at)


def _first_sign(stop: Stop) -> Explained:
    sign = stop.line[stop.began[1] : stop.began[1] + 1]
    return f"a text that begins with {sign} has to be in quotes", _span(stop.began)


def _no_anchor(stop: Stop) -> Explained:
    what = "a text that begins with * has to be in quotes; without quotes it refers to what & marks"
    return what, _span(stop.at, 0)


def _left_of_the_first(stop: Stop) -> Explained:
    first = next((line for line in stop.lines if _says_something(line)), "")
    if first.lstrip().startswith(("{", "[")):
        return "the file has ended with the bracket before this; leave out what follows, or the brackets", _word(stop)
    return "this line begins further left than the first; fields begin in the same column", _word(stop)


def _nothing(stop: Stop) -> Explained:
    return "a value is missing here, or the bracket that closes", _span(stop.at)


def _with(message: str) -> Callable[[Stop], Explained]:
    return lambda stop: (message, _whole(stop.at[0], stop.line))


EXPLAINED: dict[str, Callable[[Stop], Explained]] = {  # by how the parser's words begin, the longer ones first
    "found character": _no_first_sign,
    "mapping values are not allowed": _second_colon,
    "could not find expected ':'": _no_name,
    "expected <block end>, but found '<block": _unlike_the_lines_above,
    "expected <block end>, but found '-'": _item_beside_fields,
    "expected <block end>, but found '?'": _field_beside_items,
    "expected <block end>, but found '<scalar>'": _after_the_end,
    "expected <block end>, but found ']'": _closes_nothing,
    "expected <block end>, but found '}'": _closes_nothing,
    "expected ',' or": _unclosed,
    "found unexpected end of stream": _unclosed_quote,
    "found unexpected document separator": _unclosed_quote,
    "found unknown escape character": _backslash,
    "expected escape sequence": _backslash,
    "sequence entries are not allowed": _item_in_line,
    "mapping keys are not allowed": _first_sign,
    "expected alphabetic or numeric character": _first_sign,
    "expected chomping or indentation indicators": _first_sign,
    "found undefined alias": _no_anchor,
    "but found another document": _with(ANOTHER_DOCUMENT),
    "expected '<document start>'": _left_of_the_first,
    "expected the node content": _nothing,
    "maximum depth": _with("is nested too deeply; at most 50 levels"),
}
