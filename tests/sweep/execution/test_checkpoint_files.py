"""Checkpoints: whole or not believed, one a trial, and of finished trials only the best one's."""

import os
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.core.errors import CannotWrite, ServiceUnavailable
from sweep.core.trials import Outcome, Run, Stage, Trial, best_first
from sweep.execution import checkpoint_files
from sweep.execution.checkpoint_files import Checkpoints
from workers.objective import Objective
from workers.spec import TrialSpec


def trial(number: int, stage: Stage = "search") -> Trial:
    return Trial(number, TrialSpec(), TrialSpec(), f"key-{number}", 0, stage=stage)


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Checkpoints:
    monkeypatch.chdir(tmp_path)
    return Checkpoints("small", Objective())


def names() -> list[str]:
    return sorted(path.name for path in Path("artifacts/small").iterdir())


def test_what_was_saved_last_is_loaded_also_by_another_launcher(kept: Checkpoints) -> None:
    kept.save(trial(3), 1, b"first")
    kept.save(trial(3), 2, b"second\nwith a line")
    assert Checkpoints("small", Objective()).load(trial(3)) == (2, b"second\nwith a line")
    assert names() == ["search-3.checkpoint"]


def test_search_and_comparison_do_not_share(kept: Checkpoints) -> None:
    kept.save(trial(3), 1, b"search")
    assert kept.load(trial(3, "compare")) is None


@given(st.data())
def test_a_torn_or_altered_file_is_not_believed(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    path = tmp_path_factory.mktemp("torn") / "search-0.checkpoint"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checkpoint_files, "ARTIFACTS", path.parent)
        Checkpoints("", Objective()).save(trial(0), 1, bytes(range(50)))
    whole = path.read_bytes()
    cut = data.draw(st.integers(0, len(whole) - 1))
    flipped = bytearray(whole)
    flipped[cut] ^= data.draw(st.integers(1, 255))
    path.write_bytes(data.draw(st.sampled_from([whole[:cut], bytes(flipped)])))
    assert checkpoint_files.read(path, "key-0") in (None, (1, bytes(range(50))))
    assert checkpoint_files.read(path, "key-1") is None


def test_a_checkpoint_of_another_trial_under_the_same_number_is_not_believed(kept: Checkpoints) -> None:
    kept.save(trial(0), 1, b"weights")
    other = Trial(0, TrialSpec(), TrialSpec(), "another key", 0)
    assert kept.load(other) is None


@pytest.mark.parametrize("order", [(1, 4, 2), (4, 2, 1), (2, 4, 1)])
@pytest.mark.parametrize(("metric", "value"), [("validation/accuracy", 0.75), ("validation/accuracy", 0.0)])
def test_of_equals_the_weights_of_the_lowest_number_stay_whichever_ended_first(
    order: tuple[int, ...], metric: str, value: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    objective = Objective(metric, "maximize")
    kept, ended = Checkpoints("small", objective), list[Run]()
    for number in order:
        ended.append(Run(trial(number), Outcome("complete", value)))
        kept.save(trial(number), 1, str(number).encode())
        kept.on_trial_end(*ended[-1])
    shown = best_first(ended, objective)[0].trial
    assert shown.number == 1
    assert names() == ["search-1.checkpoint"]


def test_the_best_ones_weights_stay_until_a_better_one_ends(kept: Checkpoints) -> None:
    for number, value in enumerate([3.0, 1.0, 2.0]):
        kept.save(trial(number), 1, str(number).encode())
        kept.on_trial_end(trial(number), Outcome("complete", value))
    assert names() == ["search-1.checkpoint"]
    assert kept.load(trial(1)) == (1, b"1")


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize(("goal", "worse"), [("minimize", 0.5), ("maximize", -0.5)])
def test_a_value_of_0_is_the_best_where_none_is_better(goal: Literal["minimize", "maximize"], worse: float) -> None:
    files = Checkpoints("small", Objective(goal=goal))
    for number, value in enumerate((0.0, worse)):
        files.save(trial(number), 5, b"weights")
        files.on_trial_end(trial(number), Outcome("complete", value))
    assert names() == ["search-0.checkpoint"]


@pytest.mark.parametrize(
    "outcome", [Outcome("pruned", 0.5), Outcome("failed"), Outcome("complete", 0.5, reused_from=0)]
)
def test_what_did_not_run_to_its_end_is_not_kept(kept: Checkpoints, outcome: Outcome) -> None:
    kept.save(trial(1), 1, b"weights")
    kept.on_trial_end(trial(1), outcome)
    assert names() == []


def test_the_next_launcher_keeps_what_is_unfinished_and_the_best_and_removes_the_rest(kept: Checkpoints) -> None:
    for number in range(4):
        kept.save(trial(number), 1, b"")
    kept.save(trial(0, "compare"), 1, b"")
    Path("artifacts/small/search-9.checkpoint.unfinished").write_bytes(b"half")
    again = Checkpoints("small", Objective())
    again.tidy("search", [trial(2)], Run(trial(1), Outcome("complete", 1.0)))
    assert names() == ["compare-0.checkpoint", "search-1.checkpoint", "search-2.checkpoint"]


def test_a_best_one_of_an_earlier_launch_gives_way_only_to_a_better_one(kept: Checkpoints) -> None:
    kept.save(trial(0), 1, b"best")
    again = Checkpoints("small", Objective())
    again.tidy("search", [], Run(trial(0), Outcome("complete", 1.0)))
    again.save(trial(1), 1, b"worse")
    again.on_trial_end(trial(1), Outcome("complete", 2.0))
    assert names() == ["search-0.checkpoint"]


def test_a_folder_that_cannot_be_written_is_named_before_anything_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("artifacts").write_text("a file is in the way")
    with pytest.raises(ServiceUnavailable, match="artifacts/small: nothing can be kept there"):
        Checkpoints("small", Objective())


def test_a_full_disk_is_said_at_once_and_leaves_the_last_whole_one(
    kept: Checkpoints, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept.save(trial(0), 1, b"whole")

    def full(*_: object) -> int:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(CannotWrite, match=r"No space left.*\n.*Make room, and the same command continues"):
        kept.save(trial(0), 2, b"more")
    assert kept.load(trial(0)) == (1, b"whole")


@pytest.mark.usefixtures("kept")
def test_of_the_comparison_the_weights_stay_of_complete_runs_that_may_be_deployed() -> None:
    files = Checkpoints("small", Objective(), may_be_deployed=lambda trial: trial.number > 0)
    for number in range(3):
        files.save(trial(number, "compare"), 40, b"weights")
    files.on_trial_end(trial(0, "compare"), Outcome("complete", 1.0))
    files.on_trial_end(trial(1, "compare"), Outcome("complete", 1.0))
    files.on_trial_end(trial(2, "compare"), Outcome("failed", diverged=True))
    assert names() == ["compare-1.checkpoint"]
    assert files.weights(trial(1, "compare")) == b"weights"
    files.tidy("compare", [])
    assert names() == []


def test_a_checkpoint_before_the_last_epoch_holds_no_weights_of_a_model(kept: Checkpoints) -> None:
    kept.save(trial(0), TrialSpec().epochs - 1, b"weights")
    assert kept.weights(trial(0)) is None
