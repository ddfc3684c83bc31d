"""Reads YAML 1.2 as plain values, with the place at which each stands."""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import NodeEvent
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from sweep.config.yaml_mistakes import BREAKS, Stop, explained, lines_of
from sweep.core.errors import FieldPath, Problem, Span
from workers.wording import nearest

MAX_BYTES = 1_000_000
MAX_DEPTH = 50
MAX_VALUES = 10_000  # with every alias filled in
MAX_BITS = 10_000  # of a whole number: Python writes no larger one out
TOO_MANY = f"holds more than {MAX_VALUES:,} values, its aliases filled in"
CORE = "tag:yaml.org,2002:"
TEXTS = {"str", "timestamp", "value"}  # a date is text here, and so is a lone =
OTHER_VERSION = re.compile(r"^%YAML(?!\s+1\.2\s*$)", re.MULTILINE)  # in 1.1 `no` is false and 1e-4 is text
NOT_TEXT = re.compile("[\0\ud800-\udfff]")  # no file system and no database takes them


class Place(NamedTuple):
    """Where a field stands: its name, which an item of a list has not, and its value, where that is in one line."""

    name: Span | None
    value: Span | None


@dataclass(frozen=True)
class Document:
    """A YAML text.

    value     None, booleans, numbers, strings, lists, and dicts with string keys; None when the text cannot be read
    places    where each field stands
    problems  what YAML itself makes wrong; such values are left out
    unread    the fields of which the value is left out
    lines     of the text
    """

    value: Any
    places: Mapping[FieldPath, Place]
    problems: tuple[Problem, ...] = ()
    unread: frozenset[FieldPath] = frozenset()
    lines: Sequence[str] = ()


def read(path: Path) -> tuple[str, Document]:
    """The text of a file, and its values; what cannot be read is a problem of the document."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        return "", _unreadable(_why_not_opened(path, error))
    if len(content) > MAX_BYTES:
        return "", _unreadable(f"a study file has at most {MAX_BYTES:,} bytes; give data by their path")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        return "", _unreadable("is not UTF-8 from here on; save the file as UTF-8", Span(line))
    return text, parse(text)


def parse(text: str) -> Document:
    """The values of a text.

    Aliases are filled in. Tags that make objects, merge keys and repeated keys are problems of the document.
    """
    if other := OTHER_VERSION.search(text):
        what = "a study file is YAML 1.2; leave this line out"
        return _unreadable(what, _span_at(text, other.start())._replace(length=0), text)
    try:
        return _composed(text)
    except _TooLargeError as error:
        return _unreadable(str(error), Span(error.line))
    except MarkedYAMLError as error:
        return _unreadable(*explained(_stop(error, text)), text)
    except ReaderError as error:
        what = f"holds the control character U+{error.character:04X}; delete it"
        return _unreadable(what, _span_at(text, error.position), text)
    except (YAMLError, ValueError, ArithmeticError):  # the parser does not catch all errors of chr and int
        return _unreadable('is not YAML; a number, or a sign such as "\\U0001F600", is too large')


def _composed(text: str) -> Document:
    _check_size(text)
    yaml = _parser()
    reader = _Reader(yaml)
    node = yaml.compose(text)
    value = None if node is None else reader.value(node, ())
    return Document(value, reader.places, tuple(reader.problems), frozenset(reader.unread), lines_of(text))


def _parser() -> YAML:
    yaml = YAML(typ="safe", pure=True)
    yaml.max_depth = MAX_DEPTH
    yaml.composer.warn_double_anchors = False
    return yaml


def _check_size(text: str) -> None:
    """Read no further than a document may be large: composing a larger one takes a minute. Raises _TooLargeError."""
    values = (event for event in _parser().parse(text) if isinstance(event, NodeEvent))
    with suppress(MarkedYAMLError):  # which composing says better
        for event in islice(values, 2 * MAX_VALUES, None):  # a value may have a name, which is an event too
            raise _TooLargeError(TOO_MANY, event.start_mark.line + 1)


class _TooLargeError(Exception):
    """The document has too many values, or is nested too deeply, once its aliases are filled in."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


