"""The cluster of a launch begins while its data are read, and is left behind whatever becomes of the study."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sweep.config.sections import Workers
from sweep.core.errors import ConfigError, ServiceUnavailable
from sweep.execution import cluster
from sweep.launch import data, session
from sweep.launch.beginning import begun

LONG = 250.0  # seconds; only a test that fails waits that long
STUDY = """
name: small
data: {kind: task, name: lag_copy, lag: 3, length: 400, seed: 0}
"""


class Cluster:
    """Stands in for Ray, and notes what happens to it. may_start: its start is over no sooner."""

    def __init__(self) -> None:
        self.events: list[str] = []
        self.starting, self.may_start = threading.Event(), threading.Event()
        self.may_start.set()
        self.error: Exception | None = None
        self.thread = threading.current_thread()

    def connect(self, *_: Any) -> None:
        self.thread = threading.current_thread()
        self.events.append("starts")
        self.starting.set()
        assert self.may_start.wait(LONG)
        if self.error:
            raise self.error
        self.events.append("has started")

    def warmed(self, _: Workers) -> list[str]:
        self.events.append("workers")
        return ["a worker"]

    def disconnect(self) -> None:
        self.events.append("ends")


@pytest.fixture
def ray(monkeypatch: pytest.MonkeyPatch) -> Cluster:
    stand_in = Cluster()
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    monkeypatch.setattr(cluster, "connect", stand_in.connect)
    monkeypatch.setattr(cluster, "disconnect", stand_in.disconnect)
    monkeypatch.setattr(cluster, "warmed", stand_in.warmed)
    return stand_in


@pytest.fixture
def launch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    monkeypatch.chdir(tmp_path)

    def launch(study: str) -> None:
        Path("study.yaml").write_text(study)
        session.run("study.yaml", (), "text", as_json=True)

    return launch


def refusing_data(before: Callable[[], object]) -> Callable[..., None]:
    """Loads data that are refused, after something else."""

    def load(*_: object) -> None:
        before()
        raise ConfigError("the data are wrong")

    return load


def test_it_begins_before_the_data_are_read(
    ray: Cluster, launch: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def read() -> None:
        assert ray.starting.wait(LONG)
        ray.events.append("data")
        ray.may_start.set()

    monkeypatch.setattr(data, "load_data", refusing_data(read))
    ray.may_start.clear()
    with pytest.raises(ConfigError, match="the data are wrong"):
        launch(STUDY)
    assert ray.events == ["starts", "data", "has started", "ends"]


def test_a_study_whose_file_is_refused_begins_none(ray: Cluster, launch: Callable[[str], None]) -> None:
    with pytest.raises(ConfigError, match="no such field"):
        launch(f"{STUDY}\ntrials: 3\n")
    assert ray.events == []


def test_the_thread_that_has_started_it_lives_as_long_as_it_does(ray: Cluster) -> None:
    with begun(Workers()) as ready:
        assert ready() == ["a worker"]
        assert ray.thread is not threading.current_thread()
        assert ray.thread.is_alive()
    ray.thread.join(LONG)
    assert not ray.thread.is_alive()


def test_that_it_cannot_start_is_an_error_for_who_asks_for_it(ray: Cluster) -> None:
    ray.error = ServiceUnavailable("no room")
    with begun(Workers()) as ready:
        ray.starting.wait(LONG)
        with pytest.raises(ServiceUnavailable, match="no room"):
            ready()
    assert ray.events == ["starts", "ends"]


def test_that_it_cannot_start_hides_no_error_of_the_study(ray: Cluster) -> None:
    ray.error = ServiceUnavailable("no room")
    with pytest.raises(ConfigError, match="the data are wrong"), begun(Workers()):
        raise ConfigError("the data are wrong")


def test_one_that_others_use_too_is_joined_when_it_is_needed_and_no_sooner(
    ray: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAY_ADDRESS", "10.0.0.1:6379")
    with begun(Workers()) as ready:
        assert ray.events == []
        assert ready() == ()
        assert ray.thread is threading.current_thread()
    assert ray.events == ["starts", "has started", "ends"]
