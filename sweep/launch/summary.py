"""What a launch came to, as text for people."""

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from rich.table import Table

from sweep.comparison.interval import Interval
from sweep.comparison.measure import Measure, in_table
from sweep.comparison.sentence import recommended, title
from sweep.comparison.verdict import ArmVerdict, BaselineVerdict, Verdict
from sweep.core.commands import command
from sweep.core.text_table import text_lines
from sweep.core.trials import Outcome, Run, Trial, best_first
from sweep.core.wording import listed, readable_metric
from sweep.core.wrapped import wrapped
from sweep.launch.result import Links, Result, Spent, counts
from sweep.study import Study
from sweep.study.metrics_by_arm import columns
from workers.baselines.learned import SECONDS

MOST_HORIZONS = 24  # that have a line each
INDENT = "  "  # of what goes on in a further line
ARM = 21  # characters of a column of names
WIDTHS = (5, 10, 12, 22)  # of seeds, error, difference and interval
BESIDE_LONG_NAMES = (5, 8, 11, 21)  # so that a line stays within 80


def as_text(result: Result) -> str:
    """The verdict, the best trial of each arm, the baselines, what is deployed, and where to look closer."""
    verdict, best = result.verdict, result.study.best
    answered = [wrapped(verdict.sentence), "", *_compared(verdict), *_metrics(result), ""] if verdict else []
    answered += _by_horizon(result)
    lines = [
        _first_line(result),
        _workers_time(result.spent),
        *_going_on(result),
        "",
        *_best_of_each(result.study, result.baselines, result.measure),
        "",
    ]
    chosen = [*(_about_best(*best) if best else []), *(_recommended(verdict) if verdict else []), *_deployed(result)]
    return "\n".join([*answered, *lines, *chosen, "", *_look_closer(result.links, forecasts=result.model is not None)])


def _first_line(result: Result) -> str:
    states = counts(result.study)
    words = {"complete": "complete", "pruned": "pruned", "failed": "failed", "running": "unfinished"}
    shown = [f"{states[state]} {word}" for state, word in words.items() if states[state]]
    return f"{result.study.config.name} {result.state}: {', '.join(shown) or 'no trials'}; {result.spent.wall:.0f} s"


def _workers_time(spent: Spent) -> str:
    whole = max(sum(spent.by_activity.values()), 1e-9)
    return "  workers' time: " + ", ".join(f"{name} {part / whole:.0%}" for name, part in spent.by_activity.items())


def _going_on(result: Result) -> list[str]:
    """What a user who has stopped it can do."""
    hint = "  the same command continues it, and trains nothing again that is recorded"
    return [hint] if result.state == "stopped" else []


def _compared(verdict: Verdict) -> list[str]:
    """Every arm against the reference, on the test split; at most 80 characters wide, but for unusual numbers."""
    table, measure = Table(box=None, padding=0, pad_edge=False), verdict.measure
    table.add_column("  arm", min_width=ARM)
    *widths, of_interval = WIDTHS if all(len(f"  {arm.arm}") <= ARM for arm in verdict.arms) else BESIDE_LONG_NAMES
    for heading, width in zip(("seeds", f" {measure.name}", " difference"), widths, strict=True):
        table.add_column(heading, min_width=width, justify="right")
    table.add_column("  interval", min_width=of_interval)
    table.add_column("decision")
    for arm in verdict.arms:
        table.add_row(*_cells(arm, measure))
    for baseline in verdict.against:
        table.add_row(*_cells_of_baseline(baseline, measure))
    notes = [*_about_baselines(verdict), *(wrapped(f"  note: {note}", INDENT) for note in verdict.notes)]
    return [*text_lines(table), *notes, *_by_origin(verdict)]


def _by_origin(verdict: Verdict) -> list[str]:
    """The difference of each arm from the reference at each origin, where there are several."""
    if not verdict.origins:
        return []
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False)
    table.add_column("  difference by origin")
    for heading in ("timesteps", *verdict.origins[0].differences):
        table.add_column(heading, justify="right")
    for row in verdict.origins:
        shown = (f"{value:+.2%}" if math.isfinite(value) else "" for value in row.differences.values())
        begins = f", from {row.begins}" if row.begins else ""
        table.add_row(f"  {row.origin}{begins}", f"{row.timesteps:,}", *shown)
    return ["", *text_lines(table)]


def _metrics(result: Result) -> list[str]:
    """Those of each arm and each baseline, where there are more than the loss in other words."""
    found = result.metrics
    names = columns(found, asked=bool(result.study.config.data.metrics))
    if not names:
        return []
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False)
    table.add_column("  metrics on test", min_width=ARM)
    for name in names:
        table.add_column(name, justify="right")
    for row, values in found.items():
        table.add_row(f"  {row}", *(f"{values[name]:.6g}" if name in values else "" for name in names))
    return ["", *text_lines(table)]


def _by_horizon(result: Result) -> list[str]:
    """The errors at each of several horizons, on the test split where that was scored, else on validation."""
    if result.by_horizon is None or not result.by_horizon.parts:
        return []
    part, rows = next(iter(result.by_horizon.parts.items()))
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False)
    table.add_column(f"  {result.by_horizon.measured} on {part}", min_width=ARM)
    for name in rows:
        table.add_column(name, justify="right")
    for name, *values in list(zip(result.by_horizon.names, *rows.values(), strict=True))[:MOST_HORIZONS]:
        table.add_row(f"  {name}", *map(in_table, values))
    left = len(result.by_horizon.names) - MOST_HORIZONS
    return [*text_lines(table), *([f"  and {left} more in the report"] if left > 0 else []), ""]


