"""The answer in a few plain sentences, for people who read nothing else."""

import math
from collections.abc import Iterator, Sequence

from sweep.comparison.interval import UNBOUNDED, Interval
from sweep.comparison.measure import texts
from sweep.comparison.notes import diverged
from sweep.comparison.question import Question
from sweep.comparison.verdict import ArmVerdict, Verdict
from workers.plans.arms import STATELESS, arm_named


def sentence(verdict: Verdict, question: Question) -> str:
    """What to do, by how much it is better and how surely that is known; what is said of the other arms; and forecasts.

    The arm that is recommended comes first, unless a forecast without a network is shown to beat it, and nothing that
    was found is left out.
    """
    reference, *rows = verdict.arms
    if not rows:
        return f"Only {verdict.reference} was run: there is nothing to compare it with."
    named = next(row for row in verdict.arms if row.arm == verdict.recommendation.arm)
    others = [row for row in rows if row is not named]
    if named is reference:
        answer = _nothing_better(verdict, question)
    else:
        answer = f"{_advice(named)}: {_difference(named, verdict, question)}{_at_its_setting(named, verdict)}"
    if verdict.recommendation.is_beaten:
        better = f"Use {verdict.recommendation.baseline}, or find a better network; of those here, "
        answer = f"{better}{answer[0].lower()}{answer[1:]}"
    return " ".join([f"{answer}.", *_of_others(others, verdict, question), *_of_forecasts(verdict, question)])


def title(verdict: Verdict) -> str:
    """What stands before `recommended` on every surface: what is to be used, or the best of what is beaten without."""
    return "Best network" if verdict.recommendation.is_beaten else "Recommended"


def recommended(verdict: Verdict) -> str:
    """The arm that is recommended, its score, the reference's and the best baseline's: the same line on every surface.

    every_epoch, 656 vehicles/h rmse (stateless-shuffled 751; boosting, no network, 610).
    """
    named = verdict.recommendation
    beside = {} if named.arm == verdict.reference else {verdict.reference: named.reference_score}
    if named.baseline:
        beside[f"{named.baseline}, no network,"] = named.baseline_score
    own, *others = texts(named.score, *beside.values())
    against = "; ".join(f"{name} {value}" for name, value in zip(beside, others, strict=True))
    return f"{named.arm}, {own}{verdict.measure.after_number}{f' ({against})' if against else ''}"


def _nothing_better(verdict: Verdict, question: Question) -> str:
    reference, *rows = verdict.arms
    value = f"{texts(verdict.recommendation.score)[0]}{question.measure.after_number}"
    if all(row.decision == "equivalent" for row in rows):
        which = "how state is handled" if rows[1:] else f"whether it is {reference.arm} or {rows[0].arm}"
        return f"{_advice(reference)}: it makes no difference {_that_matters(question)} {which}, {value}"
    carrying = any(row.arm not in STATELESS for row in rows) and reference.arm in STATELESS
    others = "no way of carrying state" if carrying else "nothing else"
    return f"{_advice(reference)}: {value}, and {others} is shown to be better"


def _at_its_setting(row: ArmVerdict, verdict: Verdict) -> str:
    """What shows that it is not the setting's doing; nothing where there is no second setting."""
    if not verdict.crossed or row.setting == verdict.arms[0].setting:
        return ""
    there = row.at(row.setting) or row.at(verdict.arms[0].setting)
    if there is None:
        return ""
    which = "its own setting" if there.setting == row.setting else "the other's setting"
    return f"; with both at {which} {_size(there.difference)}"


def _of_others(rows: Sequence[ArmVerdict], verdict: Verdict, question: Question) -> Iterator[str]:
    """A sentence for those of each decision."""
    by = {decision: [row for row in rows if row.decision == decision] for decision in ("better", "undecided", "worse")}
    equivalent = [row for row in rows if row.decision == "equivalent"]
    if by["better"]:
        yield f"Also better: {_sizes(by['better'])}."
    if by["undecided"]:
        row, *others = sorted(by["undecided"], key=lambda row: (row.stability < 1, row.difference))
        also = f"; also undecided: {_names(others)}" if others else ""
        yield f"Undecided: {_undecided(row, verdict, question)}{also}."
    if equivalent and len(equivalent) < len(verdict.arms) - 1:
        yield f"No difference {_that_matters(question)}: {_names(equivalent)}."
    if by["worse"]:
        yield f"Worse: {_sizes(by['worse'])}."


