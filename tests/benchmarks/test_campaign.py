"""The studies of a calibration: none is run twice, what was cut off is run again, and what was changed is run anew."""

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from benchmarks.calibration import campaign, plan
from benchmarks.calibration.__main__ import main
from benchmarks.calibration.conditions import Part, digest
from benchmarks.calibration.page import COUNTS, PAGE
from benchmarks.calibration.results import Results
from sweep.comparison.verdict import ArmVerdict, Decision, Recommendation, Verdict
from tests.paths import ROOT


class Numbers(list[int]):
    """Of studies that were run; which ones is no part of what a condition is."""

    def __repr__(self) -> str:
        return "Numbers"


@dataclass(frozen=True)
class Fake:
    """Studies of which every one says the same."""

    name: str
    planned: int = 3
    decision: Decision = "undecided"
    part: Part = "made-up"
    made: Numbers = field(default_factory=Numbers)

    def verdict(self, number: int) -> Verdict:
        self.made.append(number)
        arms = [ArmVerdict(name, "A", 10, 1.0, 0.1, 1.0, 0.0, said, 1.0) for name, said in self.said]
        return Verdict("stateless", 0.01, 0.95, 0.95, 0, True, tuple(arms), Recommendation("stateless", "A", 1.0, 0.0))

    @property
    def said(self) -> list[tuple[str, Decision]]:
        return [("stateless", "reference"), ("every_epoch", self.decision)]


def run(conditions: Sequence[Fake], folder: Path) -> Results:
    results = Results(folder)
    campaign.run(campaign.missing(conditions, results), results, processes=1)
    return results


def test_every_planned_study_is_run_once(tmp_path: Path) -> None:
    fakes = [Fake("a"), Fake("b", planned=2)]
    run(fakes, tmp_path)
    assert [sorted(fake.made) for fake in fakes] == [[0, 1, 2], [0, 1]]


def test_of_every_condition_the_same_part_is_run_first() -> None:
    tasks = campaign.missing([Fake("a", planned=4), Fake("b", planned=2)], ())
    assert [(task.condition.name, task.number) for task in tasks] == [
        *[("a", 0), ("b", 0)],
        *[("a", 1)],
        *[("a", 2), ("b", 1)],
        *[("a", 3)],
    ]


def test_a_second_call_repeats_nothing(tmp_path: Path) -> None:
    first = list(run([Fake("a")], tmp_path))
    again = Fake("a")
    assert list(run([again], tmp_path)) == first
    assert again.made == []


def test_a_call_goes_on_where_an_earlier_one_was_cut_off(tmp_path: Path) -> None:
    run([Fake("a")], tmp_path)
    file = tmp_path / "results.jsonl"
    file.write_bytes(file.read_bytes()[:-20])  # the last line was being written
    again = Fake("a")
    results = run([again], tmp_path)
    assert again.made == [2]
    assert sorted(result.number for result in results) == [0, 1, 2]
    assert [result.number for result in Results(tmp_path)] == [0, 1, 2]


def test_a_study_that_two_calls_ran_at_once_counts_once(tmp_path: Path) -> None:
    run([Fake("a")], tmp_path)
    file = tmp_path / "results.jsonl"
    file.write_bytes(file.read_bytes() * 2)
    assert sorted(result.number for result in Results(tmp_path)) == [0, 1, 2]


def test_a_part_that_does_not_exist_is_refused_with_those_that_do(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["placebos"])
    assert "no part 'placebos'; these are: made-up, steps, placebo, seeds" in capsys.readouterr().err


def test_more_planned_studies_are_run_beside_those_there_are(tmp_path: Path) -> None:
    run([Fake("a", planned=2)], tmp_path)
    more = Fake("a", planned=4)
    assert digest(more) == digest(Fake("a", planned=2))
    run([more], tmp_path)
    assert more.made == [2, 3]


def test_results_of_a_condition_that_was_changed_count_no_more(tmp_path: Path) -> None:
    run([Fake("a")], tmp_path)
    changed = Fake("a", decision="better")
    run([changed], tmp_path)
    assert changed.made == [0, 1, 2]


def test_no_study_is_begun_when_the_time_is_up(tmp_path: Path) -> None:
    results, fake = Results(tmp_path), Fake("a")
    assert campaign.run(campaign.missing([fake], results), results, processes=1, until=0.0) == 0
    assert fake.made == []


def test_the_hours_are_those_of_the_studies_that_were_timed(tmp_path: Path) -> None:
    fakes = [Fake("a", planned=10), Fake("b", planned=10)]
    pilot = campaign.pilot(fakes, ())
    assert [(task.condition.name, task.number) for task in pilot] == [("a", 0), ("b", 0)]
    results = Results(tmp_path)
    for task, seconds in zip(pilot, (10.0, 30.0), strict=True):
        results.add(replace(campaign.one(task), seconds=seconds))
    wanted = campaign.missing(fakes, results)
    assert campaign.hours(wanted, results, processes=2) == pytest.approx((9 * 10 + 9 * 30) / 2 / 3600)


def test_a_made_up_study_says_the_same_again() -> None:
    task = campaign.Task(plan.equal("seeds", crossed=True), 3)
    first, again = campaign.one(task), campaign.one(task)
    assert first == replace(again, seconds=first.seconds, day=first.day)


def test_no_two_conditions_have_a_name_or_a_digest_in_common() -> None:
    conditions = plan.everything()
    assert len({condition.name for condition in conditions}) == len(conditions)
    assert len(set(map(digest, conditions))) == len(conditions)


@pytest.mark.slow
@pytest.mark.campaign
@pytest.mark.tensorflow
@pytest.mark.timeout(900)  # half a minute of computing, on whatever part of a busy machine there is
def test_a_quick_calibration_runs_each_part_and_writes_its_page_and_goes_on(tmp_path: Path) -> None:
    assert "4 studies are missing" in quick(tmp_path)
    folder = tmp_path / "quick"
    assert {result.condition for result in Results(folder)} == {condition.name for condition in plan.quick()}
    page = (folder / PAGE).read_text(encoding="utf-8")
    assert "4 studies" in page
    assert "All that is planned was run." in page
    assert "0 studies are missing" in quick(tmp_path)
    assert (folder / COUNTS).exists()


def quick(folder: Path) -> str:
    """What a quick calibration says, which is called as make calls it."""
    command = [sys.executable, "-m", "benchmarks.calibration", "--quick", "--folder", str(folder)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True).stdout
