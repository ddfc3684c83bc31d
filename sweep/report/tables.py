"""The report's tables: numbers rounded to look at, and whole for machines."""

import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from sweep.comparison.diagnosis import Diagnosis
from sweep.comparison.intervals import Interval
from sweep.comparison.verdict import ArmVerdict, Verdict
from sweep.core.trials import Outcome, Trial
from sweep.report.forest import between, signed
from workers.plans.arms import TOLD, arm_named

Cell = str  # what is already HTML


def facts(rows: Mapping[str, str]) -> str:
    """Names and texts, as they are."""
    return _table((), [[f'<th scope="row">{escape(name)}</th>', _text(text)] for name, text in rows.items()], "facts")


def arms(verdict: Verdict, metric: str, units: str) -> str:
    """Every arm with all its numbers, and below them what needs no model."""
    slid = any(row.sliding for row in verdict.arms)
    measured = f"{metric.rpartition('/')[2]}{f', {units}' if units else ''}"
    heads = [
        "arm", "decision", "difference", "interval over seeds", "interval over test data", "p (Holm)",
        f"test mean ({measured})", f"validation mean ± sd ({measured})", "runs finished", "seeds needed",
    ]  # fmt: skip
    body = [[*_arm(row), *([_sliding(row)] if slid else [])] for row in verdict.arms]
    body += [_baseline(name, value, len(body[0])) for name, value in verdict.baselines.items()]
    return _table([*heads, *(["against the reference slid"] if slid else [])], body)


def why(diagnoses: Sequence[Diagnosis]) -> str:
    """What each arm's runs say of state, on the test split."""
    heads = [
        "arm", "loss as used", "loss cold", "loss carried on", "carried against cold", "influence horizon (timesteps)",
        "state norm", "saturation", "mean age of state (timesteps)",
    ]  # fmt: skip
    return _table(heads, [_why(found) for found in diagnoses])


def best(found: Sequence[tuple[Trial, Outcome, int]], metric: str) -> str:
    """The best trial of each arm, and of how many."""
    body = [
        [_name(trial.arm), _number(outcome.value), _text(trial.name), _count(number)]
        for trial, outcome, number in found
    ]
    return _table(["arm", metric, "best trial", "trials"], body)


def trials(shown: Sequence[tuple[Trial, Outcome]], metric: str) -> str:
    """A row for each trial, with those of its fields that are not the same in all of them."""
    return _table(["trial", metric, "arm", "state", "epoch", "fields", "remark"], _trials(shown), "trials")


def _trials(shown: Sequence[tuple[Trial, Outcome]]) -> list[list[Cell]]:
    parameters = [trial.canonical.parameters for trial, _ in shown]
    names = dict.fromkeys(name for fields in parameters for name in fields if name not in TOLD)
    varied = [name for name in names if len({str(fields.get(name)) for fields in parameters}) > 1]
    return [
        [
            _text(trial.name),
            _number(outcome.value),
            _text(trial.arm),
            _text(outcome.state),
            _count(None if outcome.epoch is None else outcome.epoch + 1),
            _text(", ".join(f"{name} {_brief(fields[name])}" for name in varied if name in fields)),
            _text(_remark(outcome)),
        ]
        for (trial, outcome), fields in zip(shown, parameters, strict=True)
    ]


def _remark(outcome: Outcome) -> str:
    if outcome.reused_from is not None:
        return f"the same as trial {outcome.reused_from}"
    lines = outcome.error.strip().splitlines() or [""]
    return f"diverged: {lines[0]}" if outcome.diverged else lines[0]


def _brief(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _arm(row: ArmVerdict) -> list[Cell]:
    return [
        _name(row.arm),
        f'<td><b class="{row.decision}">{row.decision}</b></td>',
        _number(row.difference, signed(row.difference)) if row.decision != "reference" else _text("–"),
        _interval(row.interval),
        _interval(row.blocks.interval if row.blocks else None),
        _number(row.p_holm, f"{row.p_holm:.2g}" if row.p_holm is not None else "–"),
        _number(row.test_mean),
        _spread(row.mean, row.sd),
        _text(f"{round(row.stability * row.seeds)} of {row.seeds}"),
        _needed(row),
    ]


def _needed(row: ArmVerdict) -> Cell:
    if row.seeds_needed is not None:
        return _count(row.seeds_needed)
    return _text(
        "–" if row.obstacle is None else "over 200" if row.obstacle == "seeds" else f"not seeds: {row.obstacle}"
    )


def _why(found: Diagnosis) -> list[Cell]:
    return [
        _name(found.arm),
        *(_known(loss) for loss in (found.used, found.cold, found.carried)),
        _known(found.gap, signed(found.gap)),
        _horizon(found),
        _known(found.state_norm),
        _known(found.saturation, f"{100 * found.saturation:.3g} %"),
        _known(found.carried_timesteps, f"{found.carried_timesteps:.4g}"),
    ]


def _horizon(found: Diagnosis) -> Cell:
    if found.horizon > found.tried:
        return f'<td class="number">over <data value="{found.tried!r}">{found.tried:.0f}</data></td>'
    return _known(found.horizon, f"{found.horizon:.4g}")


def _known(value: float, shown: str = "") -> Cell:
    return _number(value, shown) if math.isfinite(value) else _text("–")


def _sliding(row: ArmVerdict) -> Cell:
    if row.sliding is None:
        return _text("–")
    told = f"{row.sliding.decision}, {signed(row.sliding.difference)} ({between(row.sliding.interval)})"
    return f'<td class="number">{escape(told)}</td>'


def _baseline(name: str, value: float, width: int) -> list[Cell]:
    blanks = [_text("–")] * (width - 7)
    return [_name(name, "no model"), *[_text("–")] * 5, _number(value), *blanks]


def _name(arm: str, meaning: str = "") -> Cell:
    return f'<th scope="row">{escape(arm)}<small>{escape(meaning or arm_named(arm).meaning)}</small></th>'


def _text(text: str) -> Cell:
    return f"<td>{escape(text)}</td>"


def _count(number: int | None) -> Cell:
    return _number(number, str(number)) if number is not None else _text("–")


def _number(value: float | None, shown: str = "") -> Cell:
    """Rounded to look at, and whole for machines."""
    if value is None or not math.isfinite(value):
        return _text(shown or "no result")
    return f'<td class="number"><data value="{value!r}">{escape(shown or f"{value:#.4g}")}</data></td>'


def _interval(interval: Interval | None) -> Cell:
    if interval is None or not all(map(math.isfinite, interval)):
        return _text(between(interval) if interval else "–")
    low, high = (f'<data value="{end!r}">{signed(end)}</data>' for end in interval)
    return f'<td class="number">{low.replace(" %", "")} to {high}</td>'


def _spread(mean: float, sd: float) -> Cell:
    if not (math.isfinite(mean) and math.isfinite(sd)):
        return _number(mean)
    return f'<td class="number"><data value="{mean!r}">{mean:#.4g}</data> ± <data value="{sd!r}">{sd:#.2g}</data></td>'


def _table(heads: Sequence[str], rows: Sequence[Sequence[Cell]], kind: str = "") -> str:
    if not rows:
        return ""
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in heads)
    body = "\n".join(f"<tr>{''.join(row)}</tr>" for row in rows)
    top = f"<thead><tr>{head}</tr></thead>\n" if heads else ""
    return f'<div class="table {kind}"><table>{top}<tbody>\n{body}\n</tbody></table></div>'
