"""What answers at MLflow's address says too little, too much or something else, or is too slow: that is told."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import sweep
from sweep.core.errors import ServiceUnavailable
from sweep.doctor.deployment.http_service import HttpService
from sweep.tracking import limits
from sweep.tracking.inspection import View
from sweep.tracking.recorder import Recorder
from tests.sweep.strangers import HEAD, Answer, dripping, endless, saying, strangers
from tests.sweep.tracking.worlds import CARD


@pytest.fixture
def stranger(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Answer], str]]:
    """Starts one; its address."""
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "1")  # seconds
    monkeypatch.setattr(limits, "ANSWER_BYTES", 1_000_000)
    with strangers() as start:
        yield start


LATE, STRANGE = r"the answer was not whole after 2 s, in which [\d,]+ bytes came", "it answers, but not as MLflow does"
ANSWERS: dict[str, tuple[Answer, str]] = {
    "a body by drops": (dripping(HEAD + b"Content-Length: 1000\r\n\r\n", b" "), LATE),
    "pieces without end": (dripping(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"), LATE),
    "a head by drops": (dripping(HEAD + b"X: ", b"x"), LATE),
    "a status by drops": (dripping(b"HTTP/1.1 200 ", b"x"), LATE),
    "a body without end": (endless, "the answer is longer than 1,000,000 bytes"),
    "compressed": (saying(b"x", b"Content-Encoding: gzip\r\n"), "the answer is in gzip, which was not asked for"),
    "nothing": (saying(b"{}"), f"{STRANGE}: its answer lacks the id of the experiment"),
    "null": (saying(b'{"experiment": null}'), f"{STRANGE}: its answer lacks the id of the experiment"),
    "something else": (saying(b'{"experiment": 5}'), f"{STRANGE}: its answer is none to what was asked"),
    "a list": (saying(b"[]"), "not in a valid JSON format"),
    "a page": (saying(b"<html>" + b"x" * 900_000), r"not in a valid JSON format.{0,500}\.\.\.$"),
}


@pytest.mark.parametrize("answer", ANSWERS)
def test_a_new_study_says_what_it_saw_in_place_of_mlflow(stranger: Callable[[Answer], str], answer: str) -> None:
    answers, seen = ANSWERS[answer]
    with pytest.raises(ServiceUnavailable) as caught:
        Recorder(stranger(answers), CARD).open()
    first = str(caught.value).splitlines()[0]
    assert "MLflow cannot be used there: " in first
    assert re.search(seen, first), first


@pytest.mark.parametrize("answer", ["a body by drops", "nothing", "something else"])
def test_so_does_whoever_looks_at_a_study_in_mlflow(stranger: Callable[[Answer], str], answer: str) -> None:
    answers, seen = ANSWERS[answer]
    with pytest.raises(ServiceUnavailable, match=seen):
        View(stranger(answers), "glucose")


@pytest.mark.parametrize("answer", ["a body by drops", "nothing", "something else"])
def test_so_does_whoever_fetches_a_model(
    stranger: Callable[[Answer], str], answer: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(
        ServiceUnavailable, match=r"cannot be had from MLflow: (the answer was not|it answers, but not)"
    ):
        sweep.load("models:/glucose@champion", stranger(ANSWERS[answer][0]))


@pytest.mark.parametrize("answer", ["a body by drops", "a head by drops"])
def test_the_doctor_waits_for_no_service_for_ever(
    stranger: Callable[[Answer], str], answer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sweep.doctor.deployment.http_service.TIMEOUT_SECONDS", 0.5)
    with pytest.raises(ServiceUnavailable, match="does not answer: the answer was not whole after"):
        HttpService(stranger(ANSWERS[answer][0])).request("/")
