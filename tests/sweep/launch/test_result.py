"""What a launch came to: the object for programs, and the text for people."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sweep.comparison.interval import Interval
from sweep.comparison.measure import Measure, in_table
from sweep.comparison.verdict import ArmVerdict, AtOrigin, Recommendation, Verdict
from sweep.launch import summary
from sweep.launch.result import Links, Result, Spent
from sweep.study.by_horizon import ByHorizon
from sweep.study.deployment import Deployment
from tests.sweep.worlds import open_study, run
from workers.plans.arms import arms

RMSE = Measure("rmse", is_root=True, units="MW", is_error=True, error="error")
FIELDS = [
    "study", "state", "trials", "best", "baselines", "verdict", "wall_seconds", "training_seconds", "efficiency",
    "efficiency_warm", "worker_seconds", "report", "tracking_uri", "experiment_id", "deployed", "metrics",
    "by_horizon",
]  # fmt: skip
REFERENCE = ArmVerdict("stateless", "A", 3, 1.0, 0.1, 1.25, 0.0, "reference", 1.0)
ARM = ArmVerdict("every_epoch", "B", 3, 0.9, 0.1, 1.1251, -0.1, "undecided", 1.0, Interval(-0.2, 0.05), 0.2)
VERDICT = Verdict(
    reference="stateless",
    margin=0.01,
    confidence=0.95,
    level=0.9625,
    looks=0,
    crossed=True,
    arms=(REFERENCE, ARM),
    recommendation=Recommendation("stateless", "A", 1.25, 0.0),
    measure=RMSE,
    sentence="Undecided.",
    notes=("few seeds.",),
)


@pytest.fixture
def result(tmp_path: Path) -> Result:
    study = open_study(tmp_path, "budget.trials=3")
    run(study)
    baselines = {"last": {"validation/loss": 0.25, "validation/rmse": 0.5}}
    links = Links("http://mlflow/", "7", "#/page", "run", Path("reports/page.html"))
    return Result(
        study, "finished", baselines, VERDICT, Spent(12.34567, 24.69134, 20.0, 4.0, 3.45678, 1.5), links, RMSE
    )


def test_the_object_has_the_fields_that_programs_rely_on_in_their_order(result: Result) -> None:
    found = json.loads(json.dumps(result.as_json()))
    assert list(found) == FIELDS
    assert list(found["trials"]) == ["complete", "pruned", "failed", "running", "reused"]
    assert list(found["best"]) == ["number", "value", "arm", "parameters", "metrics", "run_id"]
    assert (found["report"], found["baselines"]["last"]["validation/rmse"]) == ("reports/page.html", 0.5)


def test_seconds_are_rounded_to_thousandths_and_parts_to_four_digits(result: Result) -> None:
    found = result.as_json()
    assert (found["wall_seconds"], found["training_seconds"]) == (12.346, 4.957)
    assert (found["efficiency"], found["efficiency_warm"]) == (0.2007, 0.3098)


def test_the_workers_time_is_split_into_what_they_did(result: Result) -> None:
    assert result.as_json()["worker_seconds"] == {
        "starting": 4.691,
        "compiling": 4.0,
        "training": 3.457,
        "evaluating": 1.5,
        "waiting": 11.043,
    }
    lines = summary.as_text(result).splitlines()
    assert "  workers' time: starting 19%, compiling 16%, training 14%, evaluating 6%, waiting 45%" in lines
    assert max(map(len, lines[: lines.index("")])) <= 80


def test_the_text_compares_the_arms_in_columns(result: Result) -> None:
    lines = summary.as_text(result).splitlines()
    assert lines[:6] == [
        "Undecided.",
        "",
        "  arm                seeds      rmse  difference  interval            decision",
        "  stateless              3     1.118                                  reference",
        "  every_epoch            3     1.061     -10.00%  -20.00% to +5.00%   undecided",
        "  note: few seeds.",
    ]


def test_the_text_shows_the_difference_at_each_origin_where_there_are_several(result: Result) -> None:
    rows = (AtOrigin(1, 1200, {"every_epoch": -0.1}, "2024-03-01"), AtOrigin(2, 800, {"every_epoch": 0.02}))
    text = summary.as_text(replace(result, verdict=replace(VERDICT, origins=rows)))
    lines = [" ".join(line.split()) for line in text.splitlines()]
    begin = lines.index("difference by origin timesteps every_epoch")
    assert lines[begin + 1 : begin + 3] == ["1, from 2024-03-01 1,200 -10.00%", "2 800 +2.00%"]
    assert "by origin" not in summary.as_text(result)


def test_the_text_shows_the_error_at_each_of_several_horizons(result: Result) -> None:
    errors = {"never": [1.5, 2.25], "linear": [2.0, 4.0]}
    found = ByHorizon("rmse, MW", ("load+1", "load+6"), (1, 6), errors, {}, ["never", "linear"])
    lines = [" ".join(line.split()) for line in summary.as_text(replace(result, by_horizon=found)).splitlines()]
    begin = lines.index("rmse, MW on validation never linear")
    assert lines[begin + 1 : begin + 3] == ["load+1 1.500 2.000", "load+6 2.250 4.000"]
    assert result.as_json()["by_horizon"] is None


def test_every_arm_fits_into_80_columns(result: Result) -> None:
    rows = tuple(replace(ARM, arm=arm, decision="equivalent", interval=Interval(-0.25, 0.25)) for arm in arms())
    lines = summary.as_text(replace(result, verdict=replace(VERDICT, arms=(REFERENCE, *rows)))).splitlines()
    assert max(map(len, lines[2 : 4 + len(rows)])) <= 80
    assert all(f"  {arm} " in "\n".join(lines) for arm in arms())


def test_the_best_of_each_arm_is_shown_as_deployed(result: Result) -> None:
    trial, outcome = result.study.best or pytest.fail("nothing finished")
    deployed = outcome.as_deployed(result.study.objective)
    assert deployed is not None
    lines = summary.as_text(result).splitlines()
    assert any(line.startswith("  best of each arm") and line.endswith("validation rmse, MW") for line in lines)
    (line,) = [line for line in lines if f"trial {trial.number}, best of" in line]
    assert f" {in_table(deployed**0.5)}  trial" in line


def test_a_wide_interval_does_not_touch_the_decision(result: Result) -> None:
    wide = replace(VERDICT, arms=(REFERENCE, replace(ARM, interval=Interval(-3.974, 3.7148))))
    lines = summary.as_text(replace(result, verdict=wide)).splitlines()
    assert lines[4].endswith("-397.40% to +371.48% undecided")


def test_a_huge_number_does_not_touch_the_one_before(result: Result) -> None:
    huge = replace(VERDICT, arms=(replace(REFERENCE, test_mean=4.83765e49), ARM))
    assert "      3 6.955e+24" in summary.as_text(replace(result, verdict=huge))


def test_the_text_ends_with_the_baselines_the_best_and_where_to_look(result: Result) -> None:
    lines = summary.as_text(result).splitlines()
    assert ["last", "0.5000", "no", "network"] in [line.split() for line in lines]
    assert any(line.startswith("Recommended: ") for line in lines)
    without = summary.as_text(replace(result, verdict=None)).splitlines()
    assert any(line.startswith("Best: trial ") for line in without)


def test_a_baseline_is_shown_by_the_metric_of_its_column(tmp_path: Path, result: Result) -> None:
    with open_study(tmp_path, "name=accuracy", "objective={metric: validation/accuracy, goal: maximize}") as study:
        baselines = {"majority": {"validation/loss": 0.69, "validation/accuracy": 0.5, "validation/error": 0.5}}
        accuracy = Measure("accuracy", error="error rate")
        lines = summary.as_text(replace(result, study=study, baselines=baselines, measure=accuracy)).splitlines()
    assert any(line.endswith("validation accuracy") for line in lines)
    assert ["majority", "0.5000", "(loss", "0.69)", "no", "network"] in [line.split() for line in lines]


@pytest.mark.parametrize(
    ("interval", "shown"),
    [
        (Interval(-np.inf, np.inf), "without limits"),
        (Interval(0.01, np.inf), "from +1.00%"),
        (Interval(-np.inf, 0.01), "up to +1.00%"),
    ],
)
def test_an_interval_without_limits_says_so(result: Result, interval: Interval, shown: str) -> None:
    wide = replace(VERDICT, arms=(REFERENCE, replace(ARM, interval=interval)))
    assert f"  {shown}" in summary.as_text(replace(result, verdict=wide))


def test_the_text_ends_with_where_to_look(result: Result) -> None:
    lines = summary.as_text(result).splitlines()
    assert lines[-2:] == ["Report:      reports/page.html", "Look closer: http://mlflow/#/page"]


def deployed(result: Result) -> Result:
    best = result.study.best or pytest.fail("nothing finished")
    found = Deployment(best, result.study.objective, None, "best trial of the search")
    return replace(result, deployed=found, model="models:/small@champion")


def test_the_command_that_forecasts_is_shown_once_the_model_is_in_mlflow(result: Result) -> None:
    links = replace(result.links, forecast="sweep predict study.yaml new.csv")
    lines = summary.as_text(replace(deployed(result), links=links)).splitlines()
    assert "Forecast:    sweep predict study.yaml new.csv" in lines
    assert "Forecast:" not in summary.as_text(replace(result, links=links))


def test_what_is_deployed_is_named_with_its_model_and_told_from_the_best_trial(result: Result) -> None:
    lines = summary.as_text(deployed(result)).splitlines()
    trial = (result.study.best or pytest.fail("nothing finished")).trial
    (best,) = [line for line in lines if line.startswith("Best: ")]
    assert "the best trial of the search" in best
    (found,) = [line for line in lines if line.startswith("Deployed: ")]
    assert found.startswith(f"Deployed: {trial.arm}, trial {trial.number}, seed {trial.seed}, no test score")
    assert "Model:    models:/small@champion" in lines


def test_a_model_that_is_not_in_mlflow_is_said_to_be_missing(result: Result) -> None:
    text = summary.as_text(replace(deployed(result), model=None))
    assert "Model:    not in MLflow" in text


def test_the_object_for_programs_has_the_deployed_run_and_the_address_of_its_model(result: Result) -> None:
    assert result.as_json()["deployed"] is None
    found = deployed(result).as_json()["deployed"]
    assert list(found) == [
        "arm", "setting", "parameters", "stage", "number", "name", "key", "seed", "epochs", "metric", "test_score",
        "validation_score", "refit", "reason", "remark", "model",
    ]  # fmt: skip
    assert (found["stage"], found["test_score"], found["model"]) == ("search", None, "models:/small@champion")
