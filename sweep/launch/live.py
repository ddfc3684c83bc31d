"""What is drawn again and again at the foot of a terminal, below the lines that are logged meanwhile."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread

from rich.console import RenderableType
from rich.text import Text

from sweep.core import prompt_end
from sweep.core.log import undisturbed
from sweep.launch.footer import since
from sweep.launch.reflow import Redrawn, Terminal

DRAWN_SECONDS = 0.25


class LiveFooter:
    """In its block shows what `render` returns, and takes it away at the end; nothing elsewhere than on a terminal."""

    def __init__(self, render: Callable[[], RenderableType]) -> None:
        self._console = Terminal()
        self._live = Redrawn(self._console, render)
        self._over = Event()
        self._drawing = Thread(target=self._draw_on, name="footer", daemon=True)

    def __enter__(self) -> "LiveFooter":
        if self._console.is_terminal:
            prompt_end.also.append(self._show_cursor)  # which is hidden while this is drawn
            with undisturbed():
                self._live.start()
            self._drawing.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._console.is_terminal:
            self._over.set()
            self._drawing.join()
            with undisturbed():
                self._live.stop()
            prompt_end.also.remove(self._show_cursor)

    def _draw_on(self) -> None:
        """Rich's own thread draws without asking, and its lines overwrite those that are logged meanwhile."""
        while not self._over.wait(DRAWN_SECONDS):
            with undisturbed():
                self._live.refresh()

    def _show_cursor(self) -> None:
        self._console.show_cursor(show=True)


@contextmanager
def phase(what: str) -> Iterator[None]:
    """Show what a launch does in the block, and for how long it has."""
    began = time.monotonic()
    with LiveFooter(
        lambda: Text(f"{what}  {since(began, time.monotonic())}", style="bold", no_wrap=True, overflow="ellipsis")
    ):
        yield
