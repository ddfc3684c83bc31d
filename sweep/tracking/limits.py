"""What an answer of MLflow's may take: its client would read a slow or an endless one for ever."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from typing_extensions import override

from sweep.core.http_answers import Limits
from sweep.core.limited_sending import LimitedSending
from sweep.tracking import mlflow_private

A_READ = 10.0  # seconds, where the client names none
READS = 2  # an answer may take as long as so many of its reads
ANSWER_BYTES = 50_000_000  # a page of a thousand runs has ten
FILE_BYTES = 2_000_000_000
FILE_RATE = 10_000.0  # bytes a second


def enforce() -> None:
    """Limit every answer that MLflow's client gets in this process from now on."""
    mlflow_private.send_through(LimitedAdapter)


@contextmanager
def enforced() -> Iterator[None]:
    """Limit them in the block alone: the process is a user's, who may fetch other things from MLflow."""
    before = mlflow_private.send_through(LimitedAdapter)
    try:
        yield
    finally:
        mlflow_private.send_through(before)


class LimitedAdapter(LimitedSending, mlflow_private.Adapter):  # type: ignore[misc]
    """How requests are sent: as MLflow sends them, within limits."""

    @override
    def limits(self, timeout: Any, *, is_file: bool) -> Limits:
        a_read = timeout[1] if isinstance(timeout, tuple) else timeout
        seconds = READS * (a_read or A_READ)
        return Limits(seconds, FILE_BYTES, FILE_RATE) if is_file else Limits(seconds, ANSWER_BYTES)
