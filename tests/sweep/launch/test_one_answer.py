"""Whatever a comparison comes to, all surfaces name the same winner with the same number, and none shows a square."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sweep.comparison.measure import in_table, measure_of
from sweep.comparison.question import forecast
from sweep.comparison.sentence import recommended
from sweep.comparison.verdict import Verdict
from sweep.launch import summary
from sweep.launch.result import Links, Result, Spent
from sweep.report.content import Report
from sweep.report.machine_readable import as_json
from sweep.report.page import as_html
from sweep.tracking import arm_page, study_page
from tests.sweep.comparison.arms import RECORDED, TIMESTEPS, at_one_setting, scores
from tests.sweep.worlds import open_study, run

RMSE = measure_of("validation/loss", "rmse", "mg/dL", squared=True)
STATELESS, CARRYING, NEVER = (np.array(RECORDED[name]) for name in ("stateless", "every_sequence", "never"))


def found(reference: str = "stateless", baseline: float | None = None, /, **errors: Any) -> Verdict:
    """On arms with these errors; baseline: the error of a forecast without a network."""
    arms = {name: scores(values, test=np.square(values)) for name, values in errors.items()}
    asked: dict[str, Any] = {"measure": RMSE, "metric": "validation/loss"}
    if baseline is not None:
        flat = forecast(np.full(TIMESTEPS, baseline), root=False)
        asked |= {"baselines": {"boosting": baseline**2}, "forecasts": {"boosting": flat}}
    return at_one_setting(arms, reference, **asked)


SITUATIONS: dict[str, Callable[[], Verdict]] = {
    "better": lambda: found(stateless=STATELESS, every_sequence=CARRYING),
    "equivalent": lambda: found(stateless=STATELESS, every_epoch=STATELESS),
    "undecided": lambda: found(stateless=STATELESS, every_epoch=np.array(RECORDED["every_epoch"])),
    "worse": lambda: found(stateless=STATELESS, never=NEVER),
    "diverged": lambda: found(stateless=STATELESS, never=np.where(np.arange(10) < 3, np.nan, CARRYING)),
    "no stateless arm": lambda: found("never", never=NEVER, every_sequence=CARRYING),
    "a baseline that is beaten": lambda: found("stateless", 40.0, stateless=STATELESS, every_sequence=CARRYING),
    "a baseline that is not beaten": lambda: found("stateless", 15.0, stateless=STATELESS, every_sequence=CARRYING),
}
WINNER = {"better": "every_sequence", "no stateless arm": "every_sequence"} | dict.fromkeys(
    ("a baseline that is beaten", "a baseline that is not beaten"), "every_sequence"
)


@pytest.fixture(scope="module")
def surfaces(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Verdict], dict[str, str]]:
    """What each surface says of a verdict, by its name."""
    study = open_study(tmp_path_factory.mktemp("study"), "budget.trials=3")
    run(study)
    links = Links("http://mlflow/", "7", "#/page", "run", Path("reports/page.html"))

    def said(verdict: Verdict) -> dict[str, str]:
        result = Result(study, "finished", {}, verdict, Spent(1, 2, 1, 0, 1, 0), links, RMSE)
        page = as_html(Report(study="glucose", study_file="", metric="validation/loss", measure=RMSE, verdict=verdict))
        return {
            "the terminal": summary.as_text(result),
            "the report": re.sub(
                r"\s+", " ", re.sub(r"<style.*?</style>|<script.*?</script>|<[^>]*>", " ", page, flags=re.DOTALL)
            ),
            "MLflow": "\n".join(study_page.answer(verdict)),
        }

    return said


@pytest.mark.parametrize("situation", list(SITUATIONS))
def test_all_surfaces_name_the_same_winner_with_the_same_number(
    situation: str, surfaces: Callable[[Verdict], dict[str, str]]
) -> None:
    verdict = SITUATIONS[situation]()
    named = verdict.recommendation
    assert named.arm == WINNER.get(situation, "stateless")
    line = recommended(verdict)
    assert re.fullmatch(rf"{named.arm}, {named.score:.1f}\d* mg/dL rmse( \(.*\))?", line)
    for surface, text in surfaces(verdict).items():
        assert line in text, surface
        assert verdict.sentence in text, surface
        for row in verdict.arms:
            assert in_table(RMSE.value(row.test_mean)) in text, (surface, row.arm)
            assert f"{row.test_mean:.4g}" not in text, (surface, row.arm)


@pytest.mark.parametrize("situation", list(SITUATIONS))
def test_programs_are_told_the_same(situation: str) -> None:
    verdict = SITUATIONS[situation]()
    named, row = verdict.recommendation, next(row for row in verdict.arms if row.arm == verdict.recommendation.arm)
    report = Report(study="glucose", study_file="", metric="validation/loss", measure=RMSE, verdict=verdict)
    told = as_json(report)["verdict"]["recommendation"]
    assert (told["arm"], told["score"]) == (named.arm, named.score)
    assert verdict.as_json()["recommendation"] == told
    assert study_page.tags(verdict)["sweep.recommended"] == named.arm
    numbers = study_page.metrics(verdict)
    assert numbers["test/rmse/recommended"] == numbers[f"test/rmse/{named.arm}"] == named.score
    assert arm_page.metrics(row, RMSE, ())["test/rmse"] == named.score
    assert arm_page.tags(row, recommended=True)["sweep.decision"] == study_page.tags(verdict)["sweep.decision"]
    assert named.score == pytest.approx(np.sqrt(row.test_mean))
    assert named.difference == row.difference


def test_a_baseline_has_the_number_that_the_recommendation_has(
    surfaces: Callable[[Verdict], dict[str, str]],
) -> None:
    verdict = SITUATIONS["a baseline that is not beaten"]()
    assert (verdict.recommendation.baseline, verdict.recommendation.baseline_score) == ("boosting", 15.0)
    assert all("boosting, no network, 15" in text for text in surfaces(verdict).values())
    assert study_page.metrics(verdict)["test/rmse/boosting"] == 15.0
