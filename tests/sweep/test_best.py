"""The best trial's weights are on disk from the moment it is the best, and no others are."""

from pathlib import Path

import pytest

from sweep.best import BestModel
from sweep.errors import ServiceUnavailable
from sweep.trials import Outcome, Trial
from workers.spec import Objective, TrialSpec


def trial(number: int) -> Trial:
    return Trial(number, TrialSpec(), TrialSpec(), str(number), 0)


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> BestModel:
    monkeypatch.chdir(tmp_path)
    return BestModel("small", Objective(), None)


def test_the_best_is_kept_and_replaces_what_was_best_before(kept: BestModel) -> None:
    for number, value in enumerate([3.0, 1.0, 2.0]):
        kept.ended(trial(number), Outcome("complete", value), str(number).encode())
    assert kept.checkpoint(trial(1)) == b"1"
    assert [path.name for path in Path("artifacts/small").iterdir()] == ["trial-1.npz"]


@pytest.mark.parametrize(
    "outcome", [Outcome("pruned", 0.5), Outcome("failed"), Outcome("complete", 0.5, reused_from=0)]
)
def test_what_did_not_run_to_its_end_is_not_kept(kept: BestModel, outcome: Outcome) -> None:
    kept.ended(trial(0), outcome, None if outcome.reused_from == 0 else b"weights")
    assert kept.checkpoint(trial(0)) is None


def test_a_folder_that_cannot_be_written_is_named_before_anything_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("artifacts").write_text("a file is in the way")
    with pytest.raises(ServiceUnavailable, match="artifacts/small: the best model cannot be kept there"):
        BestModel("small", Objective(), None)
