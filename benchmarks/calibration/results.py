"""The results of studies, a line of JSON each, in a file that is only ever added to."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from sweep.comparison.verdict import Verdict


@dataclass(frozen=True)
class Result:
    """What one study came to.

    digest     of its condition: benchmarks.calibration.conditions
    machine    what it ran on, in words
    code       the version of this program
    day        on which it ended, as 2026-11-26
    decisions  by arm, the reference's included
    obstacles  of the undecided arms
    placebo    what was said of the reference's twin, if there was one
    trained    runs of the comparison; 0 where they were not counted
    spared     runs that were not needed, of a comparison that stops when it is decided
    """

    condition: str
    digest: str
    number: int
    seconds: float
    machine: str
    code: str
    day: str
    decisions: dict[str, str]
    obstacles: dict[str, str]
    placebo: str | None
    trained: int = 0
    spared: int = 0


def said(verdict: Verdict) -> tuple[dict[str, str], dict[str, str], str | None]:
    """The decisions, obstacles and placebo of a verdict."""
    return (
        {row.arm: row.decision for row in verdict.arms},
        {row.arm: row.obstacle for row in verdict.arms if row.obstacle},
        verdict.placebo.decision if verdict.placebo else None,
    )


class Results:
    """The results in a folder, which is made if it is not there.

    A line that was cut off is as if never written, and a study that was run twice, by two calls at a time, counts once.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / "results.jsonl"
        whole, _, cut = (self._path.read_bytes() if self._path.exists() else b"").rpartition(b"\n")
        if cut:
            self._path.write_bytes(whole + b"\n" if whole else b"")
        lines = [Result(**json.loads(line)) for line in whole.splitlines()]
        self._results = list({(result.digest, result.number): result for result in lines}.values())

    def __iter__(self) -> Iterator[Result]:
        """In the order in which they were added."""
        return iter(self._results)

    def add(self, result: Result) -> None:
        """Write a result down."""
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(result)) + "\n")
        self._results.append(result)
