"""Checks of a search: values are allowed, names are distinct, and each field applies to some trial.

And of a whole study: a margin in units is in those of its target, and every trial has what they are judged by.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any

from sweep.config.sections import SECTIONS, Search, StudyConfig
from sweep.config.space import FIELDS, Range, choices, is_whole
from sweep.config.strategies import Grid
from sweep.config.validation import instead, shown, validate
from sweep.core.errors import Problem, dotted
from workers.spec import DECIDING, NEUTRAL, TrialSpec, applies, condition_of, is_argument

MAX_STEPS = 10_000


def check(search: Search, known: Sequence[Problem] = ()) -> list[Problem]:
    """The problems of a search of the right form; a check is left out where a field that it needs has a problem."""
    problems = [*_values(search), *_enqueued_values(search), *_names(search), *_finite(search)]
    doubtful = {name for problem in (*known, *problems) for name in _concerned(problem)}
    if doubtful.isdisjoint({*DECIDING, *SECTIONS}):
        problems += _applicable(search)
        if doubtful.isdisjoint({"burn_in", "window"}):
            problems += _burnt_in(search)
    return problems


def check_margin(config: StudyConfig) -> Iterator[Problem]:
    """The problem of a margin in units that are not those of the only target."""
    margin = config.compare.margin if config.compare else None
    if margin is None or margin.units is None:
        return
    at, targets = ("compare", "margin"), getattr(config.data, "targets", ())
    if config.units is None:
        yield Problem(
            at, f"is in {margin.units}, and the targets' units are not known; data.units of a table says them"
        )
    elif config.units != margin.units:
        yield Problem(at, f"is in {margin.units}, and the targets are in {config.units} (data.units)")
    elif len(targets) > 1:
        yield Problem(at, f"is in {margin.units}, but there are {len(targets)} targets; a relative one suits them all")
    elif horizons := getattr(config.data, "horizons", ()):
        yield Problem(
            at, f"is in {margin.units}, but there are {len(horizons)} horizons; a relative one suits them all"
        )


def check_objective(config: StudyConfig) -> Iterator[Problem]:
    """The problem of a study that is judged by state that is carried on, where trials can carry none."""
    if not config.objective.of_carried_state:
        return
    trials = [*_asked(config), *_tried_first(config)]
    if any(values["bidirectional"] and applies("bidirectional", values) for values in trials):
        what = "is of state that is carried on, and trials with bidirectional: true can carry none"
        yield Problem(("objective", "metric"), f"{what}; take validation/loss")


def _concerned(problem: Problem) -> Sequence[str]:
    """The fields of a trial that a problem is about; the section where it is about none."""
    names = [step for step in problem.field if isinstance(step, str)]
    return names[1:] or names


def _values(search: Search) -> Iterator[Problem]:
    for name, entry in search.space.items():
        if name not in FIELDS and not is_argument(name):
            yield Problem(("space", name), f"no such field; {instead(name, FIELDS)}", of_name=True)
        elif isinstance(entry, Range):
            yield from _range(name, entry)
        else:
            yield from _choices(name, entry)


def _choices(name: str, entry: tuple[Any, ...]) -> Iterator[Problem]:
    if not entry:
        yield Problem(("space", name), "needs at least one choice")
    for i, value in enumerate(entry):
        at = ("space", name, i)
        wrong = validate(TrialSpec, {name: value})[1]
        if wrong:
            yield Problem(at, wrong[0].message)
        elif value in entry[:i]:
            yield Problem(at, f"{shown(value)} is given twice; leave one out")


def _range(name: str, entry: Range) -> Iterator[Problem]:
    at = ("space", name)
    if name in FIELDS and isinstance(TrialSpec.model_fields[name].default, bool | str):
        yield Problem(at, "is not a number; give a list of choices")
        return
    ends = {"low": entry.low, "high": entry.high}
    wrong = {end: validate(TrialSpec, {name: value})[1] for end, value in ends.items()}
    for end, problems in wrong.items():
        yield from (Problem((*at, end), problem.message) for problem in problems)
    if not any(wrong.values()):
        whole = is_whole(name, entry)
        yield from (Problem((*at, field), message) for field, message in _bounds(entry, whole=whole))


def _bounds(entry: Range, *, whole: bool) -> Iterator[tuple[str, str]]:
    """The first problem of a range of allowed numbers: the field of the range, and the message."""
    step = entry.step
    if entry.low >= entry.high:
        yield "low", f"should be below high, {shown(entry.high)}, not {shown(entry.low)}"
    elif entry.log and entry.low <= 0:
        yield "low", f"should be above 0 where log is true, not {shown(entry.low)}"
    elif entry.log and step is not None:
        yield "step", "cannot be combined with log: true"
    elif step is not None and (step <= 0 or (whole and not isinstance(step, int))):
        yield "step", f"should be a {'whole ' * whole}number above 0, not {shown(step)}"
    elif step is not None and not whole and (entry.high - entry.low) / step > MAX_STEPS:
        yield "step", f"makes more than {MAX_STEPS:,} values; leave it out"
    elif step is not None and not entry.fits:
        yield "high", f"should be whole steps of {shown(step)} away from low, as {shown((entry.values or ())[-1])} is"


def _enqueued_values(search: Search) -> Iterator[Problem]:
    for i, entry in enumerate(search.enqueue):
        yield from validate(TrialSpec, dict(entry.parameters), at=("enqueue", i))[1]


def _names(search: Search) -> Iterator[Problem]:
    names = [entry.name for entry in search.enqueue]
    for i, name in enumerate(names):
        if name is not None and name in names[:i]:
            yield Problem(
                ("enqueue", i, "name"), f"{shown(name)} is the name of enqueue[{names.index(name)}] too; give another"
            )


def _finite(search: Search) -> Iterator[Problem]:
    for name, entry in search.space.items():
        if isinstance(search.sampler, Grid) and choices(entry) is None:
            yield Problem(("space", name), "sampler: grid cannot try infinitely many values; give a list, or a step")


def _applicable(search: Search) -> Iterator[Problem]:
    asked, first = _asked(search), _tried_first(search)
    for name in search.space:
        if not _applies_to_any(name, asked):
            yield Problem(("space", name), f"applies to no trial of this study; {_why(name)}")
    for name in search.trial.model_fields_set:
        if not _is_neutral(name, getattr(search.trial, name)) and not _applies_to_any(name, asked + first):
            yield Problem(("trial", name), f"applies to no trial of this study; {_why(name)}")
    for i, entry in enumerate(search.enqueue):
        for name, value in entry.parameters.items():
            if not _is_neutral(name, value) and not applies(name, first[i]):
                yield Problem(("enqueue", i, name), f"does not apply to this trial; {_why(name)}")


def _asked(search: Search) -> list[dict[str, Any]]:
    """A trial's values for every combination, that the space has, of the fields in DECIDING."""
    values = dict(search.trial)
    entries = [search.space.get(name, (values[name],)) for name in DECIDING]
    options = [(entry.low, entry.high) if isinstance(entry, Range) else entry for entry in entries]  # numbers are alike
    return [values | dict(zip(DECIDING, combination, strict=True)) for combination in product(*options)]


