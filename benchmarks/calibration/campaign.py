"""The studies that are missing: in which order they are run, on how many processes, and how long that will take."""

import multiprocessing
import signal
import statistics
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from datetime import UTC, datetime
from typing import NamedTuple

from benchmarks import machine
from benchmarks.calibration.conditions import Condition, digest, quiet
from benchmarks.calibration.results import Result, Results, said


class Task(NamedTuple):
    """One study."""

    condition: Condition
    number: int


def missing(conditions: Sequence[Condition], results: Iterable[Result]) -> list[Task]:
    """The studies without a result; of every condition the same part first, so that whatever is there is even."""
    known = {(result.digest, result.number) for result in results}
    tasks = [Task(each, number) for each in conditions for number in range(each.planned)]
    wanted = [task for task in tasks if (digest(task.condition), task.number) not in known]
    return sorted(wanted, key=lambda task: task.number / task.condition.planned)


def pilot(conditions: Sequence[Condition], results: Iterable[Result]) -> list[Task]:
    """One study of each condition of which none was run: what it takes says how long the others will."""
    timed = {result.digest for result in results}
    unknown = [condition for condition in conditions if digest(condition) not in timed]
    return [Task(condition, 0) for condition in unknown]


def hours(tasks: Iterable[Task], results: Iterable[Result], processes: int) -> float:
    """How long these take if each takes as long as the others of its condition did."""
    seconds: dict[str, list[float]] = {}
    for result in results:
        seconds.setdefault(result.digest, []).append(result.seconds)
    return sum(statistics.fmean(seconds[digest(task.condition)]) for task in tasks) / processes / 3600


def run(tasks: Sequence[Task], results: Results, processes: int, until: float = float("inf")) -> int:
    """Run these studies and write each result down; until then, in seconds since 1970. Returns how many were run."""
    done = 0
    for result in _each(tasks, processes, until):
        results.add(result)
        done += 1
    return done


def one(task: Task) -> Result:
    """Run a study."""
    quiet()
    began = time.perf_counter()
    verdict = task.condition.verdict(task.number)
    seconds, day = time.perf_counter() - began, datetime.now(UTC).date().isoformat()
    decisions, obstacles, twin = said(verdict)
    return Result(
        condition=task.condition.name,
        digest=digest(task.condition),
        number=task.number,
        seconds=round(seconds, 3),
        machine=machine.described(),
        code=machine.code(),
        day=day,
        decisions=decisions,
        obstacles=obstacles,
        placebo=twin,
        trained=sum(cell.seeds for cell in verdict.cells),
        spared=verdict.spared,
    )


def _each(tasks: Sequence[Task], processes: int, until: float) -> Iterator[Result]:
    """As they end. One process is this one."""
    if processes == 1:
        yield from (one(task) for task in tasks if time.time() < until)
        return
    waiting = iter(tasks)
    running: set[Future[Result]] = set()
    with ProcessPoolExecutor(processes, multiprocessing.get_context("spawn"), _uninterrupted) as pool:
        while True:
            while len(running) < processes and time.time() < until and (task := next(waiting, None)):
                running.add(pool.submit(one, task))
            if not running:
                return
            ended, running = wait(running, return_when=FIRST_COMPLETED)
            yield from (future.result() for future in ended)


def _uninterrupted() -> None:
    """Leave Ctrl-C, which every process of a terminal hears, to the one that waits for this."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
