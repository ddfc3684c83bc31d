"""Numbers and names as the page and its drawings write them."""

import math

from sweep.comparison.interval import Interval
from sweep.comparison.probabilities import Probabilities

MINUS = "\N{MINUS SIGN}"
MAX_LETTERS = 26  # of a name in a drawing


def signed(change: float) -> str:
    """-0.031 as −3.1 %; what is not finite in words."""
    if math.isnan(change):
        return "no result"
    sign = MINUS if change < 0 else "+"
    if math.isinf(change):
        return f"{sign}∞"
    if change == 0:
        return "0 %"
    percent = 100 * abs(change)
    digits = f"{percent:.0f}" if percent >= 99.95 else f"{percent:.1f}" if percent >= 0.1 else f"{percent:.1g}"
    return f"{sign}{digits} %"


def chances(probabilities: Probabilities | None) -> str:
    """97 / 3 / 0 %; a dash where there are none."""
    if probabilities is None:
        return "–"
    return f"{' / '.join(f'{100 * part:.0f}' for part in probabilities)} %"


def between(interval: Interval) -> str:
    """−4.2 to −1.9 %."""
    low, high = (signed(bound) for bound in interval)
    if high.endswith("%"):
        low = low.removesuffix(" %")
    return f"{low} to {high}"


def shortened(text: str, max_letters: int = MAX_LETTERS) -> str:
    """The text on one line; of a longer one the beginning and an ellipsis."""
    line = " ".join(text.split())
    return line if len(line) <= max_letters else f"{line[: max_letters - 1]}…"
