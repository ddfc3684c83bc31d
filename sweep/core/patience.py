"""Says what is waited for, where it takes a while."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Timer

from sweep.core.log import logger

PATIENCE_SECONDS = 1.0


@contextmanager
def said_if_slow(what: str) -> Iterator[None]:
    """Log what the block waits for, if it is not over in a second."""
    timer = Timer(PATIENCE_SECONDS, lambda: logger.info("%s", what))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
