"""Real comparisons whose answer is known: the study files of the article's suite, smaller, with the real trainer."""

from pathlib import Path

import pytest

from sweep.comparison.verdict import Verdict
from sweep.config import study_file
from sweep.execution.in_process import InProcessPool
from sweep.execution.scheduler import Scheduler
from sweep.study import Study
from sweep.study.answer import answer
from tests.paths import ROOT
from tests.sampling import sampled
from tests.sweep.worlds import NoLease
from workers.data import sources
from workers.engine.training import Trainer

CONFIGS = ROOT / "configs"
pytestmark = pytest.mark.tensorflow


def verdict(folder: Path, name: str, *overrides: str) -> Verdict:
    """Run a study that ships and its comparison, in this process; its database lies in the folder."""
    path = CONFIGS / name
    small = study_file.load(path, [f"storage=sqlite:///{folder}/sweep.db", *overrides]).config
    dataset = sources.load(small.data, path.parent)
    study, trainer = Study.open(small, dataset, NoLease()), Trainer(dataset, small.objective)
    Scheduler(study, InProcessPool([trainer]), study.objective).run()
    assert small.compare is not None
    runs = study.comparison_runs(small.compare.seeds)
    Scheduler(runs, InProcessPool([trainer]), study.objective).run()
    found = answer(small, small.compare, runs, dataset, looks=0)
    assert found
    return found


def decisions(found: Verdict) -> dict[str, str]:
    return {arm.arm: arm.decision for arm in found.arms}


@pytest.mark.slow
@pytest.mark.parametrize("seed", sampled([0, 1, 2], 1))
def test_on_random_labels_no_arm_is_called_better_or_worse(tmp_path: Path, seed: int) -> None:
    data = f"data={{kind: task, name: random_labels, length: 8000, seed: {seed}}}"
    loss = ["objective.metric=validation/loss", "objective.goal=minimize"]
    found = verdict(tmp_path, "article/lag_copy.yaml", data, *loss, "trial.epochs=2", "compare.seeds=6")
    assert decisions(found)["every_epoch"] in {"equivalent", "undecided"}


@pytest.mark.slow
def test_copying_what_a_sliding_window_holds_needs_no_state(tmp_path: Path) -> None:
    """Cut into windows, the first of each can only be guessed; slid, as it is deployed, every window holds the bit.

    Neither arm makes a mistake, and the margin is one that a mistake at a timestep beyond the test split fits in.
    """
    found = verdict(tmp_path, "article/lag_copy.yaml", "compare.seeds=6", "trial.epochs=5", "compare.margin=0.5")
    assert decisions(found) == {"stateless": "reference", "every_epoch": "equivalent"}
    assert found.arms[0].test_mean == pytest.approx(1.0, abs=0.001)


@pytest.mark.lengthy
def test_a_first_bit_that_no_window_holds_takes_state(tmp_path: Path) -> None:
    arms = "enqueue=[{stateful: false}, {reset_policy: every_sequence}]"
    found = verdict(tmp_path, "article/first_bit.yaml", "compare.seeds=6", "trial.epochs=4", arms)
    assert decisions(found) == {"stateless": "reference", "every_sequence": "better"}
    assert found.arms[0].test_mean == pytest.approx(0.625, abs=0.03)  # 1 / 2 + 5 / (2 * 20)
    assert found.arms[1].difference == pytest.approx(-1.0, abs=0.01)


@pytest.mark.slow
def test_a_first_bit_of_400_timesteps_ago_is_remembered_and_scored_so(tmp_path: Path) -> None:
    arms = "enqueue=[{stateful: false}, {reset_policy: every_sequence}]"
    long = ["data.sequence_length=400", "data.flag=true", "data.split={validation: 0.2, test: 0.3}", "trial.epochs=15"]
    found = verdict(tmp_path, "article/first_bit.yaml", "compare.seeds=4", arms, *long)
    assert decisions(found) == {"stateless": "reference", "every_sequence": "better"}
    assert found.arms[1].test_mean == pytest.approx(1.0, abs=0.001)


@pytest.mark.slow
def test_a_first_bit_is_remembered_better_per_sequence_than_per_epoch(tmp_path: Path) -> None:
    arms = "enqueue=[{reset_policy: every_epoch}, {reset_policy: every_sequence}]"
    found = verdict(tmp_path, "article/first_bit.yaml", "compare.seeds=6", "trial.epochs=4", arms)
    assert decisions(found) == {"every_sequence": "reference", "every_epoch": "worse"}


@pytest.mark.slow
def test_from_one_utterance_to_the_next_state_is_not_worth_carrying(tmp_path: Path) -> None:
    arms = "enqueue=[{reset_policy: every_epoch}, {reset_policy: every_sequence}]"
    found = verdict(tmp_path, "japanese_vowels.yaml", "compare.seeds=6", "trial.epochs=15", arms)
    assert found.reference == "every_sequence"
    assert decisions(found)["every_epoch"] != "better"
