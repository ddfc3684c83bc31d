"""What the ledger tells of luck before a comparison: by the study's own runs, else by those on the same data."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.calibration.made_up import Luck as Made
from benchmarks.calibration.made_up import MadeUpTrainer
from sweep.comparison.known_luck import NOTHING, KnownLuck
from sweep.config.sections import Compare
from sweep.config.study_file import load
from sweep.study.looks import identity_of
from sweep.study.luck_so_far import _of_errors, luck_so_far
from tests.sweep.study.test_comparison_runs import COMPARED, confirm
from tests.sweep.worlds import RECORD, STUDY, open_study, run, study_file
from tests.workers.worlds import regression
from workers.data.dataset import Dataset

SETTINGS = Compare(seeds=4)
SEEDS, TEST_DATA = 0.01, 0.02  # standard deviations of an error
TRAINER: Any = MadeUpTrainer(len(RECORD.scored_timesteps(RECORD.test)), 1, Made(0.0, SEEDS, TEST_DATA))


def asked(folder: Path, name: str = "small", dataset: Dataset = RECORD) -> KnownLuck:
    (folder / "asked").mkdir(exist_ok=True)
    path = study_file(folder / "asked", (STUDY % folder).replace("name: small", f"name: {name}"))
    return luck_so_far(load(path, COMPARED).config, SETTINGS, dataset)


def test_without_a_ledger_nothing_is_known_and_none_is_made(tmp_path: Path) -> None:
    assert asked(tmp_path) == NOTHING
    assert not (tmp_path / "sweep.db").exists()


def test_a_search_alone_tells_nothing(tmp_path: Path) -> None:
    with open_study(tmp_path, *COMPARED) as study:
        run(study)
    assert asked(tmp_path) == NOTHING


@pytest.fixture
def compared(tmp_path: Path) -> Path:
    """A folder with a study whose comparison was made and looked at."""
    with open_study(tmp_path, *COMPARED) as study:
        run(study)
        runs = confirm(study, trainer=TRAINER)
        study.look(identity_of(study.config, SETTINGS, runs.keys, RECORD))
    return tmp_path


def test_a_studys_own_runs_tell_both_lucks(compared: Path) -> None:
    known = asked(compared)
    assert known.seeds == pytest.approx(SEEDS, rel=0.4)
    assert known.test_data
    assert known.test_data.variance() ** 0.5 == pytest.approx(2**0.5 * TEST_DATA, rel=0.6)
    assert known.runs > 8
    assert known.decided
    assert known.looks == 0  # this comparison's own is none before it


def test_another_study_on_the_same_data_knows_how_much_seeds_do_and_that_it_is_another_look(compared: Path) -> None:
    known = asked(compared, "other")
    assert known.seeds is not None
    assert known.test_data is None
    assert known.looks == 1
    assert not known.decided


def test_a_study_on_other_data_learns_nothing(compared: Path) -> None:
    assert asked(compared, "other", regression((400,), seed=1)) == NOTHING


def test_the_spread_is_that_of_runs_of_one_configuration_as_a_part_of_their_error() -> None:
    rng = np.random.default_rng(0)
    errors = [level * (1 + 0.02 * rng.normal(size=200)) for level in (0.1, 1.0, 50.0)]
    found = _of_errors([*errors, np.array([3.0])])
    assert found.seeds == pytest.approx(0.02, rel=0.1)
    assert found.runs == 600
