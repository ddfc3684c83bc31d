"""Work that is done while something else goes on."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")


def in_background(work: Callable[[], T], name: str) -> "Future[T]":
    """Do it in a thread of this name, which ends with the process; its result, or its error."""
    future: Future[T] = Future()
    threading.Thread(target=lambda: fulfil(future, work), name=name, daemon=True).start()
    return future


def fulfil(future: "Future[T]", work: Callable[[], T]) -> None:
    """Give the future the result of the work, or its error."""
    try:
        result = work()
    except BaseException as error:  # noqa: BLE001  (whoever asks for the result has it raised)
        future.set_exception(error)
    else:
        future.set_result(result)
