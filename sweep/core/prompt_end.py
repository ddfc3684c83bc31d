"""Ctrl-C and SIGTERM where there is nothing to finish yet: the command ends within about a second, and leaves nothing.

Both raise KeyboardInterrupt in the main thread, which may be deep in a library that does not hear it, or that waits
while it tidies up. So a thread hears of the signal too, and ends the process where that takes long.
"""

import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from os import _exit  # while a user's program runs, os._exit raises
from types import FrameType
from typing import Any

from sweep.core import processes
from sweep.core.errors import Interrupted

SIGNALS = (signal.SIGINT, signal.SIGTERM)
GRACE_SECONDS = 1.0
ROUNDS = 10  # of ending children, which may start others meanwhile

also: list[Callable[[], None]] = []  # what is to be done too when the process ends early; it may be done twice


class _Listener:
    """Hears both signals, in the main thread and in one of its own."""

    def __init__(self) -> None:
        self.heard = threading.Event()
        self.began = processes.now()
        self._ours, self._theirs = socket.socketpair()
        self._theirs.setblocking(False)
        self._unraisable = sys.unraisablehook
        self._handlers = {number: signal.getsignal(number) for number in SIGNALS}
        threading.Thread(target=self._listen, name="prompt end", daemon=True).start()

    def take_over(self) -> None:
        """Install the handlers."""
        signal.set_wakeup_fd(self._theirs.fileno(), warn_on_full_buffer=False)
        sys.unraisablehook = self._pass_over
        for number in SIGNALS:
            signal.signal(number, self._handle)

    def give_back(self) -> None:
        """Put back the handlers that were there, and let the thread end."""
        signal.set_wakeup_fd(-1)
        sys.unraisablehook = self._unraisable
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        self._theirs.close()

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if not self.heard.is_set():  # what tidies up is interrupted no second time: the thread ends it
            self.heard.set()
            raise KeyboardInterrupt

    def _pass_over(self, unraisable: Any) -> None:
        """A finalizer that was interrupted cannot raise, and is no news: the thread ends the process."""
        if not isinstance(unraisable.exc_value, KeyboardInterrupt):
            self._unraisable(unraisable)

    def _listen(self) -> None:
        if not self._signalled():
            return
        self.heard.set()
        self._ours.settimeout(GRACE_SECONDS)
        with suppress(TimeoutError):
            self._signalled()
        end_at_once(self.began)

    def _signalled(self) -> bool:
        """Wait for one of the signals; false where nobody listens any more. Raises TimeoutError."""
        while numbers := self._ours.recv(64):
            if set(numbers) & set(SIGNALS):
                return True
        self._ours.close()
        return False


_listener: _Listener | None = None


@contextmanager
def listening() -> Iterator[threading.Event]:
    """Hear both signals in the block; the event is set by them. Elsewhere than in the main thread nothing is heard."""
    global _listener  # noqa: PLW0603  (signals are the process's)
    if threading.current_thread() is not threading.main_thread() or _listener is not None:
        yield threading.Event()
        return
    _listener = listener = _Listener()
    listener.take_over()
    try:
        yield listener.heard
    finally:
        if listener.heard.is_set():
            _leave_nothing(listener.began)  # and the thread stays, since the interpreter's own end may wait too
        elif _listener is listener:
            hand_over()


def listen_again() -> None:
    """Take over from a library that has installed handlers of its own."""
    if _listener is not None:
        _listener.take_over()


def hand_over() -> None:
    """Listen no more: from now on somebody else handles the signals."""
    global _listener  # noqa: PLW0603
    if _listener is not None:
        _listener.give_back()
        _listener = None


def end_at_once(began: float = 0.0) -> None:
    """End this process, and those that it has started since."""
    _leave_nothing(began)
    _exit(Interrupted.exit_code)


def _leave_nothing(began: float) -> None:
    _end_children(began)
    for do in also:
        with suppress(Exception):
            do()


def _end_children(began: float) -> None:
    """End those that were started since; some of Ray's would outlive their parents."""
    import psutil  # noqa: PLC0415  (which a command that nobody interrupts does not need)

    for _ in range(ROUNDS):
        ended = False
        for child in psutil.Process().children(recursive=True):
            with suppress(psutil.Error, ProcessLookupError):
                if processes.started(child.pid) >= began and child.status() != psutil.STATUS_ZOMBIE:
                    child.kill()
                    ended = True
        if not ended:
            return


_mask = threading.local()


def _hold_signals() -> None:
    """Until a child that is forked has handlers of its own, its parent would hear its signals."""
    _mask.before = None if _listener is None else signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)


def _let_signals_come() -> None:
    if _mask.before is not None:
        signal.pthread_sigmask(signal.SIG_SETMASK, _mask.before)


def _forget_in_a_fork() -> None:
    hand_over()
    _let_signals_come()


os.register_at_fork(before=_hold_signals, after_in_parent=_let_signals_come, after_in_child=_forget_in_a_fork)
