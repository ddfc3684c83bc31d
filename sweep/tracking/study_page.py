"""What the study's own run in MLflow says of the answer: its note, its tags and its metrics. It imports no MLflow."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

from sweep.comparison.measure import Measure, in_table
from sweep.comparison.sentence import recommended, title
from sweep.comparison.verdict import ArmVerdict, BaselineVerdict, Verdict
from sweep.core.model_address import address
from sweep.core.trials import Outcome
from sweep.report.formatting import between, signed
from sweep.study.deployment import Deployment
from sweep.tracking import tag_names
from workers.objective import Objective

LOADING = """How to forecast with it, rows of the study's columns in a data frame:

    import mlflow
    forecaster = mlflow.pyfunc.load_model("{address}")
    forecast = forecaster.predict(rows)"""


def answer(verdict: Verdict) -> list[str]:
    """The sentence, and a row for each arm and baseline: paragraphs of a note in Markdown."""
    measure = verdict.measure
    head = (
        f"| | test {measure.heading} | difference | {100 * verdict.level:.4g} % interval | |\n|---|---:|---:|---:|---|"
    )
    rows = [_row(_name(row), in_table(measure.value(row.test_mean)), row) for row in _rows(verdict)]
    fields = ", ".join(f"{name} {value}" for name, value in verdict.recommendation.parameters.items())
    return [
        verdict.sentence,
        f"{title(verdict)}: {recommended(verdict)}{f': {fields}' if fields else ''}",
        "\n".join([head, *rows]),
        *(f"Note: {note}" for note in verdict.notes),
    ]


def of_search(linked: str, outcome: Outcome, objective: Objective, measure: Measure) -> str:
    """The best trial of the search, what is shown of it as deployed, and when it was so; linked: its name as a link."""
    scored = outcome.as_deployed(objective)
    value = measure.said(math.nan if scored is None else scored)
    where = f"epoch {(outcome.epoch or 0) + 1} (step {outcome.epoch})"
    return f"Best trial of the search: {linked}, {value} at {where}"


def best_so_far(value: float, measure: Measure) -> dict[str, float]:
    """What is shown on validation of the best trial so far, of this value: such as validation/rmse/best_trial."""
    shown = measure.value(value)
    return {f"validation/{_metric(measure)}/best_trial": shown} if math.isfinite(shown) else {}


def loading(study: str) -> str:
    """How the study's deployed model is loaded, as a paragraph of that note."""
    return LOADING.format(address=address(study))


def configuration(verdict: Verdict | None, deployed: Deployment | None) -> Mapping[str, Any]:
    """What is recommended; of a study without a comparison what is deployed, and nothing while nothing is."""
    if verdict:
        return verdict.recommendation.parameters
    return deployed.model.parameters if deployed else {}


def tags(verdict: Verdict) -> dict[str, str]:
    """The arm that is recommended, what was found of it, and the sentence."""
    row = next(row for row in verdict.arms if row.arm == verdict.recommendation.arm)
    return {
        tag_names.RECOMMENDED: row.arm,
        tag_names.DECISION: row.decision,
        tag_names.VERDICT: verdict.sentence,
    }


def metrics(verdict: Verdict) -> dict[str, float]:
    """Of each arm and baseline what is shown on the test split, and its difference with the interval's ends.

    Such as test/rmse/every_epoch, difference/every_epoch, difference_low/every_epoch; what is not finite is left out.
    """
    return {name: value for name, value in _all_metrics(verdict) if math.isfinite(value)}


def _all_metrics(verdict: Verdict) -> Iterator[tuple[str, float]]:
    measure = verdict.measure
    shown = f"test/{_metric(measure)}"
    for row in _rows(verdict):
        name = _name(row)
        yield f"{shown}/{name}", measure.value(row.test_mean)
        if row.interval is not None:
            yield f"difference/{name}", row.difference
            yield f"difference_low/{name}", row.interval.low
            yield f"difference_high/{name}", row.interval.high
    yield f"{shown}/recommended", verdict.recommendation.score


def _metric(measure: Measure) -> str:
    return measure.name.replace(" ", "_")


def _rows(verdict: Verdict) -> list[ArmVerdict | BaselineVerdict]:
    return [*verdict.arms, *verdict.against]


def _name(row: ArmVerdict | BaselineVerdict) -> str:
    return row.arm if isinstance(row, ArmVerdict) else row.name


def _row(name: str, score: str, row: ArmVerdict | BaselineVerdict) -> str:
    decision = row.decision if isinstance(row, ArmVerdict) else f"no network: {row.decision}"
    if row.interval is None:
        return f"| {name} | {score} | | | {decision} |"
    return f"| {name} | {score} | {signed(row.difference)} | {between(row.interval)} | {decision} |"
