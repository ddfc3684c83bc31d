"""The log on stderr: text for people, with lines that fit a terminal, or a JSON object for machines."""

import json
import logging
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from typing import Literal, TextIO

from sweep.core.colours import by_severity
from sweep.core.plain import plain
from sweep.core.wrapped import as_read

Format = Literal["text", "json"]

logger = logging.getLogger("sweep")
FIELDS = ("stage", "trial", "arm", "state", "value", "epoch")  # of a record about a trial


class _Stderr(logging.StreamHandler[TextIO]):
    """Writes to the current sys.stderr, which a live table replaces while it is shown."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> TextIO:  # type: ignore[override]
        return sys.stderr


class _Text(logging.Formatter):
    """A record's message, as people may safely see it."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as it is said."""
        return by_severity(as_read(plain(record.getMessage()), sys.stderr), sys.stderr)


class _Json(logging.Formatter):
    """Formats a record as a JSON object: time (UTC), level, study, the record's FIELDS, message."""

    def __init__(self, study: str) -> None:
        super().__init__()
        self._study = study

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line of JSON."""
        time = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        common = {"time": time, "level": record.levelname.lower(), "study": self._study}
        fields = {name: getattr(record, name) for name in FIELDS if hasattr(record, name)}
        return json.dumps({**common, **fields, "message": record.getMessage()})


@contextmanager
def undisturbed() -> Iterator[None]:
    """While the block draws on the terminal no record is written there: either would overwrite the other's lines."""
    with ExitStack() as locks:
        for handler in logger.handlers:
            if handler.lock:
                locks.enter_context(handler.lock)
        yield


def configure(study: str, form: Format) -> None:
    """Let all records go to stderr in this form, in JSON with the study's name. An entry point calls this."""
    handler = _Stderr()
    handler.setFormatter(_Json(study) if form == "json" else _Text())
    logger.handlers[:] = [handler]
    logger.propagate = False
    logger.setLevel(logging.INFO)
