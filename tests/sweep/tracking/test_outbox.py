"""Outbox: in order, again until it succeeds, never in the way of whoever hands work in."""

import threading
import time
from functools import partial

import pytest

from sweep.tracking.outbox import Away, Outbox

LONG = 240.0  # seconds; none of these tests waits that long unless it fails


@pytest.fixture
def outbox() -> Outbox:
    return Outbox(pause=0.001)


class Flaky:
    """Away for the first few calls; then it notes that it was done."""

    def __init__(self, done: list[str], name: str, failures: int, error: type[Exception] = Away) -> None:
        self.done, self.name, self.failures, self.error = done, name, failures, error

    def __call__(self) -> None:
        if self.failures:
            self.failures -= 1
            raise self.error(f"{self.name} failed")
        self.done.append(self.name)


def test_work_is_done_in_the_order_of_its_coming(outbox: Outbox) -> None:
    done: list[str] = []
    for name in "abc":
        outbox.put(Flaky(done, name, failures=0))
    assert outbox.close(LONG) == 0
    assert done == ["a", "b", "c"]


def test_an_outage_is_waited_out_and_nothing_overtakes(outbox: Outbox) -> None:
    done: list[str] = []
    outbox.put(Flaky(done, "a", failures=7))
    outbox.put(Flaky(done, "b", failures=0))
    assert outbox.close(LONG) == 0
    assert done == ["a", "b"]


def test_what_fails_twice_for_good_is_given_up_and_the_rest_goes_on(outbox: Outbox) -> None:
    done: list[str] = []
    outbox.put(Flaky(done, "a", failures=2, error=ValueError))
    outbox.put(Flaky(done, "b", failures=1, error=ValueError))
    assert outbox.close(LONG) == 1
    assert done == ["b"]


def test_the_last_error_is_kept_for_whoever_asks_what_is_wrong(outbox: Outbox) -> None:
    outbox.put(Flaky([], "a", failures=1))
    outbox.close(LONG)
    assert outbox.last_error == "a failed"


def test_handing_in_does_not_wait_for_work_that_hangs(outbox: Outbox) -> None:
    release = threading.Event()
    outbox.put(lambda: release.wait(LONG) and None)
    outbox.put(lambda: None)
    assert outbox.waiting == 2
    release.set()


def test_closing_says_how_much_was_not_done(outbox: Outbox) -> None:
    release = threading.Event()
    outbox.put(lambda: release.wait(LONG) and None)
    outbox.put(lambda: None)
    assert outbox.close(timeout=0) == 2
    release.set()


def test_stopping_lets_what_is_being_done_end_and_begins_nothing_more(outbox: Outbox) -> None:
    done: list[str] = []
    under_way = threading.Event()

    def slow() -> None:
        under_way.set()
        outbox._hurry.wait(LONG)  # until it is told to stop
        done.append("a")

    outbox.put(slow)
    outbox.put(Flaky(done, "b", failures=0))
    assert under_way.wait(LONG)
    outbox.stop(LONG)
    assert done == ["a"]


def test_stopping_does_not_wait_again_for_what_closing_has_waited_for(outbox: Outbox) -> None:
    release = threading.Event()
    outbox.put(lambda: release.wait(LONG) and None)
    assert outbox.close(timeout=0) == 1
    outbox.stop(LONG)
    assert not release.is_set()
    release.set()


def test_closing_ends_a_long_pause() -> None:
    outbox = Outbox(pause=LONG, longest_pause=LONG)
    done: list[str] = []
    outbox.put(Flaky(done, "a", failures=1))
    assert outbox.close(LONG / 2) == 0
    assert done == ["a"]


def test_an_outage_may_last_as_long_as_it_likes() -> None:
    outbox = Outbox(pause=0.5, longest_pause=0)
    done: list[str] = []
    outbox.put(Flaky(done, "a", failures=2000))
    while outbox.waiting:
        pass
    assert done == ["a"]
    outbox.close(LONG)


