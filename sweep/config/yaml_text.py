"""Reads YAML 1.2 as plain values, with the line on which each value stands."""

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import NodeEvent
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from sweep.core.errors import FieldPath, Problem

MAX_BYTES = 1_000_000
MAX_DEPTH = 50
MAX_VALUES = 10_000  # with every alias filled in
MAX_BITS = 10_000  # of a whole number: Python writes no larger one out
TOO_MANY = f"holds more than {MAX_VALUES:,} values, its aliases filled in"
CORE = "tag:yaml.org,2002:"
TEXTS = {"str", "timestamp", "value"}  # a date is text here, and so is a lone =
OTHER_VERSION = re.compile(r"^%YAML(?!\s+1\.2\s*$)", re.MULTILINE)  # in 1.1 `no` is false and 1e-4 is text
NOT_TEXT = re.compile("[\0\ud800-\udfff]")  # no file system and no database takes them


@dataclass(frozen=True)
class Document:
    """A YAML text.

    value     None, booleans, numbers, strings, lists, and dicts with string keys; None when the text cannot be read
    lines     the line, from 1, on which a field is named
    problems  what YAML itself makes wrong; such values are left out
    """

    value: Any
    lines: Mapping[FieldPath, int]
    problems: tuple[Problem, ...] = ()


def read(path: Path) -> tuple[str, Document]:
    """The text of a file, and its values; what cannot be read is a problem of the document."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        return "", _unreadable(_why_not_opened(error))
    if len(content) > MAX_BYTES:
        return "", _unreadable(f"a study file has at most {MAX_BYTES:,} bytes; give data by their path")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        return "", _unreadable("is not UTF-8 from here on; save the file as UTF-8", line)
    return text, parse(text)


def parse(text: str) -> Document:
    """The values of a text.

    Aliases are filled in. Tags that make objects, merge keys and repeated keys are problems of the document.
    """
    if other := OTHER_VERSION.search(text):
        return _unreadable("a study file is YAML 1.2; leave this line out", _line_at(text, other.start()))
    try:
        return _composed(text)
    except _TooLargeError as error:
        return _unreadable(str(error), error.line)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        return _unreadable(_syntax(error), mark.line + 1)
    except ReaderError as error:
        return _unreadable(f"holds the control character U+{error.character:04X}", _line_at(text, error.position))
    except (YAMLError, ValueError, ArithmeticError) as error:  # the parser does not catch all errors of chr and int
        return _unreadable(f"is not YAML: {error}")


def _composed(text: str) -> Document:
    _check_size(text)
    yaml = _parser()
    reader = _Reader(yaml)
    node = yaml.compose(text)
    value = None if node is None else reader.value(node, ())
    return Document(value, reader.lines, tuple(reader.problems))


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
    """Turns the parser's nodes into values, and collects the line of each and the problems."""

    def __init__(self, yaml: YAML) -> None:
        self.yaml = yaml
        self.lines: dict[FieldPath, int] = {}
        self.problems: list[Problem] = []
        self.n_values = 0

    def value(self, node: Node, field: FieldPath) -> Any:
        self.check_size(node, field)
        self.lines.setdefault(field, _line(node))
        if isinstance(node, MappingNode) and _tag(node) == "map":
            return self.mapping(node, field)
        if isinstance(node, SequenceNode) and _tag(node) == "seq":
            return [self.value(item, (*field, i)) for i, item in enumerate(node.value)]
        if isinstance(node, ScalarNode) and _tag(node) in {*TEXTS, "null", "bool", "int", "float"}:
            return self.scalar(node, field)
        tag = str(node.tag).replace(CORE, "!!")
        return self.refuse(field, f"the tag {tag} is not allowed; only plain YAML is read", node)

    def check_size(self, node: Node, field: FieldPath) -> None:
        self.n_values += 1
        if self.n_values > MAX_VALUES:
            raise _TooLargeError(TOO_MANY, _line(node))
        if len(field) > MAX_DEPTH:
            raise _TooLargeError("holds an alias of itself", _line(node))

    def mapping(self, node: MappingNode, field: FieldPath) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = self.key(key_node, field)
            if key is None:
                continue
            inside = (*field, key)
            if key in values:
                self.refuse(inside, f"is given twice; the first is on line {self.lines[inside]}", key_node)
                continue
            self.lines[inside] = _line(key_node)
            values[key] = self.value(value_node, inside)
        return values

    def key(self, node: Node, field: FieldPath) -> Any:
        if _tag(node) == "merge":
            return self.refuse(field, "the merge key << is not part of YAML 1.2; write the fields out", node)
        if isinstance(node, ScalarNode) and _tag(node) in TEXTS:
            return self.scalar(node, field)
        name = node.value if isinstance(node, ScalarNode) else "a list or mapping"
        return self.refuse(field, f"the name of a field should be text, not {name or 'null'}", node)

    def scalar(self, node: ScalarNode, field: FieldPath) -> Any:
        if NOT_TEXT.search(node.value):
            return self.refuse(field, "holds a character that text cannot hold", node)
        if _tag(node) in TEXTS:
            return node.value
        try:
            value = self.yaml.constructor.construct_object(node)
        except (ValueError, LookupError, ArithmeticError, YAMLError):
            return self.refuse(field, f"{node.value[:40]!r} cannot be read as {_tag(node)}", node)
        if isinstance(value, int) and value.bit_length() > MAX_BITS:
            return self.refuse(field, f"{node.value[:10]}... is too large a number", node)
        return value

    def refuse(self, field: FieldPath, message: str, node: Node) -> Any:
        """Add a problem; returns None in place of the value."""
        self.problems.append(Problem(field, message, _line(node)))


def _tag(node: Node) -> str:
    return str(node.tag).removeprefix(CORE)


def _line(node: Node) -> int:
    return int(node.start_mark.line) + 1


def _line_at(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1


def _unreadable(message: str, line: int | None = None) -> Document:
    return Document(None, {}, (Problem((), message, line),))


def _why_not_opened(error: Exception) -> str:
    reasons: dict[type[Exception], str] = {
        FileNotFoundError: "there is no such file",
        IsADirectoryError: "is a directory; name the study file in it",
        PermissionError: "may not be read by you",
    }
    return reasons.get(type(error), f"cannot be read: {error}")


def _syntax(error: MarkedYAMLError) -> str:
    """The parser's message, or for the commonest mistakes what to do about them."""
    advice = {
        "found character '\\t'": "a tab cannot indent; use spaces",
        "mapping values are not allowed": "a second `:` is not expected here; check the indentation, or quote the text",
        "but found another document": "a second document begins here; a study file is one",
        "maximum depth": "is nested too deeply",
    }
    problem = str(error.problem or error.context)
    return next((text for start, text in advice.items() if problem.startswith(start)), f"is not YAML: {problem}")
