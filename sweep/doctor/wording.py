"""How the doctor names trials and times."""

from collections.abc import Collection

from sweep.core.trials import Trial

MOST_NAMED = 8


def listed(names: Collection[object]) -> str:
    """A few by name, the others by their number: 1, 2, 3 and 40 more."""
    first = [str(name) for name in list(names)[:MOST_NAMED]]
    more = len(names) - len(first)
    return ", ".join(first) + (f" and {more} more" if more else "")


def counted(count: int, noun: str) -> str:
    """1 trial, 2 trials."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def called(trial: Trial) -> str:
    """A trial of the search or a run of the comparison."""
    return f"trial {trial.number}" if trial.stage == "search" else f"comparison run {trial.number}"


def duration(seconds: float) -> str:
    """For people: 40 s, 3 min, 5 h, 2 days."""
    for unit, length in (("days", 172_800), ("h", 7_200), ("min", 120)):
        if seconds >= length:
            return f"{seconds // {'days': 86_400, 'h': 3_600, 'min': 60}[unit]:.0f} {unit}"
    return f"{max(seconds, 0.0):.0f} s"
