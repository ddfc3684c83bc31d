"""Text of others is shown and never obeyed."""

import re

import pytest

from sweep.core.plain import plain


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[2J", r"\x1b[2J"),
        ("a\rb", r"a\rb"),
        ("\x9b31m", r"\x9b31m"),
        ("\u202egpj.exe", r"\u202egpj.exe"),
        ("two\nlines\tand [bold]a tab[/x]", "two\nlines\tand [bold]a tab[/x]"),
        ("Kälte 雪 🙂", "Kälte 雪 🙂"),
    ],
)
def test_what_steers_a_terminal_is_written_out_and_all_else_is_kept(text: str, shown: str) -> None:
    assert plain(text) == shown


def test_no_control_character_is_left() -> None:
    everything = "".join(map(chr, range(0x3000)))
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e]", plain(everything))