def _tried_first(search: Search) -> list[dict[str, Any]]:
    return [dict(search.trial) | dict(entry.parameters) for entry in search.enqueue]


def _applies_to_any(name: str, trials: Sequence[Mapping[str, Any]]) -> bool:
    return any(applies(name, values) for values in trials)


def _is_neutral(name: str, value: Any) -> bool:
    return name in NEUTRAL and bool(value == NEUTRAL[name])


def _why(name: str) -> str:
    condition = condition_of(name)
    return f"it applies only to {condition.trials}" if condition else ""


def _burnt_in(search: Search) -> Iterator[Problem]:
    """Problems of trials whose burn-in can be as long as the window."""
    if _applies_to_any("burn_in", _asked(search)):
        longest, burn_in = max((value, at) for value, at in _ends(search, "burn_in"))
        shortest, window = min((value, at) for value, at in _ends(search, "window"))
        if longest >= shortest:
            yield Problem(burn_in, _nothing_scored(longest, f"{shortest} ({dotted(window)})"))
    for i, values in enumerate(_tried_first(search)):
        if applies("burn_in", values) and values["burn_in"] >= values["window"]:
            given = next((name for name in ("burn_in", "window") if name in search.enqueue[i].parameters), "stateful")
            yield Problem(("enqueue", i, given), _nothing_scored(values["burn_in"], str(values["window"])))


def _ends(search: Search, name: str) -> list[tuple[int, tuple[str, str]]]:
    """Values of a field, the least and the largest among them, and the field of the study file that sets each."""
    if name not in search.space:
        return [(getattr(search.trial, name), ("trial", name))]
    entry = search.space[name]
    ends = (int(entry.low), int(entry.high)) if isinstance(entry, Range) else entry
    return [(value, ("space", name)) for value in ends]


def _nothing_scored(burn_in: int, window: str) -> str:
    return f"a burn_in of {burn_in} leaves nothing to score in a window of {window}; it should be shorter"
