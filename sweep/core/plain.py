"""Text of others that nothing obeys: names, errors and cells of files may hold what steers a terminal."""

import re

# Control characters but for line breaks and tabs, and those that turn the direction of text about.
OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def plain(text: str) -> str:
    r"""The text with such characters written out, as \x1b."""
    return OBEYED.sub(lambda found: found[0].encode("unicode_escape").decode(), text)
