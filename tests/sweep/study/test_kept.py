"""What a study has recorded is looked for before it is called finished, by a connection of its own."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from sweep.core.errors import LedgerLost
from sweep.core.trials import Outcome, Run
from sweep.study import kept
from tests.sweep.worlds import open_study, run


def test_a_trial_that_is_not_there_is_told_with_the_numbers(tmp_path: Path) -> None:
    study = open_study(tmp_path, "budget.trials=3")
    run(study)
    kept.check(study, ())  # all are there
    with sa.create_engine(study.config.storage).begin() as connection:
        connection.execute(sa.text("DELETE FROM trial_user_attributes WHERE trial_id = 2 AND key = 'outcome'"))
    with pytest.raises(LedgerLost, match="of 3 trials and runs that have ended it holds 2"):
        kept.check(study, ())


def test_a_run_of_the_comparison_that_is_not_there_is_told_too(tmp_path: Path) -> None:
    study = open_study(tmp_path, "budget.trials=3")
    run(study)
    trial = next(trial for trial, _ in study)
    with pytest.raises(LedgerLost, match="of 4 trials and runs that have ended it holds 3"):
        kept.check(study, [Run(trial, Outcome("complete", 1.0))])


def test_a_ledger_that_is_not_there_is_lost_and_not_away(tmp_path: Path) -> None:
    study = open_study(tmp_path, "budget.trials=1")
    run(study)
    (tmp_path / "sweep.db").rename(tmp_path / "elsewhere.db")
    with pytest.raises(LedgerLost, match="there is no ledger at"):
        kept.check(study, ())
    assert not (tmp_path / "sweep.db").exists()
