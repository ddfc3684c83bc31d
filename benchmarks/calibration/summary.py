"""What the results of all studies come to: the counts that docs/calibration.json holds."""

import statistics
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from benchmarks.calibration.conditions import Condition, digest
from benchmarks.calibration.results import Result

FOUND = ("better", "worse")


def summary(conditions: Sequence[Condition], results: Iterable[Result]) -> dict[str, Any]:
    """The counts of each condition that any study was run of, and where, when and with what they were run."""
    kept: dict[str, list[Result]] = {}
    for result in results:
        kept.setdefault(result.digest, []).append(result)
    counted = [(condition, kept[digest(condition)]) for condition in conditions if digest(condition) in kept]
    every = [result for _, own in counted for result in own]
    return {
        "machines": sorted({result.machine for result in every}),
        "code": sorted({result.code for result in every}),
        "days": sorted({result.day for result in every}),
        "conditions": {condition.name: _counts(condition, own) for condition, own in counted},
    }


def _counts(condition: Condition, results: Sequence[Result]) -> dict[str, Any]:
    """Of one condition.

    told_apart   studies in which any arm was called better or worse
    decisions    by arm, how often each was said
    obstacles    studies in which any arm was undecided for this reason
    placebo      how often each was said of the reference's twin
    trained      runs of all comparisons, as a part of those without stopping when they are decided; of such alone
    """
    decisions: dict[str, Counter[str]] = {}
    for result in results:
        for arm, decision in result.decisions.items():
            decisions.setdefault(arm, Counter())[decision] += 1
    trained, spared = (sum(getattr(result, name) for result in results) for name in ("trained", "spared"))
    return {
        "digest": digest(condition),
        "planned": condition.planned,
        "studies": len(results),
        "seconds": round(statistics.fmean(result.seconds for result in results), 2),
        "told_apart": sum(any(each in FOUND for each in result.decisions.values()) for result in results),
        "decisions": {arm: dict(sorted(counts.items())) for arm, counts in sorted(decisions.items())},
        "obstacles": dict(sorted(Counter(each for result in results for each in _reasons(result)).items())),
        "placebo": dict(sorted(Counter(result.placebo for result in results if result.placebo).items())),
        **({"trained": round(trained / (trained + spared), 3)} if condition.part == "steps" else {}),
    }


def _reasons(result: Result) -> Iterator[str]:
    yield from set(result.obstacles.values())
