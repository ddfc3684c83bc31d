"""Where each field of a study was set, and so where its problems are."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf
from pathlib import Path

from sweep.config.locations import value_at
from sweep.config.yaml_text import Document, Place
from sweep.core import redact
from sweep.core.errors import ConfigError, FieldPath, Mistake, Problem, Span, dotted


@dataclass(frozen=True)
class Origin:
    """Where each field is set: at a place of the file, or by an override."""

    path: Path
    document: Document
    overridden: Sequence[FieldPath] = ()

    @property
    def places(self) -> Mapping[FieldPath, Place]:
        """Where fields stand in the file."""
        return self.document.places

    def error(self, problems: Sequence[Problem]) -> ConfigError:
        """The problems in the order of the file, each once; those of overrides last."""
        mistakes = sorted(map(self._mistake, problems), key=_order)
        return ConfigError(*{str(mistake): mistake for mistake in mistakes}.values())

    def _mistake(self, problem: Problem) -> Mistake:
        field = dotted(problem.field)
        if self._overrides(problem.field):
            return Mistake(f"--set {field}: {problem.message}")
        span = problem.span or self._span(problem)
        message = ": ".join(filter(None, (field, problem.message)))
        is_secret = any(redact.names_secret(str(step)) for step in problem.field)
        return Mistake(message, str(self.path), span, "" if is_secret else self._line(span))

    def _span(self, problem: Problem) -> Span | None:
        """The place of the field, or of what it would lie in; of a list that of the one item that is meant."""
        if problem.field in self.places and not problem.of_name:
            name, value = self.places[problem.field]
            return self._item(problem) or value or name
        places = (self.places[start] for start in _starts(problem.field) if start in self.places)
        return next((name or value for name, value in places), None)

    def _item(self, problem: Problem) -> Span | None:
        """The place of the text in a list that alone is named by the message, as a column is that is not there."""
        field, said = problem.field, problem.message.partition(";")[0]
        if not field or not isinstance(value_at(self.document.value, field), list):
            return None
        inside = {at: place.value for at, place in self.places.items() if at[: len(field)] == field and at != field}
        texts = {at: value_at(self.document.value, at) for at in inside}
        named = [inside[at] for at, text in texts.items() if isinstance(text, str) and _names(said, text)]
        return named[0] if len(named) == 1 else None

    def _line(self, span: Span | None) -> str:
        there = span is not None and span.line <= len(self.document.lines)
        return self.document.lines[span.line - 1] if span and there else ""

    def _overrides(self, field: FieldPath) -> bool:
        return any(start in self.overridden for start in _starts(field))


def _names(said: str, text: str) -> bool:
    """Whether a sentence has the text as words of its own, and not as a part of a path."""
    return bool(text) and re.search(rf"(?<![\w./-]){re.escape(text)}(?![\w./-])", said) is not None


def _order(mistake: Mistake) -> tuple[float, int, str]:
    """By the place in the file; what is in none of its lines comes first, what is in no file last."""
    line, column = mistake.span[:2] if mistake.span else (0 if mistake.file else inf, 0)
    return line, column, str(mistake)


def _starts(field: FieldPath) -> list[FieldPath]:
    """The field, what it lies in, and so on up to the whole file."""
    return [field[:n] for n in range(len(field), -1, -1)]
