"""What `sweep list` says of studies: from the ledger alone, from the cluster alone, and from both."""

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from optuna.study import StudyDirection
from optuna.trial import TrialState
from sqlalchemy.engine import Engine

from sweep.cli import listing
from sweep.cli.main import main as sweep
from sweep.core import processes
from sweep.core.errors import ServiceUnavailable
from sweep.execution.cluster.jobs import Job
from sweep.execution.fakes import FakeTrainer
from sweep.execution.in_process import InProcessPool
from sweep.execution.scheduler import Scheduler
from sweep.study.optuna_private import models
from sweep.study.overview import Overview, overview
from sweep.study.storage import database
from sweep.study.storage.lease import Lease
from sweep.study.storage.optuna_storage import open_storage
from tests.sweep.worlds import open_study, run

NOWHERE = "http://127.0.0.1:9"
CLOSING = ExitStack()


@pytest.fixture(autouse=True)
def nothing_configured(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("SWEEP_STORAGE", "RAY_ADDRESS", "RAY_API_SERVER_ADDRESS"):
        monkeypatch.delenv(name, raising=False)
    yield
    CLOSING.close()


def small(folder: Path, url: str, *overrides: str) -> Any:
    """A study of twelve trials that was run to its end."""
    study = opened(folder, url, *overrides)
    run(study)
    study.end("finished")
    return study


def opened(folder: Path, url: str, *overrides: str) -> Any:
    """A study that is closed when the test ends."""
    study = open_study(folder, f"storage={url}", *overrides)
    CLOSING.callback(study.close)
    return study


def seen(url: str, study: str = "small") -> Overview:
    return {each.study: each for each in overview(url)}[study]


def test_a_study_is_shown_with_what_became_of_its_trials(tmp_path: Path, url: str) -> None:
    study = small(tmp_path, url, "pruner=median")
    shown = seen(url)
    states = [outcome.state for _, outcome in study]
    assert shown.trials == {state: states.count(state) for state in set(states)}
    assert (shown.state, shown.budget, shown.leader, shown.runs) == ("finished", 12, None, 0)
    assert shown.best == pytest.approx(study.best[1].value)
    assert (shown.began, shown.ended) == (study.began, study.ended[1])


def test_the_best_of_a_study_that_maximizes_is_the_largest(tmp_path: Path, url: str) -> None:
    study = small(tmp_path, url, "objective={metric: validation/rmse, goal: maximize}")
    assert seen(url).best == pytest.approx(max(outcome.value for _, outcome in study if outcome.state == "complete"))


def test_studies_are_the_oldest_first_and_another_programs_are_none(tmp_path: Path, url: str) -> None:
    small(tmp_path, url, "name=first", "budget.trials=2")
    storage = open_storage(url)
    storage.create_new_study([StudyDirection.MINIMIZE], "stranger")
    storage.remove_session()
    storage.engine.dispose()
    small(tmp_path, url, "name=second", "budget.trials=1")
    assert [each.study for each in overview(url)] == ["first", "second"]


def test_a_study_that_is_led_is_running_by_whom_and_since_when(tmp_path: Path, url: str) -> None:
    small(tmp_path, url)
    lease = Lease(url, "small")
    lease.acquire()
    shown = seen(url)
    lease.release()
    assert (shown.state, shown.ended) == ("running", None)
    assert shown.leader
    assert shown.leader.pid == os.getpid()
    assert 0 <= shown.leader.seconds < 60
    assert seen(url).state == "finished"


def test_a_study_whose_launcher_has_ended_without_a_word_is_interrupted(
    tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    small(tmp_path, url)
    lease = Lease(url, "small")
    lease.acquire()
    monkeypatch.setattr(processes, "has_ended", lambda *_: True)
    assert seen(url).state == "interrupted"
    lease.release()


def test_a_study_that_never_came_to_an_end_is_interrupted(tmp_path: Path, url: str) -> None:
    opened(tmp_path, url).ask()
    shown = seen(url)
    assert (shown.state, shown.trials, shown.best) == ("interrupted", {"running": 1}, None)


def test_the_runs_of_a_comparison_count_when_they_are_made(tmp_path: Path, url: str) -> None:
    study = small(tmp_path, url, "compare={seeds: 2}")
    runs = study.comparison_runs(2)
    Scheduler(runs, InProcessPool([FakeTrainer()]), study.objective).run()
    assert seen(url).runs == len(runs) > 0


def test_looking_makes_no_table_and_writes_nothing(tmp_path: Path, url: str) -> None:
    engine = database.connect(url)
    assert overview(url) == []
    assert sa.inspect(engine).get_table_names() == []
    with pytest.raises(ServiceUnavailable, match=r"read.?only"), database.reading(url) as connection:
        connection.execute(sa.text("CREATE TABLE notes (text VARCHAR(9))"))


def test_looking_leaves_an_sqlite_file_as_it_is(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/sweep.db"
    small(tmp_path, url).close()
    before = hashlib.sha256((tmp_path / "sweep.db").read_bytes()).digest()
    overview(url)
    assert hashlib.sha256((tmp_path / "sweep.db").read_bytes()).digest() == before


def test_a_ledger_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(ServiceUnavailable, match="there is no ledger at"):
        overview(f"sqlite:///{tmp_path}/sweep.db")
    assert list(tmp_path.iterdir()) == []


def test_however_many_studies_there_are_a_few_queries_show_them(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/sweep.db"
    small(tmp_path, url)
    few = counted_queries(url)
    fill(url, studies=40, trials=25)
    assert counted_queries(url) == few <= 12
    shown = seen(url, "study-7")
    assert (shown.trials, shown.best) == ({"complete": 25}, 7.0)


def counted_queries(url: str) -> int:
    statements: list[str] = []

    def note(*shown: Any) -> None:
        statements.append(shown[2])

    sa.event.listen(Engine, "before_cursor_execute", note)
    overview(url)
    sa.event.remove(Engine, "before_cursor_execute", note)
    return len(statements)


def fill(url: str, studies: int, trials: int) -> None:
    """A ledger with many studies, whose best values are their numbers."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        first = connection.execute(sa.select(sa.func.max(models.TrialModel.trial_id))).scalar() or 0
        study_ids = [1000 + n for n in range(studies)]
        rows = [(first + 1 + n, study_ids[n // trials], n % trials) for n in range(studies * trials)]
        put(connection, models.StudyModel, ({"study_id": i, "study_name": f"study-{i - 1000}"} for i in study_ids))
        ways = ({"study_id": i, "direction": StudyDirection.MINIMIZE, "objective": 0} for i in study_ids)
        put(connection, models.StudyDirectionModel, ways)
        notes = ({"study_id": i, "key": "began", "value_json": json.dumps(i)} for i in study_ids)
        put(connection, models.StudyUserAttributeModel, notes)
        ended = {"state": TrialState.COMPLETE}
        put(connection, models.TrialModel, ({"trial_id": t, "study_id": s, "number": n, **ended} for t, s, n in rows))
        kind = models.TrialValueModel.TrialValueType.FINITE
        values = ({"trial_id": t, "objective": 0, "value": s - 1000.0 + n, "value_type": kind} for t, s, n in rows)
        put(connection, models.TrialValueModel, values)


def put(connection: sa.Connection, model: Any, rows: Iterator[dict[str, Any]]) -> None:
    connection.execute(sa.insert(model), list(rows))


def list_studies(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = sweep(["list", *arguments])
    shown = capsys.readouterr()
    return code, shown.out, shown.err


def test_without_a_cluster_the_ledger_is_listed_and_it_is_said_why_no_job_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"sqlite:///{tmp_path}/sweep.db"
    small(tmp_path, url)
    code, out, err = list_studies(capsys, "--storage", url)
    assert code == 0
    assert out.splitlines()[0].split() == ["study", "state", "began", "trials", "best"]
    assert out.splitlines()[1].split()[:2] == ["small", "finished"]
    assert "12 of 12" in out
    assert err == "jobs are not listed: --address, or RAY_API_SERVER_ADDRESS, would name a cluster\n"


def test_a_cluster_that_does_not_answer_keeps_nobody_from_the_ledger(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SWEEP_STORAGE", f"sqlite:///{tmp_path}/sweep.db")
    small(tmp_path, f"sqlite:///{tmp_path}/sweep.db")
    code, out, err = list_studies(capsys, "--address", NOWHERE, "--json")
    assert code == 0
    (study,) = json.loads(out)
    assert (study["study"], study["jobs"]) == ("small", None)
    assert study["ledger"]["trials"] == {"complete": 12, "pruned": 0, "failed": 0, "running": 0, "budget": 12}
    assert err.startswith(f"jobs are not listed: the Ray cluster at {NOWHERE} cannot be used")


def test_with_neither_it_ends_with_69_and_says_both(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = list_studies(capsys, "--address", NOWHERE, "--storage", f"sqlite:///{tmp_path}/none.db")
    assert (code, out) == (69, "")
    assert "there is no ledger at" in err
    assert f"the Ray cluster at {NOWHERE} cannot be used" in err


def test_without_a_ledger_one_line_says_how_it_would_be_found(capsys: pytest.CaptureFixture[str]) -> None:
    _, _, err = list_studies(capsys, "--address", NOWHERE)
    assert err.splitlines()[0] == "jobs alone are listed: SWEEP_STORAGE, or --storage, would say where the ledger is"


def test_the_ledger_of_the_working_directory_is_listed_and_no_cluster_is_looked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sweep.execution.cluster.jobs.jobs", None)
    code, out, err = list_studies(capsys)
    assert (code, out) == (69, "")
    assert err.startswith("there is no ledger in this folder; --storage or SWEEP_STORAGE would name one")
    assert list(tmp_path.iterdir()) == []
    small(tmp_path, f"sqlite:///{tmp_path}/sweep.db")
    code, out, _ = list_studies(capsys)
    assert code == 0
    assert out.splitlines()[1].split()[:2] == ["small", "finished"]


def test_a_password_in_a_ledgers_address_is_not_shown(capsys: pytest.CaptureFixture[str]) -> None:
    address = "postgresql+psycopg://sweep:canary@127.0.0.1:9/sweep"
    code, _, err = list_studies(capsys, "--storage", address, "--address", NOWHERE)
    assert code == 69
    assert "canary" not in err


def test_studies_and_their_jobs_stand_in_one_row(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/sweep.db"
    small(tmp_path, url)
    jobs = [Job("small-1", "small", "FAILED", 1.0, 2.0), Job("small-2", "small", "RUNNING", 3.0, None)]
    found = listing.listed(overview(url), [*jobs, Job("sent-1", "sent", "PENDING", None, None)])
    header, small_row, sent_row = listing.as_text(found).splitlines()
    assert header.split()[-1] == "job"
    assert small_row.endswith("small-2 (running)")
    assert sent_row.split() == ["sent", "pending", "sent-1"]
    assert [len(each["jobs"]) for each in listing.as_json(found)] == [2, 1]
