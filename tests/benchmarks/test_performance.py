"""docs/performance.md holds what was measured: each benchmark's own part, with its conditions, and no other."""

import json
import re

from benchmarks.__main__ import KINDS
from benchmarks.performance import NUMBERS, PAGE, page, picture

RESULT = {
    "when": "2026-11-26",
    "machine": "a processor",
    "code": "0.1.0",
    "load": 0.1,
    "printed": "| a |\n|---|\n| 1 |",
    "data": None,
}
TEXT = "# How fast\n\n<!-- engine -->\nold\n<!-- end of engine -->\n\nmore\n"


def test_a_measured_part_is_written_anew_and_the_rest_stays() -> None:
    written = page(TEXT, {"engine": RESULT, "memory": RESULT})
    assert "old" not in written
    assert written.startswith("# How fast\n\n<!-- engine -->\n\n| a |\n|---|\n| 1 |\n\n2026-11-26, at a load of 0.1")
    assert written.endswith("<!-- end of engine -->\n\nmore\n")
    assert page(written, {"engine": RESULT}) == written


def test_the_page_says_what_its_numbers_say() -> None:
    text = PAGE.read_text()
    assert page(text, json.loads(NUMBERS.read_text())) == text


def test_each_part_of_the_page_is_of_a_benchmark_that_there_is() -> None:
    parts = re.findall(r"<!-- end of (.*) -->", PAGE.read_text())
    assert parts
    assert set(parts) <= set(KINDS)


def test_the_picture_has_a_line_for_each() -> None:
    drawn = picture({"24": {"this": [3.0, 1.0, 2.0], "a peer": [5.0]}, "96": {"this": [4.0], "a peer": [20.0]}})
    assert "a peer" in drawn
    assert drawn == picture({"24": {"this": [3.0, 1.0, 2.0], "a peer": [5.0]}, "96": {"this": [4.0], "a peer": [20.0]}})
