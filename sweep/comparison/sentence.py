"""The answer in a plain sentence or two, for whoever reads nothing else."""

import math
from collections.abc import Sequence

from sweep.comparison.intervals import EVERYTHING, Interval
from sweep.comparison.question import Question
from sweep.comparison.verdict import ArmVerdict, Verdict
from workers.plans.arms import STATELESS, arm_named


def sentence(verdict: Verdict, question: Question) -> str:
    """What to do, by how much it is better and how surely that is known; beside it, what needs no model.

    Of several arms that are better the one is named that is best on validation: choosing by the test split would make
    its difference there look larger than it is.
    """
    rows = verdict.arms[1:]
    if not rows:
        return f"Only {verdict.reference} was run: there is nothing to compare it with."
    better, undecided = (
        sorted((row for row in rows if row.decision == decision), key=lambda row: _rank(row, question))
        for decision in ("better", "undecided")
    )
    if better:
        named = better[0]
        others = f"; also better: {_names(better[1:])}" if better[1:] else ""
        told = f"{_advice(named)}: {_difference(named, verdict, question)}{others}"
    elif undecided:
        named = undecided[0]
        told = f"Undecided: {_undecided(named, verdict, question)}"
    else:
        named = min(rows, key=lambda row: _rank(row, question))
        told = _nothing_better(verdict, question)
    return f"{told}{_baselines(verdict, question)}.{_slid(named, question)}"


def _rank(row: ArmVerdict, question: Question) -> tuple[bool, float]:
    return row.stability < 1, question.sign * row.mean if math.isfinite(row.mean) else math.inf


def _difference(row: ArmVerdict, verdict: Verdict, question: Question) -> str:
    """3.1 % lower test error than the stateless model (95 % interval 1.9 to 4.2 %), 18.9 against 19.5 mg/dL rmse."""
    reference = verdict.arms[0]
    if not math.isfinite(row.difference):
        return _diverged(row, verdict)
    interval = _interval(row.interval or EVERYTHING)
    than = f"than {_reference(verdict)} ({100 * verdict.level:.4g} % interval {interval})"
    values = " against ".join(_numbers(_shown(row.test_mean, question), _shown(reference.test_mean, question)))
    size = f"{percent(abs(row.difference))} % {_direction(row.difference)}"
    return f"{size} test {_measure(question)} {than}, {values}{_units(question)}"


def _interval(interval: Interval) -> str:
    low, high = interval
    if interval.side and math.isfinite(low) and math.isfinite(high):
        near, far = sorted((abs(low), abs(high)))
        return f"{percent(near)} to {percent(far)} %"
    return f"from {_bound(low)} to {_bound(high)}"


def _bound(value: float) -> str:
    return f"{percent(abs(value))} % {_direction(value)}" if math.isfinite(value) else "without limit"


def _direction(value: float) -> str:
    return "lower" if value < 0 else "higher"


def _undecided(row: ArmVerdict, verdict: Verdict, question: Question) -> str:
    if row.obstacle == "diverged runs":
        return _diverged(row, verdict)
    if row.obstacle == "reference of zero":
        return f"{_reference(verdict)} scores 0, and no difference can be a part of that"
    if row.obstacle == "test data":
        why = "the test split cannot confirm it, and more seeds would not help: more test data would"
    else:
        seeds = "more than 200" if row.seeds_needed is None else f"about {row.seeds_needed}"
        why = f"{seeds} seeds would probably decide"
    return f"{row.arm} has {_difference(row, verdict, question)}; {why}"


def _diverged(row: ArmVerdict, verdict: Verdict) -> str:
    reference = verdict.arms[0]
    own, other = ("none" if arm.stability == 1 else diverged(arm) for arm in (row, reference))
    return f"with {row.arm} {own}, with {_reference(verdict)} {other}"


def diverged(row: ArmVerdict) -> str:
    """3 of 10 runs diverged."""
    return f"{row.seeds - round(row.stability * row.seeds)} of {row.seeds} runs diverged"


