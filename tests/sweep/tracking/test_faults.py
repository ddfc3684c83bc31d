"""The mirror when MLflow fails: its own server app, behind a wire that can be cut or lose answers."""

import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest
from mlflow import MlflowClient
from mlflow.server import app, handlers
from mlflow.server.constants import ARTIFACT_ROOT_ENV_VAR, BACKEND_STORE_URI_ENV_VAR
from werkzeug.serving import WSGIRequestHandler, make_server

from sweep.core.errors import ServiceUnavailable
from sweep.tracking.recorder import Recorder
from tests.cases import shown
from tests.sweep.tracking.worlds import CARD, LONG, record, trial

pytestmark = pytest.mark.filterwarnings("ignore:starlette.middleware.wsgi is deprecated")  # MLflow's server uses it

COMPLETE = [(str(number), "FINISHED", [1, 2, 3]) for number in range(3)]


class Wire:
    """Passes requests on.

    cut      none arrives
    lose     so many answers to a request are lost after the deed
    strange  requests whose path ends like this are not passed on, and answered with an empty JSON object
    """

    def __init__(self) -> None:
        self.cut = False
        self.lose: dict[str, int] = {}
        self.strange: str | None = None

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if self.cut:
            hang_up(environ)
        if self.strange is not None and environ["PATH_INFO"].endswith(self.strange):
            start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", "2")])
            return [b"{}"]
        answer = list(app(environ, start_response))
        for request, times in self.lose.items():
            if times and environ["PATH_INFO"].endswith(request):
                self.lose[request] -= 1
                hang_up(environ)
        return answer


def hang_up(environ: dict[str, Any]) -> NoReturn:
    environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
    raise ConnectionAbortedError


class Quiet(WSGIRequestHandler):
    def log(self, *_: object) -> None:
        pass


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture
def server(wire: Wire, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of MLflow's server at the other end of the wire."""
    monkeypatch.setenv(BACKEND_STORE_URI_ENV_VAR, database)
    monkeypatch.setenv(ARTIFACT_ROOT_ENV_VAR, str(tmp_path))
    monkeypatch.setattr(handlers, "_tracking_store", None)
    server = make_server("127.0.0.1", 0, wire, threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def recorder(server: str) -> Recorder:
    recorder = Recorder(server, CARD)
    recorder.open()
    return recorder


def wait_for_an_error(recorder: Recorder) -> None:
    while not recorder.outbox.last_error:
        assert recorder.outbox.waiting


def mirrored(recorder: Recorder) -> list[tuple[str, str, list[int]]]:
    """Of each trial's run: its number, its status and its epochs."""
    client = MlflowClient(recorder.tracking_uri)
    found = client.search_runs(
        [recorder.experiment_id], "tags.`sweep.stage` = 'search'", order_by=["tags.`sweep.trial`"]
    )
    return [
        (
            run.data.tags["sweep.trial"],
            run.info.status,
            [point.step for point in client.get_metric_history(run.info.run_id, "validation/loss")],
        )
        for run in found
    ]


def test_an_outage_costs_nothing_once_it_is_over(recorder: Recorder, wire: Wire) -> None:
    record(recorder, trial(0))
    wire.cut = True
    record(recorder, trial(1))
    record(recorder, trial(2))
    wait_for_an_error(recorder)
    wire.cut = False
    assert recorder.close(LONG) == 0
    assert mirrored(recorder) == COMPLETE


@pytest.mark.parametrize(
    "request_", shown(["runs/create", "runs/log-batch", "runs/update", "runs/search", "runs/log-inputs"], 3)
)
@pytest.mark.lengthy
def test_a_lost_answer_doubles_nothing(recorder: Recorder, wire: Wire, request_: str) -> None:
    wire.lose = {request_: 2, "runs/create": 1}
    for number in range(3):
        record(recorder, trial(number))
    assert recorder.close(LONG) == 0
    assert not any(wire.lose.values())
    assert mirrored(recorder) == COMPLETE


@pytest.mark.parametrize("request_", shown(["", "runs/create", "runs/search", "runs/get"], 2))
def test_an_answer_with_nothing_in_it_is_no_deleted_run_and_what_follows_is_sent_when_mlflow_is_back(
    recorder: Recorder, wire: Wire, request_: str
) -> None:
    record(recorder, trial(0))
    recorder.outbox.drain(LONG)
    wire.strange = request_
    recorder.outbox.put(recorder._made_writer().runs.forget)  # as after any error
    for number in (1, 2):
        record(recorder, trial(number))
    wait_for_an_error(recorder)
    assert "it answers, but not as MLflow does" in recorder.outbox.last_error
    wire.strange = None
    assert recorder.close(LONG) == 0
    assert mirrored(recorder) == COMPLETE


def test_a_run_that_is_gone_in_mlflow_is_told_as_deleted_and_the_others_go_on(recorder: Recorder) -> None:
    record(recorder, trial(0))
    recorder.on_trial_start(trial(1))
    recorder.outbox.drain(LONG)
    MlflowClient(recorder.tracking_uri).delete_run(str(recorder.run_id(trial(1))))
    recorder._made_writer().runs.forget()
    recorder.on_epochs_end(trial(1), [])
    record(recorder, trial(2))
    assert recorder.close(LONG) == 1
    assert recorder.outbox.last_error == "the run of search 1 has been deleted in MLflow"
    assert [number for number, _, _ in mirrored(recorder)] == ["0", "2"]


def test_what_an_outage_swallowed_is_written_by_the_next_launch(recorder: Recorder, wire: Wire, server: str) -> None:
    record(recorder, trial(0))
    wire.cut = True
    record(recorder, trial(1))
    assert recorder.close(timeout=0) > 0

    wire.cut = False
    again = Recorder(server, CARD)
    again.open_later()
    for number in range(3):
        record(again, trial(number))
    assert again.close(LONG) == 0
    assert mirrored(again) == COMPLETE


def test_a_study_that_has_begun_does_not_wait_for_mlflow(server: str, wire: Wire) -> None:
    wire.cut = True
    recorder = Recorder(server, CARD)
    recorder.open_later()
    for number in range(3):
        record(recorder, trial(number))
    wait_for_an_error(recorder)
    wire.cut = False
    assert recorder.close(LONG) == 0
    assert mirrored(recorder) == COMPLETE


def test_a_new_study_without_its_server_says_where_it_looked_but_no_password() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{unused.getsockname()[1]}"
        with pytest.raises(ServiceUnavailable) as caught:
            Recorder(f"http://me:secret@{address}", CARD).open()
    message = str(caught.value)
    assert message.startswith(f"http://{address}: MLflow cannot be used there: ")
    assert "MLFLOW_TRACKING_URI" in message.splitlines()[1]
    assert "secret" not in message


def test_a_database_that_cannot_be_made_is_named_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ServiceUnavailable, match=r"file/mlflow\.db: MLflow cannot be used there: .*exists"):
        Recorder(f"sqlite:///{tmp_path}/file/mlflow.db", CARD).open()


def test_a_file_that_is_no_database_is_named_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "mlflow.db").write_text("something else " * 100)
    with pytest.raises(ServiceUnavailable, match=r"mlflow\.db: MLflow cannot be used there: file is not a database"):
        Recorder(f"sqlite:///{tmp_path}/mlflow.db", CARD).open()
