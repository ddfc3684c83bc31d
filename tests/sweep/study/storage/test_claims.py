"""How studies share a cluster: evenly, in turn where there are too many, and by what all of them can read."""

import multiprocessing
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from sweep.core.share import Part, alone
from sweep.study.storage import claims
from sweep.study.storage.claims import TURN_SECONDS, Claim, Sharing, join, parts
from sweep.study.storage.lease import Lease
from sweep.study.storage.optuna_storage import open_storage

START_SECONDS = 20.0  # of a worker


def claimed(places: int, *wanted: int) -> list[Claim]:
    """Studies whose workers take a place each."""
    return [Claim(wants, 1 / places) for wants in wanted]


@pytest.mark.parametrize(
    ("places", "wanted", "given"),
    [
        (2, [2], [2]),
        (2, [2, 2], [1, 1]),
        (3, [3, 3], [2, 1]),
        (8, [1, 8], [1, 7]),
        (8, [8, 2, 8], [3, 2, 3]),
        (4, [4, 0], [4, 0]),
        (100, [100, 100, 100], [34, 33, 33]),
    ],
)
def test_places_are_parted_evenly_and_what_one_does_not_want_others_get(
    places: int, wanted: list[int], given: list[int]
) -> None:
    assert parts(claimed(places, *wanted), now=0.0) == given


def test_large_workers_count_for_what_they_take() -> None:
    large, small = Claim(2, size=1 / 2), Claim(4, size=1 / 4)
    assert parts([large, small], now=0.0) == [1, 2]
    assert parts([replace(large, wants=1), replace(small, wants=1)], now=0.0) == [1, 1]


CLAIMS = st.lists(
    st.builds(Claim, st.integers(0, 6), st.sampled_from([1 / 6, 1 / 3, 1 / 2, 1.0])), min_size=1, max_size=9
)


@given(CLAIMS)
def test_nobody_gets_more_than_there_is_or_than_is_wanted_and_nothing_stays_that_somebody_could_use(
    wanted: list[Claim],
) -> None:
    given = parts(wanted, now=0.0)
    taken = sum(n * claim.size for n, claim in zip(given, wanted, strict=True))
    assert taken <= 1 + 1e-6
    assert all(n <= claim.wants for n, claim in zip(given, wanted, strict=True))
    if all(n or not claim.wants for n, claim in zip(given, wanted, strict=True)):
        could = [claim.size for n, claim in zip(given, wanted, strict=True) if n < claim.wants]
        assert all(taken + size > 1 + 1e-9 for size in could)


def test_who_has_waited_longest_is_next_and_who_has_its_turn_keeps_it() -> None:
    first, second = Claim(1, 1.0, since=5.0), Claim(1, 1.0, since=3.0)
    assert parts([first, second], now=9.0) == [0, 1]
    second = replace(second, holds=True, since=10.0)
    assert parts([first, second], now=10.0 + TURN_SECONDS - 1) == [0, 1]
    assert parts([first, second], now=10.0 + TURN_SECONDS) == [1, 0]


def test_who_waits_for_much_is_not_passed_by_those_who_need_little() -> None:
    over, fresh = Claim(1, 1 / 2, holds=True, since=0.0), Claim(1, 1 / 2, holds=True, since=10.0)
    large = Claim(1, 1.0, since=5.0)
    assert parts([over, fresh, large], now=9.0 + TURN_SECONDS) == [0, 1, 0]
    assert parts([over, fresh, large], now=10.0 + TURN_SECONDS) == [0, 0, 1]


@given(
    st.lists(st.sampled_from([1 / 4, 1 / 2, 1.0]), min_size=2, max_size=7),
    st.lists(st.floats(0, 60), min_size=7, max_size=7),
)
def test_every_study_gets_its_turns_and_as_many_as_any_other_of_its_size(
    sizes: list[float], joined: list[float]
) -> None:
    held = simulated([Claim(1, size, since=since) for size, since in zip(sizes, joined, strict=False)], turns=40)
    assert all(held)
    for size in set(sizes):
        same = [n for n, each in zip(held, sizes, strict=True) if each == size]
        assert max(same) - min(same) <= 0.5 * max(same) + 2


