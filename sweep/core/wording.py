"""Words of messages: counts, lists, durations, scores."""

from collections.abc import Collection, Mapping

MOST_NAMED = 8
IN_UNITS = ("rmse", "mae", "pinball")  # of the targets
READABLE = (*IN_UNITS, "deviance", "bits_per_character", "accuracy")


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


def readable_metric(
    metrics: Mapping[str, float], split: str = "validation", units: str = "", beside: str = "loss"
) -> str:
    """The metric that people read more easily than a loss, as deployed, such as ` (rmse 0.5 mg/dL)`; empty without one.

    units   of the targets, and so of some metrics
    beside  the metric that is shown anyway: empty where that is one of these itself
    """
    if beside in READABLE:
        return ""
    for suffix in ("_deployed", ""):
        for name in READABLE:
            if (found := f"{split}/{name}{suffix}") in metrics:
                shown = f" {units}" if units and name in IN_UNITS else ""
                return f" ({name} {metrics[found]:.6g}{shown})"
    return ""