def test_an_outage_is_announced_once_and_so_is_its_end() -> None:
    said: list[str] = []
    outbox = Outbox(pause=0.001, on_away=said.append, on_back=lambda: said.append("back"))
    outbox.put(Flaky([], "a", failures=5))
    outbox.put(Flaky([], "b", failures=0))
    assert outbox.close(LONG) == 0
    assert said == ["a failed", "back"]


def test_a_hiccup_is_not_worth_a_word() -> None:
    said: list[str] = []
    outbox = Outbox(pause=0.001, on_away=said.append, on_back=lambda: said.append("back"))
    for name in "abc":
        outbox.put(Flaky([], name, failures=1))
    assert outbox.close(LONG) == 0
    assert said == []


class Clock:
    """The time of `drain`, to which each look takes 0.2 s, in which one piece of work is done."""

    def __init__(self, outbox: Outbox, work_may_go_on: threading.Semaphore) -> None:
        self.now, self._outbox, self._work_may_go_on = 0.0, outbox, work_may_go_on

    def monotonic(self) -> float:
        return self.now

    def sleep(self, _: float) -> None:
        self.now += 0.2
        left = self._outbox.waiting
        self._work_may_go_on.release()
        while self._outbox.waiting == left:
            time.sleep(0.001)


def test_draining_goes_on_for_as_long_as_something_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    outbox, done, may_go_on = Outbox(), list[int](), threading.Semaphore(0)
    monkeypatch.setattr("sweep.tracking.outbox.time", Clock(outbox, may_go_on))

    def work(number: int) -> None:
        may_go_on.acquire()
        done.append(number)

    for number in range(5):
        outbox.put(partial(work, number))
    outbox.drain(patience=0.3)
    assert done == list(range(5))
    outbox.close(LONG)


def test_nothing_is_done_before_it_is_to_begin_and_all_of_it_afterwards() -> None:
    outbox, done = Outbox(wait=LONG), list[str]()
    for name in "ab":
        outbox.put(Flaky(done, name, failures=0))
    time.sleep(0.05)
    assert done == []
    outbox.begin()
    outbox.drain(LONG)
    assert done == ["a", "b"]
    outbox.close(LONG)


def test_what_is_to_begin_later_begins_when_somebody_waits_for_it() -> None:
    outbox, done = Outbox(wait=LONG), list[str]()
    outbox.put(Flaky(done, "a", failures=0))
    assert outbox.close(LONG) == 0
    assert done == ["a"]


def test_draining_ends_when_nothing_is_done_any_more() -> None:
    outbox, held = Outbox(), threading.Event()
    outbox.put(lambda: held.wait(LONG) and None)
    outbox.wait_for(lambda: False, patience=0.05, under_way=0.1)
    assert outbox.waiting == 1
    held.set()
    outbox.close(LONG)


def test_draining_is_patient_with_what_is_slow_and_not_with_what_is_away() -> None:
    slow, done = Outbox(), list[str]()
    slow.put(lambda: time.sleep(0.2) or done.append("a"))  # type: ignore[func-returns-value]
    slow.drain(patience=0)
    assert done == ["a"]
    away = Outbox(pause=LONG)
    away.put(Flaky(done, "b", failures=LONG))  # type: ignore[arg-type]
    away.drain(patience=0)
    assert (away.failures, away.waiting) == (1, 1)
    for outbox in (slow, away):
        outbox.stop(LONG)


def test_waiting_ends_with_what_is_waited_for_and_when_it_can_come_no_more() -> None:
    outbox, done, held = Outbox(), list[str](), threading.Event()
    outbox.put(Flaky(done, "a", failures=2, error=ValueError))
    outbox.wait_for(lambda: bool(done), LONG)
    assert (done, outbox.given_up) == ([], 1)
    outbox.put(Flaky(done, "b", failures=0))
    outbox.put(lambda: held.wait(LONG) and None)
    outbox.wait_for(lambda: bool(done), LONG)
    assert (done, outbox.waiting) == (["b"], 1)
    held.set()
    outbox.close(LONG)