class _Reader:
    """Turns the parser's nodes into values, and collects the place of each and the problems."""

    def __init__(self, yaml: YAML) -> None:
        self.yaml = yaml
        self.places: dict[FieldPath, Place] = {}
        self.unread: set[FieldPath] = set()
        self.problems: list[Problem] = []
        self.n_values = 0

    def value(self, node: Node, field: FieldPath) -> Any:
        self.check_size(node, field)
        self.places.setdefault(field, Place(None, _span(node) if field else Span(_line(node))))
        if isinstance(node, MappingNode) and _tag(node) == "map":
            return self.mapping(node, field)
        if isinstance(node, SequenceNode) and _tag(node) == "seq":
            return [self.value(item, (*field, i)) for i, item in enumerate(node.value)]
        if isinstance(node, ScalarNode) and _tag(node) in {*TEXTS, "null", "bool", "int", "float"}:
            return self.scalar(node, field)
        tag = str(node.tag).replace(CORE, "!!")
        return self.leave_out(field, f"the tag {tag} is not allowed, as only plain YAML is read; leave it out", node)

    def check_size(self, node: Node, field: FieldPath) -> None:
        self.n_values += 1
        if self.n_values > MAX_VALUES:
            raise _TooLargeError(TOO_MANY, _line(node))
        if len(field) > MAX_DEPTH:
            raise _TooLargeError("holds an alias of itself; write out what is meant", _line(node))

    def mapping(self, node: MappingNode, field: FieldPath) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = self.key(key_node, field, in_braces=bool(node.flow_style))
            if key is None:
                continue
            inside = (*field, key)
            if key in values:
                self.refuse(inside, f"is given twice, first on line {self._line_of(inside)}; leave one out", key_node)
                continue
            value_line = _line(value_node) == _line(key_node)
            self.places[inside] = Place(_span(key_node), _span(value_node) if value_line else None)
            values[key] = self.value(value_node, inside)
        return values

    def key(self, node: Node, field: FieldPath, *, in_braces: bool) -> Any:
        if _tag(node) == "merge":
            return self.refuse(field, "the merge key << is not part of YAML 1.2; write the fields out", node)
        if isinstance(node, ScalarNode) and _tag(node) in TEXTS:
            return self.scalar(node, field)
        name = node.value if isinstance(node, ScalarNode) else "a list or mapping"
        comma = in_braces and _tag(node) in ("int", "float")
        instead = "write numbers without commas, as 0.5 or 1000" if comma else "put it in quotes, or leave it out"
        return self.refuse(field, f"the name of a field should be text, not {name or 'null'}; {instead}", node)

    def scalar(self, node: ScalarNode, field: FieldPath) -> Any:
        if NOT_TEXT.search(node.value):
            return self.leave_out(field, "holds a character that text cannot hold; leave it out", node)
        if _tag(node) in TEXTS:
            return node.value
        try:
            value = self.yaml.constructor.construct_object(node)
        except (ValueError, LookupError, ArithmeticError, YAMLError):
            return self.leave_out(field, f"{node.value[:40]!r} cannot be read as {_tag(node)}", node)
        if isinstance(value, int) and value.bit_length() > MAX_BITS:
            return self.leave_out(field, f"{node.value[:10]}... is too large a number", node)
        return value

    def leave_out(self, field: FieldPath, message: str, node: Node) -> None:
        """Add a problem of a value, and read it as None."""
        self.unread.add(field)
        self.refuse(field, message, node)

    def refuse(self, field: FieldPath, message: str, node: Node) -> None:
        """Add a problem of what stands at a node."""
        self.problems.append(Problem(field, message, _span(node)))

    def _line_of(self, field: FieldPath) -> int:
        name = self.places[field].name
        return name.line if name else 0


def _tag(node: Node) -> str:
    return str(node.tag).removeprefix(CORE)


def _line(node: Node) -> int:
    return int(node.start_mark.line) + 1


def _span(node: Node) -> Span:
    """The place of a node; of one that goes on in other lines, as far as its first line goes."""
    begin, end = node.start_mark, node.end_mark
    length = end.column - begin.column if end.line == begin.line else 0
    return Span(_line(node), int(begin.column) + 1, int(length))


def _span_at(text: str, position: int) -> Span:
    """The sign at a position of a text."""
    breaks = list(BREAKS.finditer(text, 0, position))
    begin = breaks[-1].end() if breaks else 0
    return Span(len(breaks) + 1, position - begin + 1, 1)


def _stop(error: MarkedYAMLError, text: str) -> Stop:
    at = error.problem_mark or error.context_mark
    began = error.context_mark or at
    problem = str(error.problem or error.context)
    return Stop(problem, (at.line, at.column), (began.line, began.column), lines_of(text))


def _unreadable(message: str, span: Span | None = None, text: str = "") -> Document:
    return Document(None, {}, (Problem((), message, span),), lines=lines_of(text))


def _why_not_opened(path: Path, error: Exception) -> str:
    if isinstance(error, IsADirectoryError):
        there = _study_files(path)
        return f"is a folder; name the study file in it{f', such as {path / there[0]}' if there else ''}"
    if isinstance(error, PermissionError):
        return "may not be read by you; ask whoever owns it, or copy it"
    if not isinstance(error, FileNotFoundError):
        return f"cannot be read: {error}"
    if not path.parent.is_dir():
        return f"there is no such file, and no folder {path.parent}"
    near = nearest(path.name, _study_files(path.parent))
    return f"there is no such file; {f'did you mean {path.parent / near}?' if near else 'name a study file'}"


def _study_files(folder: Path) -> list[str]:
    """The names of the files in it that may be study files."""
    with suppress(OSError):
        return sorted(entry.name for entry in folder.iterdir() if entry.suffix in (".yaml", ".yml"))
    return []
