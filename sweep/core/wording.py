"""Words of messages: counts, lists, durations."""

from collections.abc import Collection

MOST_NAMED = 8


def counted(count: int, noun: str) -> str:
    """`1 trial`, `2 trials`."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def listed(names: Collection[object]) -> str:
    """The first names, and how many more there are: `1, 2, 3 and 40 more`."""
    first = [str(name) for name in list(names)[:MOST_NAMED]]
    more = len(names) - len(first)
    return ", ".join(first) + (f" and {more} more" if more else "")


def duration(seconds: float) -> str:
    """For people: `40 s`, `3 min`, `5 h`, `2 days`."""
    for unit, length in (("days", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds // length:.0f} {unit}"
    return f"{max(seconds, 0.0):.0f} s"
