"""The mirror in MLflow, against MLflow itself on an SQLite file."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pytest
from mlflow import MlflowClient
from mlflow.entities import Run

from sweep.comparison.measure import THE_LOSS, Measure, measure_of
from sweep.comparison.verdict import Verdict
from sweep.core.errors import ServiceUnavailable
from sweep.core.trials import Outcome, Trial
from sweep.core.trials import Run as TrialRun
from sweep.study.deployment import Deployment
from sweep.tracking import view
from sweep.tracking.outbox import NOT_LEADING
from sweep.tracking.recorder import Recorder
from sweep.tracking.runs import StudyRuns
from tests.sweep.comparison.arms import RECORDED, recorded, row
from tests.sweep.tracking.worlds import CARD, DONE, LONG, START, epochs, record, trial
from workers.objective import Objective

NAME = trial().name


def runs(database: str) -> dict[str, Run]:
    """All runs of the study that are not deleted, by their names."""
    client = MlflowClient(database)
    experiment = client.get_experiment_by_name("glucose")
    assert experiment is not None
    found = client.search_runs([experiment.experiment_id])
    assert len({run.info.run_name for run in found}) == len(found)
    return {run.info.run_name: run for run in found}


def content(database: str) -> object:
    """What a reader of MLflow can see of the study."""
    client = MlflowClient(database)
    return {
        name: (run.info.status, run.data.params, run.data.tags, histories(client, run), datasets(run))
        for name, run in runs(database).items()
    }


def histories(client: MlflowClient, run: Run) -> dict[str, list[tuple[int, int, float]]]:
    return {
        name: [(point.step, point.timestamp, point.value) for point in client.get_metric_history(run.info.run_id, name)]
        for name in run.data.metrics
    }


def datasets(run: Run) -> list[tuple[str, str]]:
    assert run.inputs is not None
    return [(entry.dataset.name, entry.dataset.digest) for entry in run.inputs.dataset_inputs]


def test_a_trial_is_a_run_below_the_study_s_run(recorder: Recorder, database: str) -> None:
    record(recorder, trial(7))
    recorder.close(LONG)
    found = runs(database)
    assert found["7 GRU every_epoch b16"].data.tags["mlflow.parentRunId"] == found["glucose"].info.run_id


def test_parameters_are_the_fields_that_apply_and_the_seed(recorder: Recorder, database: str) -> None:
    recorder.on_trial_start(trial(3, stateful=False, epochs=5))
    recorder.close(LONG)
    params = runs(database)["3 GRU stateless b16"].data.params
    assert (params["stateful"], params["epochs"], params["seed"]) == ("False", "5", "3")
    assert "reset_policy" not in params


def test_metrics_stand_against_epochs(recorder: Recorder, database: str) -> None:
    record(recorder, trial(), n_epochs=3)
    recorder.close(LONG)
    history = histories(MlflowClient(database), runs(database)[NAME])["validation/loss"]
    assert [(step, value) for step, _, value in history] == [(1, 3.0), (2, 1.5), (3, 1.0)]


def test_more_epochs_at_once_than_mlflow_takes_in_a_request(recorder: Recorder, database: str) -> None:
    record(recorder, trial(), n_epochs=1200)
    recorder.close(LONG)
    run = runs(database)[NAME]
    assert len(MlflowClient(database).get_metric_history(run.info.run_id, "train/loss")) == 1200


def test_tags_say_what_a_trial_is(recorder: Recorder, database: str) -> None:
    record(recorder, replace(trial(), stage="compare"))
    recorder.close(LONG)
    tags = runs(database)[NAME].data.tags
    assert {name: value for name, value in tags.items() if name.startswith("sweep.")} == {
        "sweep.study": "glucose",
        "sweep.trial": "0",
        "sweep.arm": "every_epoch",
        "sweep.key": "key-0",
        "sweep.stage": "compare",
        "sweep.state": "complete",
    }


def test_every_run_names_the_data(recorder: Recorder, database: str) -> None:
    record(recorder, trial())
    recorder.close(LONG)
    assert [datasets(run) for run in runs(database).values()] == [[("glucose.csv", "3f2a")]] * 2


def test_the_data_are_named_as_mlflow_reads_them_with_columns_and_sizes_and_no_row(
    recorder: Recorder, database: str
) -> None:
    recorder.close(LONG)
    inputs = runs(database)["glucose"].inputs
    assert inputs is not None
    (entry,) = inputs.dataset_inputs
    assert mlflow.data.get_source(entry.dataset).to_dict()["uri"] == "data/glucose.csv"
    columns = json.loads(str(entry.dataset.schema))["mlflow_colspec"]
    assert [(each["name"], each["type"]) for each in columns] == [("isig", "double"), ("glucose", "double")]
    assert json.loads(str(entry.dataset.profile)) == {"timesteps": 99}


@pytest.mark.parametrize(
    ("outcome", "status", "tag", "value"),
    [
        (DONE, "FINISHED", "sweep.state", "complete"),
        (replace(DONE, state="pruned"), "FINISHED", "sweep.state", "pruned"),
        (replace(DONE, reused_from=4), "FINISHED", "sweep.reused_from", "4"),
        (Outcome("failed", error="out of memory"), "FAILED", "mlflow.note.content", "out of memory"),
    ],
)
def test_how_a_trial_ended_is_its_run_s_status_and_a_tag(
    recorder: Recorder, database: str, outcome: Outcome, status: str, tag: str, value: str
) -> None:
    record(recorder, trial(), outcome)
    recorder.close(LONG)
    run = runs(database)[NAME]
    assert (run.info.status, run.data.tags[tag]) == (status, value)


def test_a_reused_trial_shows_the_metrics_it_shares(recorder: Recorder, database: str) -> None:
    recorder.on_trial_start(trial())
    recorder.on_trial_end(trial(), replace(DONE, reused_from=4))
    recorder.close(LONG)
    assert runs(database)[NAME].data.metrics == {"validation/loss": 1.0, "objective": 1.0}


def test_the_scores_as_deployed_are_added_at_the_epoch_whose_weights_they_are_of(
    recorder: Recorder, database: str
) -> None:
    scores = {"validation/loss_deployed": 2.0, "validation/error_deployed": 0.5, "validation/passes": 1.0}
    recorder.on_trial_start(trial())
    recorder.on_trial_end(trial(), replace(DONE, metrics={**DONE.metrics, **scores}))
    recorder.close(LONG)
    run = runs(database)[NAME]
    assert run.data.metrics == {**scores, "objective": 1.0}
    assert {step for points in histories(MlflowClient(database), run).values() for step, *_ in points} == {DONE.epoch}


def test_writing_everything_again_changes_nothing(database: str) -> None:
    contents = []
    for _ in range(2):
        recorder = Recorder(database, CARD)
        recorder.open()
        record(recorder, trial(0))
        record(recorder, trial(1), Outcome("failed", error="out of memory"))
        recorder.best(trial(0), DONE)
        recorder.finished("finished", at=START + 100)
        assert recorder.close(LONG) == 0
        contents.append(content(database))
    assert contents[0] == contents[1]


def test_a_launcher_whose_lease_lapses_while_it_opens_mlflow_says_so_in_one_line(database: str) -> None:
    asked = iter([True, True])
    recorder = Recorder(database, CARD, lambda: next(asked, False))
    with pytest.raises(ServiceUnavailable, match=r"does not lead the study for now.*; the same command goes on$"):
        recorder.open()


def test_an_interrupted_trial_goes_on_in_the_same_run(database: str) -> None:
    first = Recorder(database, CARD)
    first.open()
    first.on_trial_start(trial())
    first.on_epochs_end(trial(), epochs(1))
    first.finished("stopped")
    assert first.close(LONG) == 0
    before = runs(database)[NAME].info

    second = Recorder(database, CARD)
    second.open()
    record(second, trial())
    assert second.close(LONG) == 0
    after = runs(database)[NAME].info
    assert (after.run_id, before.status, after.status) == (before.run_id, "KILLED", "FINISHED")


def test_nothing_is_left_running(recorder: Recorder, database: str) -> None:
    recorder.on_trial_start(trial())
    recorder.finished("stopped")
    recorder.close(LONG)
    assert {run.info.status for run in runs(database).values()} == {"KILLED"}


def test_a_double_of_a_run_is_removed_and_the_one_with_the_metrics_stays(recorder: Recorder, database: str) -> None:
    record(recorder, trial())
    recorder.close(LONG)
    original = runs(database)[NAME]
    MlflowClient(database).create_run(original.info.experiment_id, 0, original.data.tags, NAME)

    again = Recorder(database, CARD)
    again.open()
    again.finished("finished")
    assert again.close(LONG) == 0
    assert runs(database)[NAME].info.run_id == original.info.run_id


def test_a_run_that_somebody_deleted_costs_no_other_run_anything(database: str) -> None:
    recorder = Recorder(database, CARD)
    recorder.open()
    recorder.on_trial_start(trial(0))

    def delete() -> None:
        run_id = recorder.run_id(trial(0))
        assert run_id is not None
        MlflowClient(database).delete_run(run_id)

    recorder.outbox.put(delete)
    recorder.on_epochs_end(trial(0), epochs(3))
    record(recorder, trial(1))
    assert recorder.close(LONG) == 1
    assert recorder.outbox.last_error == "the run of search 0 has been deleted in MLflow"
    assert runs(database)["1 GRU every_epoch b16"].info.status == "FINISHED"


def test_a_deleted_experiment_is_restored(recorder: Recorder, database: str) -> None:
    MlflowClient(database).delete_experiment(recorder.experiment_id)
    again = Recorder(database, CARD)
    again.open()
    assert again.close(LONG) == 0
    assert set(runs(database)) == {"glucose"}


def test_mlflow_s_own_environment_variables_do_not_redirect_a_run(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_RUN_ID", "0" * 32)
    monkeypatch.setenv("MLFLOW_EXPERIMENT_NAME", "somebody-else-s")
    recorder = Recorder(database, CARD)
    recorder.open()
    record(recorder, trial())
    assert recorder.close(LONG) == 0
    assert set(runs(database)) == {"glucose", NAME}


def test_the_study_file_and_artifacts_lie_beside_the_database(recorder: Recorder, tmp_path: Path) -> None:
    (tmp_path / "report.html").write_text("<p>")
    recorder.artifact(tmp_path / "report.html", "report")
    recorder.close(LONG)
    folder = tmp_path / "mlruns" / str(recorder.study_run_id) / "artifacts"
    assert {str(path.relative_to(folder)) for path in folder.rglob("*.*")} == {"study.yaml", "report/report.html"}


def test_the_study_s_run_links_its_best_trial_and_says_its_value_as_deployed(recorder: Recorder, database: str) -> None:
    record(recorder, trial())
    recorder.best(trial(), replace(DONE, metrics={"validation/loss": 1.0, "validation/loss_deployed": 0.75}))
    recorder.close(LONG)
    link = f"[{NAME}](#/experiments/1/runs/{recorder.run_id(trial())}?workflowType=machine_learning)"
    best, *_ = runs(database)["glucose"].data.tags["mlflow.note.content"].splitlines()
    assert best == f"Best trial of the search: {link}, loss 0.7500 at epoch 4 (step 3)"


def test_the_study_s_run_says_what_was_found_in_words_numbers_and_tags_however_often_it_is_sent(
    recorder: Recorder, database: str
) -> None:
    record(recorder, trial())
    earlier, now = (recorded("stateless", "every_sequence", looks=looks) for looks in (0, 1))
    for verdict in (earlier, now, now):
        recorder.best(trial(), replace(DONE, metrics={"validation/loss_deployed": 0.0}), None, verdict)
    recorder.close(LONG)
    run = runs(database)["glucose"]
    note = run.data.tags["mlflow.note.content"]
    assert note.startswith(f"{now.sentence}\n\nRecommended: every_sequence, 18.9 (stateless 19.5)")
    assert "| every_sequence | 18.94 | −3.1 % |" in note
    assert ", loss 0 at epoch 4" in note
    tags = {name: run.data.tags[f"sweep.{name}"] for name in ("recommended", "decision", "verdict")}
    assert tags == {"recommended": "every_sequence", "decision": "better", "verdict": now.sentence}
    points = histories(MlflowClient(database), run)
    assert [step for step, *_ in points["test/loss/recommended"]] == [0, 1]  # one for each look, and no double
    assert run.data.metrics["test/loss/every_sequence"] == now.recommendation.score
    low, difference, high = (run.data.metrics[f"difference{end}/every_sequence"] for end in ("_low", "", "_high"))
    assert low < difference < high < 0


def test_the_study_s_run_has_the_recommended_configuration_as_parameters_and_another_one_beside_it(
    recorder: Recorder, database: str
) -> None:
    record(recorder, trial())
    found, first = recorded("stateless", "every_sequence"), {"units": 32, "window": 12}
    numbers = []
    for fields in (first, {"units": 64, "window": 12, "dropout": 0.1}, {"units": 8}, first):
        named = replace(found.recommendation, parameters=fields)
        for _ in range(2):
            recorder.best(trial(), DONE, None, replace(found, recommendation=named))
        recorder.outbox.drain(LONG)
        numbers.append(runs(database)["glucose"].data.tags["sweep.configuration"])
    run = runs(database)["glucose"]
    assert numbers == ["1", "2", "3", "1"]
    assert run.data.params == {
        "units": "32", "window": "12", "units/2": "64", "window/2": "12", "dropout/2": "0.1", "units/3": "8",
    }  # fmt: skip
    assert "end with" not in run.data.tags["mlflow.note.content"]


def test_without_a_comparison_the_study_s_run_has_the_deployed_configuration(recorder: Recorder, database: str) -> None:
    record(recorder, trial())
    deployed = Deployment(TrialRun(trial(), DONE), Objective(), None, "best trial of the search")
    recorder.best(trial(), DONE, deployed, improvements=[(0, 1.0), (3, 0.75)])
    recorder.close(LONG)
    found = runs(database)
    assert found["glucose"].data.params == {k: v for k, v in found[NAME].data.params.items() if k != "seed"}
    points = histories(MlflowClient(database), found["glucose"])["validation/loss/best_trial"]
    assert [(step, value) for step, _, value in points] == [(0, 1.0), (3, 0.75)]


def with_configuration(arm: str, fields: dict[str, Any]) -> Verdict:
    """The verdict on two arms, one of which has this configuration."""
    verdict = recorded("stateless", arm)
    arms = tuple(replace(each, parameters=fields) if each.arm == arm else each for each in verdict.arms)
    return replace(verdict, arms=arms)


def test_an_arm_is_a_run_with_mean_and_deviation_over_its_seeds_and_no_second_one_however_often_it_is_sent(
    database: str,
) -> None:
    verdict = with_configuration("every_sequence", {"units": 64, "reset_policy": "every_sequence"})
    scores = {"every_sequence": [*RECORDED["every_sequence"], np.nan]}
    contents = []
    for _ in range(2):
        recorder = Recorder(database, CARD)
        recorder.open(START)
        record(recorder, trial())
        recorder.best(trial(), DONE, None, verdict, scores)
        recorder.finished("finished", at=START + 100)
        assert recorder.close(LONG) == 0
        contents.append(content(database))
    assert contents[0] == contents[1]
    found = runs(database)
    assert set(found) == {"glucose", NAME, "stateless", "every_sequence"}
    arm, decided = found["every_sequence"], row("every_sequence", verdict)
    metrics, values = arm.data.metrics, RECORDED["every_sequence"]
    assert (metrics["test/loss"], metrics["test/loss_sd"]) == pytest.approx((np.mean(values), np.std(values, ddof=1)))
    assert (metrics["runs"], metrics["difference"]) == (10, decided.difference)
    assert "test/loss_sd" not in found["stateless"].data.metrics  # of which no scores were given
    wanted = {"arm": "every_sequence", "decision": "better", "setting": "A", "recommended": "true", "stage": "arm"}
    assert {name: arm.data.tags[f"sweep.{name}"] for name in wanted} == wanted
    assert arm.data.tags["mlflow.parentRunId"] == found["glucose"].info.run_id
    note = arm.data.tags["mlflow.note.content"]
    assert note.startswith(
        "every_sequence (carried, reset at every sequence): better; on the test split loss 18.94, −3.1 %"
    )
    assert f"/runs/{found['glucose'].info.run_id}?workflowType=machine_learning)" in note
    assert found["stateless"].data.tags["sweep.recommended"] == "false"
    assert arm.info.status == "FINISHED"
    assert (arm.data.params["units"], arm.data.params["reset_policy"]) == ("64", "every_sequence")
    assert not found["stateless"].data.params  # of which no configuration was given


def test_the_study_s_run_names_the_deployed_run_before_the_best_trial(recorder: Recorder, database: str) -> None:
    record(recorder, trial())
    recorder.best(trial(), DONE, Deployment(TrialRun(trial(), DONE), Objective(), None, "asked for"))
    recorder.close(LONG)
    tags = runs(database)["glucose"].data.tags
    first, how, *_, second, _ = tags["mlflow.note.content"].split("\n\n")
    assert how.startswith("How to forecast")
    assert 'load_model("models:/glucose@champion")' in tags["mlflow.note.content"]
    link = f"[{NAME}](#/experiments/1/runs/{recorder.run_id(trial())}?workflowType=machine_learning)"
    assert first.startswith(f"Deployed: {link}: every_epoch, trial 0, seed 0, no test score")
    assert second.startswith("Best trial of the search: ")
    assert (tags["sweep.deployed"], tags["sweep.best"]) == ("search-0", "0")


def test_a_relative_database_is_named_absolutely_for_other_processes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert Recorder("sqlite:///mlflow.db", CARD).tracking_uri == f"sqlite:///{tmp_path}/mlflow.db"


TALKATIVE = """
import sys
from sweep.tracking import settings
settings.configure()
from sweep.tracking.recorder import Recorder
from sweep.tracking.runs import StudyRuns
from sweep.tracking.card import DataCard, StudyCard
data = DataCard("data", "3f2a", "data")
recorder = Recorder(sys.argv[1], StudyCard("glucose", "", "validation/loss", "minimize", data))
recorder.open()
recorder.finished("finished")
assert recorder.close(60) == 0
"""


def test_nothing_is_said_on_the_terminal(tmp_path: Path) -> None:
    command = [sys.executable, "-c", TALKATIVE, f"sqlite:///{tmp_path}/new.db"]
    said = subprocess.run(command, capture_output=True, text=True, check=True)
    assert (said.stdout, said.stderr) == ("", "")


@pytest.mark.parametrize(
    ("objective", "measure", "column", "ascending"),
    [
        (Objective(), THE_LOSS, "metrics.`validation/loss_deployed`", True),
        (
            Objective(),
            measure_of("validation/loss", "rmse", "", squared=True),
            "metrics.`validation/rmse_deployed`",
            True,
        ),
        (
            Objective("validation/accuracy", "maximize"),
            measure_of("validation/accuracy", "", "", squared=False),
            "metrics.`validation/accuracy_deployed`",
            False,
        ),
    ],
)
def test_the_view_has_the_best_trial_as_deployed_first(
    objective: Objective, measure: Measure, column: str, ascending: bool
) -> None:
    shown = json.loads(view.best_first(objective, measure))
    assert (shown["orderByKey"], shown["orderByAsc"], shown["selectedColumns"][0]) == (column, ascending, column)


def led_to_its_end(database: str, only: Trial) -> object:
    """What MLflow shows once another launcher has led the study, of one trial, to its end."""
    successor = Recorder(database, CARD)
    successor.open(START)
    record(successor, only)
    assert successor.close(LONG) == 0
    return content(database)


def left_behind(database: str, leads: list[bool], only: Trial) -> Recorder:
    """A launcher that has tried to send a trial, and lost the study meanwhile."""
    sleeper = Recorder(database, CARD, lambda: leads[0])
    sleeper.open_later(START)
    record(sleeper, only)
    until = time.monotonic() + LONG
    while NOT_LEADING not in sleeper.outbox.last_error:
        assert time.monotonic() < until, "it has not noticed that it was replaced"
        time.sleep(0.01)
    assert sleeper.close(0.0) > 0
    return sleeper


def test_a_launcher_that_is_replaced_after_it_has_looked_for_a_run_does_not_create_it(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    leads, kept = [True], []
    search = StudyRuns._search

    def replaced_after(runs: StudyRuns) -> Iterator[Run]:
        found = list(search(runs))
        if leads[0]:  # it sleeps here, until another one has led the study to its end
            leads[0] = False
            kept.append(led_to_its_end(database, trial(7)))
        return iter(found)

    monkeypatch.setattr(StudyRuns, "_search", replaced_after)
    sleeper = left_behind(database, leads, trial(7))
    assert content(database) == kept[0]
    assert "does not lead the study" in sleeper.outbox.last_error


def test_a_launcher_that_is_replaced_while_a_run_is_created_takes_it_back(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    leads, kept = [True], []
    create = MlflowClient.create_run

    def replaced_within(client: MlflowClient, *arguments: object, **named: object) -> Run:
        if leads[0] and arguments[-1] == NAME:  # it has asked whether it leads, and sleeps here
            leads[0] = False
            kept.append(led_to_its_end(database, trial()))
        return create(client, *arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(MlflowClient, "create_run", replaced_within)
    left_behind(database, leads, trial())
    assert content(database) == kept[0]


def test_a_run_that_the_next_launcher_has_found_is_not_taken_back(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    leads, kept = [True], []
    create = MlflowClient.create_run

    def replaced_after(client: MlflowClient, *arguments: object, **named: object) -> Run:
        made = create(client, *arguments, **named)  # type: ignore[arg-type]
        if leads[0] and arguments[-1] == NAME:  # it sleeps before it hears that the run is made
            leads[0] = False
            kept.append(led_to_its_end(database, trial()))
        return made

    monkeypatch.setattr(MlflowClient, "create_run", replaced_after)
    left_behind(database, leads, trial())
    assert content(database) == kept[0]
