"""What an arm's own run in MLflow says of it: its metrics, its tags and its note. It imports no MLflow."""

import math
from collections.abc import Iterator, Sequence

import numpy as np

from sweep.comparison.measure import Measure
from sweep.comparison.verdict import ArmVerdict, Verdict
from sweep.core.wording import counted
from sweep.report.formatting import between, signed
from sweep.tracking import tag_names
from workers.plans.arms import arm_named

NONE = "none"  # the setting of an arm that has none of its own


def metrics(row: ArmVerdict, measure: Measure, scores: Sequence[float]) -> dict[str, float]:
    """Mean and deviation over its runs of what is shown of the objective, how many there are, and its difference.

    Such as test/rmse, test/rmse_sd, runs, difference, difference_low; what is not finite is left out.

    scores  (n_seeds,) the objective of its runs on the test split; NaN for one that diverged
    """
    return {name: value for name, value in _all(row, measure, scores) if math.isfinite(value)}


def tags(row: ArmVerdict, *, recommended: bool) -> dict[str, str]:
    """The arm, what was found of it, its setting, and whether it is recommended."""
    return {
        tag_names.ARM: row.arm,
        tag_names.DECISION: row.decision,
        tag_names.SETTING: row.setting or NONE,
        tag_names.RECOMMENDED: str(recommended).lower(),
    }


def note(row: ArmVerdict, verdict: Verdict, study: str) -> str:
    """The same for people, in Markdown. study: the link to the study's run."""
    meaning, measure = arm_named(row.arm).meaning, verdict.measure
    difference = (
        f", {signed(row.difference)} ({between(row.interval)}) from {verdict.reference}" if row.interval else ""
    )
    runs = f"{counted(row.seeds, 'run')} with other seeds{'' if row.stability == 1 else f', {row.finished} finished'}"
    fields = ", ".join(f"{name} {value}" for name, value in verdict.settings.get(row.setting, {}).items())
    named = f"{row.arm}{f' ({meaning})' if meaning else ''}"
    found = f"{named}: {row.decision}; on the test split {measure.said(row.test_mean)}{difference}, by {runs}."
    setting = f"At setting {row.setting}{f': {fields}' if fields else ''}." if row.setting else ""
    paragraphs = [found, setting, f"[The study, with all arms]({study})"]
    return "\n\n".join(filter(None, paragraphs))


def _all(row: ArmVerdict, measure: Measure, scores: Sequence[float]) -> Iterator[tuple[str, float]]:
    name = measure.name.replace(" ", "_")
    shown = np.array([measure.value(score) for score in scores if math.isfinite(score)])
    yield f"test/{name}", measure.value(row.test_mean)
    yield f"test/{name}_sd", float(shown.std(ddof=1)) if len(shown) > 1 else math.nan
    yield f"validation/{name}", measure.value(row.mean)
    yield f"validation/{name}_sd", measure.deviation(row.mean, row.sd)
    yield "runs", float(row.finished)
    if row.interval is not None:
        yield "difference", row.difference
        yield "difference_low", row.interval.low
        yield "difference_high", row.interval.high
