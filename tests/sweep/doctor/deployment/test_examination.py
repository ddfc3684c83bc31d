"""`sweep doctor --security`: what it says where little can be seen, and that it keeps what it knows to itself."""

import json
import re
import socket
from collections.abc import Mapping

import pytest

from sweep.cli.main import main as sweep
from sweep.doctor.deployment import CHECKS, examine, http_service
from sweep.doctor.deployment.checks import Deployment
from tests.paths import ROOT
from tests.sweep.config.study_files import MINIMAL
from tests.sweep.doctor.deployment.standins import Answer, site
from tests.sweep.doctor.deployment.test_rows import head_with_a_token, jobs_with_a_token, role_of_its_own, shut_mlflow
from tests.sweep.doctor.deployment.worlds import World, basic, closed_port
from tests.sweep.postgres import PASSWORD

DONE = ("read", "written")
PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")

OF_FILES = {f"{whose} files can be {done} by nobody else" for whose in ("MLflow's", "the ledger's") for done in DONE}


def first(place: str, word: str) -> str:
    """The promise of the first row about something."""
    return next(check.promise for check in CHECKS if check.place == place and word in check.promise)


def test_where_nothing_is_configured_it_says_of_each_place_that_nothing_was_looked_at(world: World) -> None:
    world.only()
    diagnosis = examine(None)
    assert diagnosis.wrong == []
    said = diagnosis.as_text()
    for what in ("RAY_ADDRESS is not set", "mlflow.db is not there yet", "sweep.db is not there", "no study file"):
        assert what in said
    assert diagnosis.sentence.startswith("nothing that was looked at is wrong; docs/security.md says what")
    assert list(world.folder.iterdir()) == []


def test_of_what_was_not_looked_at_nothing_is_promised(world: World) -> None:
    world.only()
    assert {result.place for result in examine(None).results if not result.findings} == {"this machine"}


def test_a_deployment_in_which_all_is_right_shows_a_line_for_each_check(world: World) -> None:
    world.only()
    for deployment in (head_with_a_token, jobs_with_a_token, shut_mlflow, role_of_its_own):
        deployment(world)
    world.study(world.folder)
    diagnosis = examine(world.file)
    assert [finding.what for result in diagnosis.results for finding in result.findings if finding.wrong] == []
    looked_at = {result.promise for result in diagnosis.results if not result.findings}
    assert looked_at >= {check.promise for check in CHECKS if check.place in ("Ray", "MLflow", "ledger")} - OF_FILES


SERVICES = {
    "RAY_ADDRESS": ("Ray", "head", "127.0.0.1:{}"),
    "RAY_API_SERVER_ADDRESS": ("Ray", "job", "http://127.0.0.1:{}"),
    "MLFLOW_TRACKING_URI": ("MLflow", "MLflow", "http://127.0.0.1:{}"),
    "SWEEP_STORAGE": ("ledger", "PostgreSQL", "postgresql+psycopg://me:canary@127.0.0.1:{}/x"),
}


@pytest.mark.parametrize("variable", SERVICES)
def test_a_service_that_is_away_is_one_finding_with_advice(world: World, variable: str) -> None:
    place, word, address = SERVICES[variable]
    world.only()
    world.environment(**{variable: address.format(closed_port())})
    (found,) = [
        found for result in examine(None).results if result.place == place for found in result.findings if found.wrong
    ]
    assert found == world.not_checked(first(place, word))
    assert "127.0.0.1" in found.what
    assert found.remedy


def test_a_service_that_never_answers_is_away_after_seconds(world: World) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        world.environment(MLFLOW_TRACKING_URI=f"http://127.0.0.1:{silent.getsockname()[1]}")
        world.patch.setattr(http_service, "TIMEOUT_SECONDS", 0.2)
        assert "does not answer: timed out" in world.not_checked(first("MLflow", "MLflow")).what


def test_a_service_that_stops_answering_during_the_check_is_a_finding(world: World) -> None:
    asked: list[str] = []

    def answer_once(path: str, headers: Mapping[str, str]) -> Answer | None:
        asked.append(path)
        return (200, {}, {}) if len(asked) == 1 else None

    world.only()
    world.environment(MLFLOW_TRACKING_URI=world.open.enter_context(site(answer_once)))
    (first, *_) = examine(None).wrong
    assert first.why == "it stopped answering during the check"


def test_what_an_answer_does_not_show_is_said_to_be_unknown(world: World) -> None:
    world.only()
    world.environment(MLFLOW_TRACKING_URI=world.open.enter_context(site(lambda path, headers: (401, {}, {}))))
    said = examine(None).as_text()
    assert "[.] it is unknown whether MLflow runs no jobs: it takes an account, and here is none" in said


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("ray://head:10001", "RAY_ADDRESS is ray://head:10001"),
        ("local", "RAY_ADDRESS is not set"),
    ],
)
def test_a_head_that_cannot_be_looked_at_is_a_note(world: World, address: str, says: str) -> None:
    world.environment(RAY_ADDRESS=address)
    found = world.not_checked(first("Ray", "head"))
    assert found.what.startswith(says)
    assert not found.wrong


