"""What would run, arm by arm."""

import json
from pathlib import Path

import pytest

from sweep.cli.main import main
from sweep.launch.dry_run import described

STUDY = """
name: small
budget: {trials: 6}
data: {kind: task, name: lag_copy, lag: 3, length: 1000, seed: 0}
trial: {window: 5}
space:
  stateful: [true, false]
  reset_policy: [every_batch, every_n_batches, every_epoch]
  reset_interval: [2, 400]
  batch_size: [1, 2]
enqueue:
  - {name: per-sequence, stateful: true, reset_policy: every_sequence}
"""


@pytest.fixture(autouse=True)
def _study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("study.yaml").write_text(STUDY)


def test_it_is_what_a_dry_run_says_and_each_arm(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "study.yaml"]) == 0
    said = capsys.readouterr().out
    assert said.startswith(described("study.yaml", (), "text"))
    table = said[said.index("\narm ") :].split("\n")[1:-1]
    rows = {line.split()[0]: line.split()[1:] for line in table[1:]}
    assert rows == {
        "every_epoch": ["2", "2", "70", "to", "140", "172", "to", "347"],
        "stateless": ["2", "2", "70", "to", "140", "0"],
        "every_n_batches": ["2", "2", "70", "to", "140", "2"],
    }
    assert "merged    every_batch computes the same as stateless always: trained once\n" in said
    assert "every_n_batches computes the same as every_epoch in 50% of its combinations: trained once\n" in said
    assert "enqueued per-sequence (every_sequence) computes the same as every_epoch\n" in said


def test_for_programs_it_is_an_object(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "study.yaml", "--set", "space.learning_rate={low: 1e-3, high: 1e-2}", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [arm["configurations"] for arm in found["arms"]] == [None] * 3
    assert sum(arm["trials"] for arm in found["arms"]) == 6
    assert found["study"].startswith("small: 6 trials at most")
    assert any("too few to tell" in warning for warning in found["warnings"])
    assert len(found["merged"]) == 3


def test_what_a_launch_would_refuse_it_refuses(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "study.yaml", "--set", "trial.window=5000"]) == 65
    assert capsys.readouterr().err.startswith("--set trial.window: 5000 timesteps are more than")
    assert [path.name for path in Path().iterdir()] == ["study.yaml"]