def simulated(waiting: Sequence[Claim], turns: int) -> list[int]:
    """How often each had its turn, where everybody does what is right and a worker takes its time to start."""
    studies, held, starts = list(waiting), [0] * len(waiting), [0.0] * len(waiting)
    for now in range(100, 100 + int(turns * TURN_SECONDS), 5):
        for i, may in enumerate(parts(studies, now)):
            if studies[i].holds and not may:
                studies[i], starts[i] = replace(studies[i], holds=False, since=now), 0.0
            elif may and not studies[i].holds:
                starts[i] = starts[i] or now
                if now - starts[i] >= START_SECONDS:
                    studies[i] = replace(studies[i], holds=True, since=now)
                    held[i] += 1
    return held


@pytest.fixture
def leaders(url: str) -> Iterator[list[Lease]]:
    """Of three studies."""
    leading = [Lease(url, name) for name in ("one", "two", "three")]
    for each in leading:
        each.acquire()
    yield leading
    for each in leading:
        each.release()


def test_who_has_a_cluster_of_its_own_has_all_of_it(leaders: list[Lease]) -> None:
    assert join(leaders[0], None) is alone
    assert alone(7, 1 / 7, False) == Part(7)


def test_studies_on_one_cluster_see_each_other_and_those_on_others_do_not_count(leaders: list[Lease]) -> None:
    one, two = Sharing(leaders[0], "here"), Sharing(leaders[1], "here")
    elsewhere = Sharing(leaders[2], "there")
    assert one(4, 1 / 4, False) == Part(4)
    assert two(4, 1 / 4, False) == Part(2, studies=2)
    assert one(4, 1 / 4, True) == Part(2, studies=2)
    assert elsewhere(4, 1 / 4, False) == Part(4)


def test_what_a_study_no_longer_wants_is_the_others_at_once(leaders: list[Lease]) -> None:
    one, two = Sharing(leaders[0], "here"), Sharing(leaders[1], "here")
    one(4, 1 / 4, True)
    two(4, 1 / 4, True)
    one(1, 1 / 4, True)
    assert two(4, 1 / 4, True) == Part(3, studies=2)
    leaders[0].release()
    assert two(4, 1 / 4, True) == Part(4)


def test_three_studies_take_turns_at_one_place(leaders: list[Lease], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claims, "TURN_SECONDS", 0.0)
    studies = [Sharing(leader, "here") for leader in leaders]
    at_work, turns = -1, []
    for study in studies:
        study(1, 1.0, False)
    for _ in range(6):
        may = [study(1, 1.0, number == at_work).workers for number, study in enumerate(studies)]
        assert sum(may) <= 1
        at_work = may.index(1)
        turns.append(at_work)
        studies[at_work](1, 1.0, True)
        time.sleep(0.02)  # for clocks that count milliseconds
        assert studies[at_work](1, 1.0, True).workers == 0
    assert turns == [0, 1, 2] * 2


def test_a_ledger_that_is_away_says_what_it_said_last(leaders: list[Lease], monkeypatch: pytest.MonkeyPatch) -> None:
    one = Sharing(leaders[0], "here")
    one(3, 1 / 4, False)
    monkeypatch.setattr(one, "_engine", sa.create_engine("postgresql+psycopg://127.0.0.1:9/nobody"))
    assert one(4, 1 / 4, False) == Part(3)


def test_claims_of_launchers_that_are_gone_are_taken_away_by_the_next(leaders: list[Lease]) -> None:
    Sharing(leaders[0], "here")(4, 1 / 4, False)
    leaders[0].release()
    two = Sharing(leaders[1], "here")
    assert two(4, 1 / 4, False) == Part(4)
    with leaders[1].engine.connect() as connection:
        assert connection.execute(sa.select(claims._claims.c.token)).scalars().all() == [leaders[1].token]


def _begin(url: str, study: str, ready: Any) -> None:
    ready.wait()
    lease = Lease(url, study)
    lease.acquire()
    open_storage(url)
    join(lease, "here")
    lease.release()


@pytest.mark.lengthy
def test_studies_that_begin_a_ledger_at_the_same_moment_all_can(url: str) -> None:
    spawn = multiprocessing.get_context("forkserver")
    ready = spawn.Barrier(4)
    launchers = [spawn.Process(target=_begin, args=(url, f"study-{n}", ready)) for n in range(4)]
    for each in launchers:
        each.start()
    for each in launchers:
        each.join()
    assert [each.exitcode for each in launchers] == [0, 0, 0, 0]
