"""Answers of HTTP servers, read within limits.

A socket's timeout is that of one read: a server that sends a byte now and then is never late.
"""

import http.client
import io
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from typing_extensions import override


@dataclass(frozen=True)
class Limits:
    """What an answer may take.

    seconds   from the request on, until the whole answer is there
    n_bytes   of the whole answer
    rate      bytes a second that are fast enough: an answer that comes as fast may take longer; 0: none may
    """

    seconds: float
    n_bytes: int
    rate: float = 0.0


_limits: ContextVar[Limits] = ContextVar("limits")


@contextmanager
def limited(limits: Limits) -> Iterator[None]:
    """Read by these limits each LimitedResponse that is made in the block, also after it."""
    token = _limits.set(limits)
    try:
        yield
    finally:
        _limits.reset(token)


class LimitedResponse(http.client.HTTPResponse):
    """An answer, head and body, that raises OSError where it exceeds the limits."""

    def __init__(self, sock: socket.socket, *arguments: Any, **named: Any) -> None:
        super().__init__(sock, *arguments, **named)
        self.fp = io.BufferedReader(_LimitedReader(sock, self.fp.detach(), _limits.get()))


class _LimitedReader(io.RawIOBase):
    """The bytes of a socket, within limits."""

    def __init__(self, sock: socket.socket, raw: Any, limits: Limits) -> None:
        self._sock, self._raw, self._limits = sock, raw, limits
        self._a_read = sock.gettimeout() or limits.seconds
        self._began, self._came = time.monotonic(), 0

    @override
    def readable(self) -> bool:
        return True

    @override
    def close(self) -> None:
        self._raw.close()
        super().close()

    @override
    def readinto(self, buffer: Any, /) -> int | None:
        came = None
        if self._left > 0:
            came = self._read(buffer)
        if came is None:
            raise OSError(f"the answer was not whole after {self._seconds:.0f} s, in which {self._came:,} bytes came")
        self._came += came
        if self._came > self._limits.n_bytes:
            raise OSError(f"the answer is longer than {self._limits.n_bytes:,} bytes")
        return came

    def _read(self, buffer: Any) -> int | None:
        """How many bytes one read gave; None where it was too late for any. Raises TimeoutError where it gave none."""
        self._sock.settimeout(min(self._a_read, self._left))
        try:
            return int(self._raw.readinto(buffer))
        except TimeoutError:
            if self._left > 0:
                raise
            return None

    @property
    def _seconds(self) -> float:
        """How long the answer may take."""
        earned = self._came / self._limits.rate if self._limits.rate else 0.0
        return self._limits.seconds + earned

    @property
    def _left(self) -> float:
        return self._began + self._seconds - time.monotonic()
