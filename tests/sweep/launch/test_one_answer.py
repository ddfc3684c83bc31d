"""Whatever a comparison comes to, all surfaces name the same winner with the same number, and none shows a square."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sweep.api import shown
from sweep.comparison.measure import in_table, measure_of
from sweep.comparison.question import forecast
from sweep.comparison.sentence import recommended, title
from sweep.comparison.verdict import Verdict
from sweep.launch import summary
from sweep.launch.result import Links, Result, Spent
from sweep.report.content import Report
from sweep.report.machine_readable import as_json
from sweep.report.page import as_html
from sweep.study import Study
from sweep.study.deployment import Deployment, deployment
from sweep.study.finding import finding
from sweep.tracking import arm_page, model_page, study_page
from tests.sweep.comparison.arms import RECORDED, TIMESTEPS, at_one_setting, scores
from tests.sweep.worlds import RECORD, open_study, run

CONFIGURATION = {"units": 48, "reset_policy": "never"}
RMSE = measure_of("validation/loss", "rmse", "mg/dL", squared=True)
STATELESS, CARRYING, NEVER = (np.array(RECORDED[name]) for name in ("stateless", "every_sequence", "never"))


def found(reference: str = "stateless", baseline: float | None = None, /, **errors: Any) -> Verdict:
    """On arms with these errors; baseline: the error of a forecast without a network."""
    arms = {name: scores(values, test=np.square(values)) for name, values in errors.items()}
    asked: dict[str, Any] = {"measure": RMSE, "metric": "validation/loss"}
    if baseline is not None:
        flat = forecast(np.full(TIMESTEPS, baseline), root=False)
        asked |= {"baselines": {"boosting": baseline**2}, "forecasts": {"boosting": flat}}
    verdict = at_one_setting(arms, reference, **asked)
    return replace(verdict, recommendation=replace(verdict.recommendation, parameters=CONFIGURATION))


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
def study(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Study]:
    """One that was searched."""
    with open_study(tmp_path_factory.mktemp("study"), "budget.trials=3") as study:
        run(study)
        yield study


def result_of(study: Study, verdict: Verdict | None) -> Result:
    links = Links("http://mlflow/", "7", "#/page", "run", Path("reports/page.html"))
    return Result(study, "finished", {}, verdict, Spent(1, 2, 1, 0, 1, 0), links, RMSE, deployed_of(study))


def report_of(study: Study, verdict: Verdict | None) -> Report:
    trials = () if verdict else list(study)  # whose drawings take their time
    metric = study.objective.deployed("validation")
    return Report("small", "", metric, measure=RMSE, verdict=verdict, trials=trials, deployed=deployed_of(study))


def deployed_of(study: Study) -> Deployment:
    return deployment(study, None, None) or pytest.fail("nothing finished")


def surfaces(study: Study, verdict: Verdict | None) -> dict[str, str]:
    """What each surface says to people, by its name."""
    trial, outcome = study.best or pytest.fail("nothing finished")
    note = study_page.answer(verdict) if verdict else []
    note.append(study_page.of_search(trial.name, outcome, study.objective, RMSE))
    return {
        "the terminal": summary.as_text(result_of(study, verdict)),
        "the report": text_of(as_html(report_of(study, verdict))),
        "the notebook": text_of(shown.html("small", list(study), verdict)),
        "MLflow's run of the study": "\n".join(note),
        "the registered model": model_page.description("small", RMSE, deployed_of(study), verdict, "#/page"),
    }


def text_of(page: str) -> str:
    words = re.sub(r"<style.*?</style>|<script.*?</script>|<[^>]*>", " ", page, flags=re.DOTALL)
    return unescape(re.sub(r"\s+", " ", words))


@pytest.mark.parametrize("situation", list(SITUATIONS))
def test_all_surfaces_name_the_same_winner_with_the_same_number(situation: str, study: Study) -> None:
    verdict = SITUATIONS[situation]()
    named = verdict.recommendation
    assert named.arm == WINNER.get(situation, "stateless")
    line = recommended(verdict)
    assert re.fullmatch(rf"{named.arm}, {named.score:.1f}\d* mg/dL rmse( \(.*\))?", line)
    said = surfaces(study, verdict)
    for surface, text in said.items():
        assert line in text, surface
        assert verdict.sentence in text, surface
        assert title(verdict) in text, surface
        assert ("Recommended" in text) is not named.is_beaten, surface
        for row in verdict.arms:
            assert f"{row.test_mean:.4g}" not in text, (surface, row.arm)
    del said["the registered model"]  # which says of the other arms what the sentence does
    for surface, text in said.items():
        for row in verdict.arms:
            assert in_table(RMSE.value(row.test_mean)) in text, (surface, row.arm)
            assert row.decision in text, (surface, row.arm)
    for surface, fields in (
        ("the terminal", "units 48, reset_policy never"),
        ("MLflow's run of the study", "units 48, reset_policy never"),
        ("the report", "units: 48, reset_policy: never"),
    ):
        assert fields in said[surface], surface


def test_without_a_comparison_all_name_the_best_trial_with_the_same_number_and_none_a_winner(study: Study) -> None:
    trial, outcome = study.best or pytest.fail("nothing finished")
    deployed = outcome.as_deployed(study.objective)
    assert deployed is not None
    number, said = in_table(RMSE.value(deployed)), surfaces(study, None)
    assert "no verdict yet" in said.pop("the notebook")
    for surface, text in said.items():
        assert "Recommended" not in text, surface
    assert f"trial {trial.number}, seed" in said.pop("the registered model")
    for surface, text in said.items():
        assert trial.name in text, surface
        assert number in text, surface
    best = result_of(study, None).as_json()["best"]
    assert (best["number"], best["metrics"][study.objective.deployed("validation")]) == (trial.number, deployed)
    told = as_json(report_of(study, None))
    assert (told["best_trial"], told["verdict"]) == (trial.number, None)
    assert told["deployed"]["number"] == result_of(study, None).as_json()["deployed"]["number"] == trial.number
    assert study_page.configuration(None, deployed_of(study)) == trial.canonical.parameters


@pytest.mark.parametrize("situation", list(SITUATIONS))
def test_programs_are_told_the_same(situation: str, study: Study) -> None:
    verdict = SITUATIONS[situation]()
    named, row = verdict.recommendation, next(row for row in verdict.arms if row.arm == verdict.recommendation.arm)
    told = as_json(report_of(study, verdict))["verdict"]["recommendation"]
    assert (told["arm"], told["score"], told["parameters"]) == (named.arm, named.score, CONFIGURATION)
    assert result_of(study, verdict).as_json()["verdict"]["recommendation"] == told
    kept = finding(study.config, RECORD, verdict).verdict or {}
    assert (kept["recommendation"], kept["decision"], kept["sentence"]) == (told, row.decision, verdict.sentence)
    assert study_page.configuration(verdict, deployed_of(study)) == CONFIGURATION
    assert study_page.tags(verdict)["sweep.recommended"] == named.arm
    numbers = study_page.metrics(verdict)
    assert numbers["test/rmse/recommended"] == numbers[f"test/rmse/{named.arm}"] == named.score
    assert arm_page.metrics(row, RMSE, ())["test/rmse"] == named.score
    assert arm_page.tags(row, recommended=True)["sweep.decision"] == study_page.tags(verdict)["sweep.decision"]
    assert named.score == pytest.approx(np.sqrt(row.test_mean))
    assert named.difference == row.difference


def test_a_baseline_has_the_number_that_the_recommendation_has(study: Study) -> None:
    verdict = SITUATIONS["a baseline that is not beaten"]()
    assert (verdict.recommendation.baseline, verdict.recommendation.baseline_score) == ("boosting", 15.0)
    assert all("boosting, no network, 15" in text for text in surfaces(study, verdict).values())
    assert study_page.metrics(verdict)["test/rmse/boosting"] == 15.0
