"""What is drawn again and again on a terminal, also where that becomes narrower and breaks the lines meanwhile."""

import os
from collections.abc import Callable, Iterator
from contextlib import suppress

from rich.cells import chop_cells
from rich.console import Console, ConsoleDimensions, ConsoleOptions, ConsoleRenderable, RenderableType
from rich.control import Control
from rich.live import Live
from rich.segment import ControlType, Segment
from typing_extensions import override

CUTTING = ("XTERM_VERSION", "STY")  # variables by which xterm and screen are known: they cut lines, and break none


class Terminal(Console):
    """stderr, no wider than it is: an exported COLUMNS is of the time before a resize."""

    def __init__(self) -> None:
        super().__init__(stderr=True, highlight=False, markup=False)

    @property  # type: ignore[misc]  # rich's can be set too, which nobody does
    @override
    def size(self) -> ConsoleDimensions:
        named = super().size
        with suppress(OSError, ValueError):
            found = os.get_terminal_size(self.file.fileno())
            if found.columns and found.lines:  # of a pseudo-terminal that was never told its size both are 0
                return ConsoleDimensions(min(found.columns, named.width), min(found.lines, named.height))
        return named


class Redrawn(Live):
    """Rich's, which takes away what it has drawn before; here too where a terminal has made more lines of that."""

    def __init__(self, console: Console, render: Callable[[], RenderableType]) -> None:
        self._drawn = _Drawn(render)
        super().__init__(console=console, get_renderable=lambda: self._drawn, auto_refresh=False, transient=True)

    @override
    def process_renderables(self, renderables: list[ConsoleRenderable]) -> list[ConsoleRenderable]:
        broken = self._drawn.broken(self.console.width)
        found = super().process_renderables(renderables)
        if not broken or not self.console.is_interactive:
            return found
        up = Control(*((ControlType.CURSOR_UP, 1), (ControlType.ERASE_IN_LINE, 2)) * broken)
        return [*found[:1], up, *found[1:]]  # after what takes away as many lines as were drawn


class _Drawn:
    """Shows what `render` returns, and remembers the lines."""

    def __init__(self, render: Callable[[], RenderableType]) -> None:
        self._render, self._width = render, 0
        self._lines: list[str] = []

    def broken(self, width: int) -> int:
        """How many more lines they are on a terminal that is so wide now."""
        if width >= self._width or any(name in os.environ for name in CUTTING):
            return 0
        return sum(max(len(chop_cells(line, width)) - 1, 0) for line in self._lines)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Segment]:
        lines = [_stripped(line) for line in console.render_lines(self._render(), options, pad=False)]
        self._width = options.max_width
        self._lines = ["".join(segment.text for segment in line) for line in lines[: options.size.height]]
        for number, line in enumerate(lines):
            if number:
                yield Segment.line()
            yield from line


def _stripped(line: list[Segment]) -> list[Segment]:
    """Without blanks at its end, of which terminals do not agree whether they are broken too."""
    while line and not line[-1].text.strip():
        line = line[:-1]
    if not line:
        return []
    text, style, control = line[-1]
    return [*line[:-1], Segment(text.rstrip(), style, control)]