def _cells(arm: ArmVerdict, measure: Measure) -> Iterator[str]:
    interval = arm.interval
    # The space before the number is for 2.5e+49.
    yield from (f"  {arm.arm}", f"{arm.seeds}", f" {in_table(measure.value(arm.test_mean))}")
    yield f"{arm.difference:+.2%}" if interval else ""
    yield f"  {_bounds(interval)} " if interval else ""  # never touches the next column
    yield arm.decision


def _about_baselines(verdict: Verdict) -> list[str]:
    names, arm = listed([each.name for each in verdict.against]), verdict.recommendation.arm
    note = f"  note: no network: {names}; decided is whether it beats {arm}"
    return [wrapped(note, INDENT)] if names else []


def _cells_of_baseline(baseline: BaselineVerdict, measure: Measure) -> Iterator[str]:
    yield from (f"  {baseline.name}", "", f" {in_table(measure.value(baseline.test_mean))}")
    yield f"{baseline.difference:+.2%}"
    yield f"  {_bounds(baseline.interval)} "
    yield baseline.decision


def _bounds(interval: Interval) -> str:
    low, high = (f"{bound:+.2%}" if math.isfinite(bound) else "" for bound in interval)
    if low and high:
        return f"{low} to {high}"
    return f"from {low}" if low else f"up to {high}" if high else "without limits"


def _best_of_each(study: Study, baselines: Mapping[str, Mapping[str, float]], measure: Measure) -> list[str]:
    """The best complete trial of each arm, best first, and then the baselines."""
    table = Table(box=None, padding=0, pad_edge=False)
    table.add_column("  best of each arm", min_width=30)
    table.add_column(f"validation {measure.heading}")
    for row in _arms(study, measure):
        table.add_row(*row)
    arms = text_lines(table)
    hint = "  an arm tried oftener looks better: what a search found is a hint, not a verdict"
    shown = study.objective.deployed("validation").removesuffix("_deployed")
    return [
        *arms,
        hint,
        *(f"  {name:<28}{_without_model(metrics, shown, measure)}" for name, metrics in baselines.items()),
    ]


def _arms(study: Study, measure: Measure) -> Iterator[tuple[str, str]]:
    best: dict[str, Run] = {}
    complete = best_first(study, study.objective)
    for run in complete:
        best.setdefault(run.trial.arm, run)
    number = Counter(run.trial.arm for run in complete)
    for arm, (trial, outcome) in best.items():
        value = outcome.as_deployed(study.objective)
        found = in_table(math.nan if value is None else measure.value(value))
        shown = f"{found}{readable_metric(outcome.metrics, beside=measure.name)}"
        yield f"  {arm}", f"{shown}  trial {trial.number}, best of {number[arm]}"


def _without_model(metrics: Mapping[str, float], shown: str, measure: Measure) -> str:
    """A baseline's value of the metric by this name, and its others but those that say the same in other units."""
    same = {"validation/loss", f"validation/{measure.name}"} if measure.is_error else set()
    said = {shown, "validation/error", SECONDS} | same
    names = [name for name in metrics if name not in said and name.count("/") < 2]  # without those of each horizon
    others = "".join(f" ({name.removeprefix('validation/')} {metrics[name]:.6g})" for name in names)
    took = f", fitted in {metrics[SECONDS]:.1f} s" if SECONDS in metrics else ""
    return f"{in_table(measure.value(metrics[shown]))}{others}  no network{took}"


def _recommended(verdict: Verdict) -> list[str]:
    return [wrapped(f"{title(verdict)}: {recommended(verdict)}: {_fields(verdict.recommendation.parameters)}", INDENT)]


def _about_best(trial: Trial, outcome: Outcome) -> list[str]:
    fields = _fields(trial.canonical.parameters)
    found = f"Best: trial {trial.name}, epoch {(outcome.epoch or 0) + 1}, the best trial of the search: {fields}"
    return [wrapped(found, INDENT)]


def _deployed(result: Result) -> list[str]:
    """Which run's model people take away, and where it is."""
    if result.deployed is None:
        return []
    where = f"Model:    {result.model or 'not in MLflow; `sweep sync` sends it'}"
    return [wrapped(f"Deployed: {result.deployed.described(result.measure)}", INDENT), where]


def _fields(parameters: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {_short(value)}" for name, value in parameters.items())


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _look_closer(links: Links, *, forecasts: bool) -> list[str]:
    report = [f"Forecast:    {links.forecast}"] if links.forecast and forecasts else []
    report += [f"Report:      {links.report}"] if links.report else []
    if links.tracking_uri.startswith(("http:", "https:")):
        return [*report, f"Look closer: {links.tracking_uri.rstrip('/')}/{links.page}"]
    return [
        *report,
        f"Look closer: {command('mlflow', 'ui', '--backend-store-uri', links.tracking_uri)}",
        f"             and then http://127.0.0.1:5000/{links.page}",
    ]
