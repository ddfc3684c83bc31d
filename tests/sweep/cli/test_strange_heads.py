"""What answers at a Ray head's address is slow, endless or something else: nobody waits for ever, and it is told."""

from collections.abc import Callable, Iterator

import pytest

from sweep.cli.main import main
from sweep.execution.cluster import jobs
from tests.sweep.strangers import HEAD, Answer, dripping, endless, saying, strangers

LATE = "the answer was not whole after 1 s"
ANSWERS: dict[str, tuple[Answer, str]] = {
    "a body by drops": (dripping(HEAD + b"Content-Length: 1000\r\n\r\n", b" "), LATE),
    "a head by drops": (dripping(HEAD + b"X: ", b"x"), "Failed to connect"),
    "a body without end": (endless, "the answer is longer than 1,000,000 bytes"),
    "something else": (saying(b"<html>"), "cannot be used"),
}


@pytest.fixture
def head(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Answer], str]]:
    """Starts a stranger in a head's place; its address."""
    monkeypatch.setattr(jobs, "A_READ", 0.5)
    monkeypatch.setattr(jobs, "ANSWER_BYTES", 1_000_000)
    monkeypatch.setattr(jobs, "ANSWER_RATE", 0.0)
    with strangers() as start:
        yield start


@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize("command", ["list", "logs", "stop"])
def test_it_ends_with_69_and_says_what_it_saw(
    head: Callable[[Answer], str], answer: str, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    answers, seen = ANSWERS[answer]
    named = [] if command == "list" else ["copy"]
    assert main([command, *named, "--address", head(answers)]) == 69
    assert seen in capsys.readouterr().err
