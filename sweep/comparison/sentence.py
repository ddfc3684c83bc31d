"""The answer in a plain sentence or two, for people who read nothing else."""

import math
from collections.abc import Sequence

from sweep.comparison.paired_statistics import UNBOUNDED, Interval
from sweep.comparison.question import Question
from sweep.comparison.verdict import ArmVerdict, Verdict
from workers.plans.arms import STATELESS, arm_named


def sentence(verdict: Verdict, question: Question) -> str:
    """What to do, by how much it is better and how surely that is known; and the scores of forecasts without a model.

    Of several arms that are better the one is named that is best on validation: choosing by the test split would make
    its difference there look larger than it is.
    """
    if not verdict.arms[1:]:
        return f"Only {verdict.reference} was run: there is nothing to compare it with."
    ranked = sorted(verdict.arms[1:], key=lambda row: _rank(row, question))
    better = [row for row in ranked if row.decision == "better"]
    undecided = [row for row in ranked if row.decision == "undecided"]
    named = (better or undecided or ranked)[0]
    if better:
        answer = _better(better, verdict, question)
    elif undecided:
        answer = f"Undecided: {_undecided(named, verdict, question)}"
    else:
        answer = _nothing_better(verdict, question)
    return f"{answer}{_baselines(verdict, question)}.{_slid(named, question)}"


def _rank(row: ArmVerdict, question: Question) -> tuple[bool, float]:
    """Arms without diverged runs first, then by their mean on validation."""
    return row.stability < 1, question.sign * row.mean if math.isfinite(row.mean) else math.inf


def _better(rows: Sequence[ArmVerdict], verdict: Verdict, question: Question) -> str:
    named, *others = rows
    also = f"; also better: {_names(others)}" if others else ""
    return f"{_advice(named)}: {_difference(named, verdict, question)}{also}"


def _difference(row: ArmVerdict, verdict: Verdict, question: Question) -> str:
    """3.1 % lower test error than the stateless model (95 % interval 1.9 to 4.2 %), 18.9 against 19.5 rmse."""
    if not math.isfinite(row.difference):
        return _diverged(row, verdict)
    interval = _interval(row.interval or UNBOUNDED)
    than = f"than {_reference(verdict)} ({100 * verdict.level:.4g} % interval {interval})"
    own, other = _numbers(_shown(row.test_mean, question), _shown(verdict.arms[0].test_mean, question))
    return f"{_size(row.difference)} test {_measure(question)} {than}, {own} against {other}{_unit(question)}"


def _interval(interval: Interval) -> str:
    """1.9 to 4.2 %; with directions where it contains zero or is infinite."""
    low, high = interval
    if interval.side and math.isfinite(low) and math.isfinite(high):
        near, far = sorted((abs(low), abs(high)))
        return f"{percent(near)} to {percent(far)} %"
    start, end = (_size(bound) if math.isfinite(bound) else "without limit" for bound in interval)
    return f"from {start} to {end}"


def _size(difference: float) -> str:
    """3.1 % lower."""
    return f"{percent(abs(difference))} % {'lower' if difference < 0 else 'higher'}"


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
    own, other = ("none" if arm.stability == 1 else diverged(arm) for arm in (row, verdict.arms[0]))
    return f"with {row.arm} {own}, with {_reference(verdict)} {other}"


def diverged(row: ArmVerdict) -> str:
    """3 of 10 runs diverged."""
    return f"{row.seeds - row.finished} of {row.seeds} runs diverged"


def _nothing_better(verdict: Verdict, question: Question) -> str:
    reference, *rows = verdict.arms
    worse = [row for row in rows if row.decision == "worse"]
    equivalent = [row for row in rows if row.decision == "equivalent"]
    margin = f"that matters (within {percent(verdict.margin)} %)"
    value = f"{_numbers(_shown(reference.test_mean, question))[0]}{_unit(question)}"
    if not worse:
        which = "how state is handled" if rows[1:] else f"whether it is {reference.arm} or {rows[0].arm}"
        return f"It makes no difference {margin} {which}: {value}"
    same = f"; no difference {margin}: {_names(equivalent)}" if equivalent else ""
    those = ", ".join(f"{row.arm} ({_by_how_much(row)})" for row in worse)
    return f"{_advice(reference)} ({value}): nothing else is better{same}; worse: {those}"


def _by_how_much(row: ArmVerdict) -> str:
    return diverged(row) if row.stability < 1 else _size(row.difference)


def _baselines(verdict: Verdict, question: Question) -> str:
    """; persistence: 23.7. And a sentence where no model beats the best of them."""
    if not verdict.baselines:
        return ""
    shown = ", ".join(f"{name}: {_numbers(_shown(value, question))[0]}" for name, value in verdict.baselines.items())
    name, best = min(verdict.baselines.items(), key=lambda item: question.sign * item[1])
    beaten = any(question.sign * (row.test_mean - best) < 0 for row in verdict.arms)
    return f"; {shown}" if beaten else f"; {shown}. No arm beats {name}"


def _slid(row: ArmVerdict, question: Question) -> str:
    """How the reference does when slid, where that changes what was said of the arm."""
    if row.sliding is None or row.sliding.decision == row.decision:
        return ""
    value = f"{_numbers(_shown(row.sliding.reference_mean, question))[0]}{_unit(question)}"
    slid = f" Slid one step at a time, as it would be deployed, the stateless model reaches {value}, and"
    if row.sliding.decision == "worse":
        return f"{slid} is better than {row.arm}."
    return f"{slid} {row.arm} is no longer better." if row.decision == "better" else ""


def _reference(verdict: Verdict) -> str:
    """How the reference is called in a sentence."""
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


def _unit(question: Question) -> str:
    """What follows a number: squared errors are shown as their roots."""
    return " rmse" if question.squared_error else ""


def _numbers(*values: float) -> list[str]:
    """With three digits, or as many more as it takes to tell them apart."""
    finite = [value for value in values if math.isfinite(value)]
    for digits in range(3, 7):
        shown = [f"{value:.{digits}g}" for value in finite]
        if len(set(shown)) == len(set(finite)):
            break
    texts = iter(shown)
    return [next(texts) if math.isfinite(value) else "no result" for value in values]


def percent(part: float) -> str:
    """A part of one in per cent, without the sign: 0.031 as 3.1."""
    value = 100 * part
    return f"{value:.1f}".removesuffix(".0") if value >= 0.1 else f"{value:.1g}"
