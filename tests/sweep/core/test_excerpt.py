"""The line of a mistake, and the mark below it: in its room, under the place, with nothing that may not be shown."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from sweep.core import redact
from sweep.core.errors import Span
from sweep.core.excerpt import excerpt
from sweep.core.plain import plain
from tests.sweep.core.test_redact import with_parameter, with_password

WIDTH = 80
SIGNS = st.text(st.sampled_from("aZ9 :#'\"{}[]é日本ü\t\x1b\x07\u202e\u0301\u200b") | st.characters(), max_size=200)


def drawn(source: str, column: int, length: int = 0, width: int = WIDTH) -> list[str]:
    found = excerpt(source, Span(7, column, length), width)
    return [] if found is None else [found.text, found.mark]


@pytest.mark.parametrize(
    ("source", "column", "length", "shown"),
    [
        ("trial: {units: x}", 16, 1, ["trial: {units: x}", "               ^"]),
        ("  units: x", 3, 5, ["  units: x", "  ^^^^^"]),
        ("  units: x   ", 10, 0, ["  units: x", "         ^"]),
        ("\tunits: x", 2, 5, ["    units: x", "    ^^^^^"]),
        ("a: 日本 x", 4, 2, ["a: 日本 x", "   ^^^^"]),
        ("日本: x", 5, 1, ["日本: x", "      ^"]),
        ("e\u0301: x", 5, 1, ["e\u0301: x", "   ^"]),
        ("a: \x1b[31mred", 4, 1, ["a: \\x1b[31mred", "   ^^^^"]),
        ("a", 2, 1, ["a", " ^"]),
    ],
)
def test_the_mark_is_under_the_place_whatever_the_width_of_its_signs(
    source: str, column: int, length: int, shown: list[str]
) -> None:
    assert drawn(source, column, length) == shown


def test_a_long_line_is_cut_around_the_mark() -> None:
    text, mark = drawn(f"path: {'x' * 300} here {'y' * 300}", 308, 4)
    assert text == f"...{'x' * 20} here {'y' * 42}..."
    assert text[mark.index("^") :].startswith("here")
    assert len(text) == WIDTH - len("  7 | ")


def test_a_long_value_is_cut_at_its_end() -> None:
    text, mark = drawn(f"path: {'x' * 300}", 7, 300)
    assert text == f"path: {'x' * 65}..."
    assert mark == f"{' ' * 6}{'^' * 68}"


@given(source=SIGNS, column=st.integers(1, 210), length=st.integers(0, 210), width=st.integers(40, 120))
def test_it_has_its_room_and_nothing_that_a_terminal_obeys(source: str, column: int, length: int, width: int) -> None:
    source = re.sub("[\r\n]", "", source)
    found = excerpt(source, Span(7, column, length), width)
    if found is not None:
        for line in (found.text, found.mark):
            assert cell_len(f"{found.number}| {line}") <= max(width, cell_len(found.number) + 2 + column)
            assert plain(line) == line
        assert "\t" not in found.text
        assert set(found.mark) <= {" ", "^"}


@given(address=with_password() | with_parameter(), column=st.integers(1, 60), length=st.integers(0, 30))
def test_a_secret_of_an_address_is_not_shown(address: str, column: int, length: int) -> None:
    for line in (f"storage: {address}", f'tracking: "{address}"', f"{{path: {address}, a: 1}}"):
        text = "".join(drawn(line, column, length, 200)[:1])
        assert "Zq" not in text
        assert "qZ" not in text


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("storage: postgresql:/me:secret@host", "storage: ***"),
        ("storage: 'postgresql:/me:secret@host'", "storage: ***"),
        ('storage: "postgresql://me:secr', "storage: ***"),
        ("storage: host=db password=secret", "storage: ***"),
        ("  arguments: {password: secret, rows: 3}", "  arguments: {password: ***"),
        ("  api_key: secret", "  api_key: ***"),
        ("storage: sqlite:///sweep.db  # the ledger", "storage: sqlite:///sweep.db  # the ledger"),
        ("storage: sweep.db", "storage: sweep.db"),
        ("tracking: http://mlflow:5000", "tracking: http://mlflow:5000"),
        ("tracking: http://me:secret@mlflow:5000", "tracking: http://mlflow:5000"),
        ("  path: data/tokens.csv", "  path: data/tokens.csv"),
        ("storage:", "storage:"),
    ],
)
def test_of_a_line_is_shown_what_can_be_no_secret(line: str, shown: str) -> None:
    assert redact.source(line) == shown


def test_a_place_in_what_is_hidden_has_no_excerpt() -> None:
    assert drawn("  arguments: {password: secret, rows: x}", 39, 1) == []
    assert drawn("tracking: http://me:secret@mlflow:5000", 11, 28) == [
        "tracking: http://mlflow:5000",
        f"{' ' * 10}{'^' * 18}",
    ]
