"""What commands say while they work, on stderr: lines for people, or with each a JSON object for machines."""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Literal, TextIO

Format = Literal["text", "json"]

logger = logging.getLogger("sweep")
FIELDS = ("stage", "trial", "arm", "state", "value", "epoch")  # that a line about a trial carries


class _Stderr(logging.StreamHandler[TextIO]):
    """Writes to what is stderr at the moment, which a live table replaces while it is shown."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> TextIO:  # type: ignore[override]
        return sys.stderr


class _Json(logging.Formatter):
    """One object a line: when (UTC), how bad, which study, and what."""

    def __init__(self, study: str) -> None:
        super().__init__()
        self._study = study

    def format(self, record: logging.LogRecord) -> str:
        """See logging.Formatter."""
        told = {name: getattr(record, name) for name in FIELDS if hasattr(record, name)}
        when = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        card = {"time": when, "level": record.levelname.lower(), "study": self._study}
        return json.dumps({**card, **told, "message": record.getMessage()})


def configure(study: str, form: Format) -> None:
    """From now on what is said of this study has this form."""
    handler = _Stderr()
    handler.setFormatter(_Json(study) if form == "json" else logging.Formatter("%(message)s"))
    logger.handlers[:] = [handler]
    logger.propagate = False
    logger.setLevel(logging.INFO)
