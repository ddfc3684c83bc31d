"""A recording as frames, and these as one SVG that plays once and then shows the last."""

import io
import re
from collections.abc import Iterator, Sequence
from html import escape
from typing import NamedTuple

from rich.console import Console
from rich.text import Text

from benchmarks.pictures.recording import Written
from benchmarks.pictures.screen import Screen

QUIET = 0.05  # seconds in which nothing is written: then nothing is half drawn
FRAME = 0.8  # seconds for which a frame is shown
FORM = "{width}|{height}|{terminal_x}|{terminal_y}\n{styles}\n\x00{chrome}\x00{backgrounds}{matrix}"
CLUTTER = re.compile(r' clip-path="[^"]*"|<text [^>]*>\s*</text>')  # what Rich writes and nobody sees
STILL = "@media (prefers-reduced-motion: reduce) { .frame { animation: none !important; } }"


class Frame(NamedTuple):
    """What is drawn of a frame, the size of the whole, and what stands behind every one of them."""

    styles: str
    behind: str
    matrix: str
    width: float
    height: float
    x: float
    y: float


def frames(said: Sequence[Written], prompt: str, columns: int, rows: int, count: int) -> list[list[str]]:
    """The rows of a terminal at so many moments, evenly spaced over the recording, and last what it ended with.

    prompt  the row above, with the command
    """
    screen, shown = Screen(columns), [[prompt]]
    moments = [said[-1].seconds * number / count for number in range(1, count)]
    for at, (seconds, text) in enumerate(said):
        screen.write(text)
        after = said[at + 1].seconds if at + 1 < len(said) else seconds
        if moments and seconds >= moments[0] and after - seconds >= QUIET:
            del moments[0]
            shown.append([prompt, *_without_blank_ends(screen.lines())][-rows:])
    return [*shown, [prompt, *_answer(screen.lines())][:rows]]


def drawn(pictures: Sequence[Sequence[str]], title: str, told: str, columns: int, rows: int) -> str:
    """The frames as an SVG. told: what it is, for those who do not see it."""
    made = [_frame(lines, number, title, columns, rows) for number, lines in enumerate(pictures)]
    first = made[0]
    styles = "\n".join([*(frame.styles for frame in made), *_shown_in_turn(len(made)), STILL])
    groups = "\n".join(f'<g class="frame" id="frame-{number}">{frame.matrix}</g>' for number, frame in enumerate(made))
    return f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {first.width:g} {first.height:g}" role="img">
<title>{escape(title)}</title>
<desc>{escape(told)}</desc>
<style>
text {{ font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; font-size: 20px; }}
{styles}
</style>
{first.behind}
<g transform="translate({first.x:g}, {first.y:g})">
{groups}
</g>
</svg>
"""


def _frame(lines: Sequence[str], number: int, title: str, columns: int, rows: int) -> Frame:
    nowhere = io.StringIO()
    console = Console(
        record=True, file=nowhere, width=columns, height=rows, color_system="truecolor", legacy_windows=False
    )
    blank = [""] * (rows - len(lines))
    for line in [*lines, *blank]:
        console.print(Text.from_ansi(line), no_wrap=True, crop=True, overflow="crop", highlight=False)
    svg = console.export_svg(title=title, code_format=FORM, unique_id=f"f{number}", font_aspect_ratio=0.602)
    head, chrome, matrix = svg.split("\x00")
    sizes, _, styles = head.partition("\n")
    width, height, x, y = map(float, sizes.split("|"))
    return Frame(styles.strip(), chrome.strip(), CLUTTER.sub("", matrix), width, height, x, y)


def _shown_in_turn(count: int) -> Iterator[str]:
    """Rules by which each frame is there for its time. Where nothing moves the last one is."""
    whole = FRAME * count
    yield f".frame {{ visibility: hidden; animation: {whole:g}s step-end both; }}"
    yield f"#frame-{count - 1} {{ visibility: visible; }}"
    for number in range(count):
        begin, end = 100 * number / count, 100 * (number + 1) / count
        last = "visible" if number == count - 1 else "hidden"
        yield (
            f"@keyframes turn-{number} {{ 0% {{ visibility: {'hidden' if number else 'visible'}; }}"
            f" {begin:.2f}% {{ visibility: visible; }} {end:.2f}% {{ visibility: {last}; }} }}"
            f" #frame-{number} {{ animation-name: turn-{number}; }}"
        )


def _answer(lines: Sequence[str]) -> list[str]:
    """What a launch says in the end: what comes after the last line of a run, [39/39] and so on."""
    last = max((at for at, line in enumerate(lines) if re.match(r"\[\d+/\d+\] ", line)), default=-1)
    return _without_blank_ends(lines[last + 1 :])


def _without_blank_ends(lines: Sequence[str]) -> list[str]:
    kept = [at for at, line in enumerate(lines) if line]
    return list(lines[kept[0] : kept[-1] + 1]) if kept else []
