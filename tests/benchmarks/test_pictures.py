"""The README's pictures are what a study showed, small, and fetch nothing from elsewhere."""

import io
import re
import subprocess
import sys
from html import unescape
from pathlib import Path

import pytest
from PIL import Image

from benchmarks.pictures import film, page
from benchmarks.pictures.__main__ import COMMAND, HEIGHT, PICTURES, WIDTH
from benchmarks.pictures.recording import Written, recorded
from benchmarks.pictures.screen import Screen
from tests.paths import ROOT

LARGEST = 200_000  # bytes
REDRAWN = "one\r\n\x1b[1mtwo\x1b[0m\r\x1b[2K\x1b[1A\x1b[2Kthree\r\n"
PROGRAM = """
import time
from rich.live import Live
with Live("waiting", transient=True) as live:
    print("[1/1] a trial")
    time.sleep(0.3)
print("the answer \N{PLUS-MINUS SIGN} 1")
"""


def texts(svg: str) -> str:
    """What stands in an SVG, without its marks."""
    return unescape(re.sub(r"<[^>]*>", "\n", svg)).replace("\N{NO-BREAK SPACE}", " ")


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> list[Written]:
    return recorded([sys.executable, "-c", PROGRAM], tmp_path_factory.mktemp("run"), 40, 10)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        (REDRAWN, ["three", ""]),
        ("\x1b[1mbold\x1b[0m x", ["\x1b[1mbold\x1b[0m x"]),
        ("\x1b[1m\x1b[31mx", ["\x1b[1;31mx\x1b[0m"]),
        ("abcdefgh", ["abcdef", "gh"]),
        ("abc\rd\x1b[K", ["d"]),
        ("\x1b[?25l\x1b]0;title\x07x", ["x"]),
    ],
)
def test_a_screen_shows_what_a_terminal_would(written: str, shown: list[str]) -> None:
    screen = Screen(6)
    screen.write(written)
    assert screen.lines() == shown


def test_what_is_recorded_is_what_the_program_wrote_on_a_terminal_of_that_size(said: list[Written]) -> None:
    times = [each.seconds for each in said]
    assert times == sorted(times)
    whole = "".join(each.text for each in said)
    assert "waiting" in whole  # which Rich shows on a terminal alone
    assert "the answer ± 1" in whole


def test_a_program_that_fails_is_not_drawn(tmp_path: Path) -> None:
    with pytest.raises(subprocess.CalledProcessError) as raised:
        recorded([sys.executable, "-c", "print('why'); raise SystemExit(3)"], tmp_path, 40, 10)
    assert (raised.value.returncode, raised.value.output) == (3, "why\r\n")


def test_frames_end_with_the_answer(said: list[Written]) -> None:
    shown = film.frames(said, "$ study", 40, 10, 4)
    assert shown[0] == ["$ study"]
    assert shown[-1] == ["$ study", "the answer ± 1"]
    assert all(lines[0] == "$ study" for lines in shown)


def test_a_film_shows_its_last_frame_where_nothing_moves(said: list[Written]) -> None:
    svg = film.drawn(film.frames(said, "$ study", 40, 10, 4), "study", "what <it> is", 40, 10)
    assert "what &lt;it&gt; is" in svg
    last = max(map(int, re.findall(r'id="frame-(\d+)"', svg)))
    assert f"#frame-{last} {{ visibility: visible; }}" in svg
    assert "the answer ± 1" in texts(svg)


def test_the_recording_is_of_the_shipped_study_and_says_when_and_where_it_ran() -> None:
    svg = (PICTURES / "terminal.svg").read_text(encoding="utf-8")
    assert f"$ {' '.join(COMMAND)}" in texts(svg)
    assert re.search(r"<desc>Recorded on 20\d\d-\d\d-\d\d while .* cores, .*; version \d", svg)
    assert not re.search(r"url\(|https?://(?!www\.w3\.org/2000/svg)|<script|<image|/tmp|/home|/root", svg)


def test_the_readme_quotes_what_the_recording_shows() -> None:
    readme = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    [quoted] = re.findall(r"motorway six hours ahead: \*([^*]+)\*", readme)
    svg = " ".join(texts((PICTURES / "terminal.svg").read_text(encoding="utf-8")).split())
    assert quoted in svg


def test_pictures_are_small_and_shown_by_the_readme() -> None:
    files = sorted(path.name for path in PICTURES.iterdir())
    assert files == ["report.png", "terminal.svg"]
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for name in files:
        assert (PICTURES / name).stat().st_size < LARGEST
        assert re.search(rf"!\[[^\]]+\]\(docs/pictures/{name}\)", readme)


def test_a_compressed_picture_is_the_same_in_few_colours() -> None:
    whole = io.BytesIO()
    Image.linear_gradient("L").convert("RGB").save(whole, "PNG")
    found = Image.open(io.BytesIO(page.compressed(whole.getvalue())))
    assert found.size == (256, 256)
    assert len(found.getcolors() or []) <= page.COLOURS


def test_the_report_in_the_picture_is_as_wide_as_its_window() -> None:
    with Image.open(PICTURES / "report.png") as picture:
        assert picture.size == (WIDTH, HEIGHT)