def _nothing_better(verdict: Verdict, question: Question) -> str:
    reference, *rows = verdict.arms
    worse = [row for row in rows if row.decision == "worse"]
    equal = [row for row in rows if row.decision == "equivalent"]
    margin = f"that matters (within {percent(verdict.margin)} %)"
    at = f"{_numbers(_shown(reference.test_mean, question))[0]}{_units(question)}"
    if not worse:
        which = "how state is handled" if rows[1:] else f"whether it is {reference.arm} or {rows[0].arm}"
        return f"It makes no difference {margin} {which}: {at}"
    told = f"{_advice(reference)} ({at}): nothing else is better"
    if equal:
        told += f"; no difference {margin}: {_names(equal)}"
    return f"{told}; worse: {', '.join(f'{row.arm}{_by(row)}' for row in worse)}"


def _by(row: ArmVerdict) -> str:
    if row.stability < 1:
        return f" ({diverged(row)})"
    return f" ({percent(abs(row.difference))} % {_direction(row.difference)})"


def _baselines(verdict: Verdict, question: Question) -> str:
    """; persistence: 23.7. And where no model beats the best of them, that."""
    if not verdict.baselines:
        return ""
    shown = ", ".join(f"{name}: {_numbers(_shown(value, question))[0]}" for name, value in verdict.baselines.items())
    name, hardest = min(verdict.baselines.items(), key=lambda item: question.sign * item[1])
    beaten = any(question.sign * (row.test_mean - hardest) < 0 for row in verdict.arms)
    return f"; {shown}" if beaten else f"; {shown}. No arm beats {name}"


def _slid(row: ArmVerdict, question: Question) -> str:
    """How the reference does when slid, where that turns what was said about the arm."""
    if row.sliding is None or row.sliding.decision == row.decision:
        return ""
    reached = f"{_numbers(_shown(row.sliding.reference_mean, question))[0]}{_units(question)}"
    slid = f" Slid one step at a time, as it would be deployed, the stateless model reaches {reached}, and"
    if row.sliding.decision == "worse":
        return f"{slid} is better than {row.arm}."
    return f"{slid} {row.arm} is no longer better." if row.decision == "better" else ""


def _reference(verdict: Verdict) -> str:
    """The best stateless model, where there are several."""
    if verdict.reference not in STATELESS:
        return verdict.reference
    several = sum(row.arm in STATELESS for row in verdict.arms) > 1
    return "the best stateless model" if several else "the stateless model"


def _advice(row: ArmVerdict) -> str:
    return arm_named(row.arm).advice


def _names(rows: Sequence[ArmVerdict]) -> str:
    return ", ".join(row.arm for row in rows)


def _measure(question: Question) -> str:
    if _as_root(question):
        return "squared error"
    last = question.metric.rpartition("/")[2]
    words = {"rmse": "error", "bits_per_character": "bits per character"}
    return words.get(last, last.partition("_")[0])


def _as_root(question: Question) -> bool:
    """Whether numbers are shown as roots, so that they are in the target's units."""
    return question.squared_error and not question.root


def _shown(value: float, question: Question) -> float:
    return math.sqrt(value) if _as_root(question) and value >= 0 else value


def _units(question: Question) -> str:
    rmse = "rmse" if question.squared_error else ""
    return "".join(f" {word}" for word in (question.units, rmse) if word)


def _numbers(*values: float) -> list[str]:
    """With three digits, or as many more as it takes to tell them apart."""
    finite = [value for value in values if math.isfinite(value)]
    for digits in range(3, 7):
        told = [f"{value:.{digits}g}" for value in finite]
        if len(set(told)) == len(set(finite)):
            break
    texts = iter(told)
    return [next(texts) if math.isfinite(value) else "no result" for value in values]


def percent(part: float) -> str:
    """0.031 as 3.1."""
    value = 100 * part
    return f"{value:.1f}".removesuffix(".0") if value >= 0.1 else f"{value:.1g}"