def _of_forecasts(verdict: Verdict, question: Question) -> Iterator[str]:
    """Persistence: 23.7. And whether the best of them beats the recommended arm, or is not shown to be beaten by it."""
    if not verdict.baselines:
        return
    measure, best = question.measure, verdict.recommendation.baseline
    shown = ", ".join(f"{name}: {texts(measure.value(value))[0]}" for name, value in verdict.baselines.items())
    yield f"Without a network, {shown}{measure.after_number}."
    if verdict.recommendation.is_beaten:
        yield f"Of these, {best} is shown to beat {verdict.recommendation.arm}."
    elif best not in verdict.recommendation.beats:
        yield f"No test shows that {verdict.recommendation.arm} beats {best}."


def _difference(row: ArmVerdict, verdict: Verdict, question: Question) -> str:
    """3.1 % lower error than the stateless model (95 % interval 1.9 to 4.2 %, ...), 18.9 against 19.5 rmse."""
    if not math.isfinite(row.difference):
        return _diverged(row, verdict)
    interval = _interval(row.interval or UNBOUNDED)
    at = f" at {question.origins} origins" if question.origins > 1 else ""
    made_of = f"{100 * verdict.level:.4g} % interval {interval}, of {row.seeds} seeds{at} and the test data"
    beside = verdict.arms[0].test_mean if row.reference_test_mean is None else row.reference_test_mean
    measure = question.measure
    own, other = texts(measure.value(row.test_mean), measure.value(beside))
    numbers = f"{own} against {other}{measure.after_number}"
    return f"{_size(row.difference)} {measure.error} than {_chosen_reference(verdict)} ({made_of}), {numbers}"


def _interval(interval: Interval) -> str:
    """1.9 to 4.2 %; with directions where it contains zero or is infinite."""
    low, high = interval
    if interval.side and math.isfinite(low) and math.isfinite(high):
        near, far = sorted((abs(low), abs(high)))
        return f"{percent(near)} to {percent(far)} %"
    if not (math.isfinite(low) or math.isfinite(high)):
        return "without limits"
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
    return f"{row.arm} has {_difference(row, verdict, question)}; {_why_undecided(row, verdict, question)}"


def _why_undecided(row: ArmVerdict, verdict: Verdict, question: Question) -> str:
    if row.obstacle == "setting":
        return f"it depends on the setting{_elsewhere(row, verdict)}"
    if row.obstacle == "margin":
        return f"it is less than what matters ({_margin(question)}), but may be more"
    if row.obstacle == "test data":
        return "the test split cannot tell, and more seeds would not help: more test data would"
    if row.obstacle == "origins":
        return "it differs from origin to origin, and more seeds would not help: more origins might"
    seeds = "more than 200" if row.seeds_needed is None else f"about {row.seeds_needed}"
    return f"{seeds} seeds would probably decide"


def _elsewhere(row: ArmVerdict, verdict: Verdict) -> str:
    """Where the difference is furthest from the one as tuned."""
    tuned = row.difference
    others = [each for each in row.settings if math.isfinite(each.difference)]
    if not others:
        return ""
    far = max(others, key=lambda each: (each.difference - tuned) * (1 if tuned < 0 else -1))
    arms = " and ".join(each.arm for each in verdict.arms if each.setting == far.setting)
    return f": {_size(far.difference)} with both at {f'the setting of {arms}' if arms else f'setting {far.setting}'}"


def _diverged(row: ArmVerdict, verdict: Verdict) -> str:
    own, other = ("none" if arm.stability == 1 else diverged(arm) for arm in (row, verdict.arms[0]))
    return f"with {row.arm} {own}, with {_reference(verdict)} {other}"


def _sizes(rows: Sequence[ArmVerdict]) -> str:
    return ", ".join(f"{row.arm} ({diverged(row) if row.stability < 1 else _size(row.difference)})" for row in rows)


def _that_matters(question: Question) -> str:
    return f"that matters (within {_margin(question)})"


def _margin(question: Question) -> str:
    return question.margin_shown or f"{percent(question.margin)} %"


def _reference(verdict: Verdict) -> str:
    """How the reference is called in a sentence."""
    alone = verdict.reference in STATELESS and not _several_stateless(verdict)
    return "the stateless model" if alone else verdict.reference


def _chosen_reference(verdict: Verdict) -> str:
    """The same, with what made it the reference: on test another stateless model may err less."""
    named = _reference(verdict)
    return f"{named}, the best stateless model on validation" if _several_stateless(verdict) else named


def _several_stateless(verdict: Verdict) -> bool:
    return verdict.reference in STATELESS and sum(row.arm in STATELESS for row in verdict.arms) > 1


def _advice(row: ArmVerdict) -> str:
    return arm_named(row.arm).advice


def _names(rows: Sequence[ArmVerdict]) -> str:
    return ", ".join(row.arm for row in rows)


def percent(part: float) -> str:
    """A part of one in per cent, without the sign: 0.031 as 3.1."""
    value = 100 * part
    return f"{value:.1f}".removesuffix(".0") if value >= 0.1 else f"{value:.1g}"