def test_a_cluster_that_a_launch_would_start_without_a_token_is_found(world: World) -> None:
    world.environment(RAY_AUTH_MODE="disabled")
    found = world.not_checked(first("Ray", "head"))
    assert found.wrong
    assert found.remedy == "unset RAY_AUTH_MODE, and Ray makes a token by itself"


@pytest.mark.parametrize("url", ["mysql://me:canary@host/db", "postgresql+pg8000://me:canary@host/db", "nonsense"])
def test_a_ledger_that_it_does_not_know_is_said_not_to_be_looked_at(world: World, url: str) -> None:
    world.environment(SWEEP_STORAGE=url)
    said = world.not_checked(first("ledger", "PostgreSQL")).what
    assert "was not looked at" in said or "not a database address" in said
    assert "canary" not in said


def test_the_study_file_s_services_are_looked_at_unless_the_environment_names_others(world: World) -> None:
    world.study(world.folder, f"{MINIMAL}storage: sqlite:///mine.db\ntracking: sqlite:///runs.db\n")
    assert (Deployment(world.file).storage, Deployment(None).storage) == ("sqlite:///mine.db", "sqlite:///sweep.db")
    world.environment(MLFLOW_TRACKING_URI="http://mlflow:5000")
    world.study(world.folder, f"{MINIMAL}storage: sqlite:///mine.db\ntracking: sqlite:///runs.db\n")
    assert Deployment(world.file).tracking == Deployment(None).tracking == "http://mlflow:5000"


def test_looking_changes_nothing(world: World) -> None:
    for name in ("sweep.db", "mlflow.db"):
        (world.folder / name).write_bytes(b"not even a database")
    world.study(world.folder, "name: mine\ndata: {kind: python, factory: 'samples:make'}\n")
    (world.folder / "samples.py").write_text("raise AssertionError('it is only looked at')")
    before = {path: path.read_bytes() for path in world.folder.iterdir()}
    world.only()
    examine(world.file)
    assert {path: path.read_bytes() for path in world.folder.iterdir()} == before


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_no_secret_is_printed(world: World, capfd: pytest.CaptureFixture[str], options: tuple[str, ...]) -> None:
    ledger = world.service("postgres")._url("postgres")
    world.only(world.run("python", ledger)[0])
    world.environment(MLFLOW_TRACKING_URI=world.service("shut_mlflow"), **basic("boss", "canary-of-the-boss"))
    world.environment(RAY_ADDRESS=f"127.0.0.1:{closed_port()}", RAY_AUTH_TOKEN="canary-of-rays-token")
    path = world.study(world.public, f"{MINIMAL}storage: {ledger}\n")
    assert sweep(["doctor", "--security", str(path), *options]) == 1
    said = "".join(capfd.readouterr())
    assert "has a password in its command line" in said
    assert "can read a password in" in said
    assert "is its administrator" in said
    assert "canary" not in said
    assert PASSWORD not in said


def test_it_ends_with_0_unless_something_is_wrong(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.only()
    assert sweep(["doctor", "--security"]) == 0
    world.environment(RAY_AUTH_MODE="disabled")
    assert sweep(["doctor", "--security"]) == 1
    said = capsys.readouterr().out
    assert "  [x] the cluster that a launch starts here asks nobody for a token: while it runs" in said
    assert "\n      unset RAY_AUTH_MODE, and Ray makes a token by itself\n" in said
    assert said.endswith("1 thing is wrong, and cannot be repaired from here: each line above says what to do\n")


def test_for_programs_it_says_one_object(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.only()
    world.environment(RAY_AUTH_MODE="disabled")
    assert sweep(["doctor", "--security", "--json"]) == 1
    output = json.loads(capsys.readouterr().out)
    (finding,) = [each for each in output["findings"] if each["wrong"]]
    assert (output["study"], output["well"], finding["place"], finding["repairable"]) == (None, False, "Ray", False)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--security", "--repair"], "--security repairs nothing: leave out --repair"),
        ([], "CONFIG is missing: the study file, such as configs/study.yaml"),
        (["--json"], "CONFIG is missing: the study file, such as configs/study.yaml"),
    ],
)
def test_wrong_usage_is_explained_in_a_line(options: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert sweep(["doctor", *options]) == 2
    assert capsys.readouterr().err.splitlines()[0] == says


def test_the_manual_lists_what_is_looked_at_in_its_order() -> None:
    section = PAGE.partition("## What the doctor looks at")[2].partition("\n## ")[0]
    listed = re.findall(r"^\| (.+?) \| (.+?) \|", section, re.MULTILINE)[1:]
    assert listed == [(check.place, check.promise) for check in CHECKS]
