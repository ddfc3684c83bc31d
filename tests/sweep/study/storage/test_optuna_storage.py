from pathlib import Path

import pytest

from sweep.core.errors import ServiceUnavailable
from sweep.study.storage.optuna_storage import read_storage


def test_a_database_in_which_no_study_was_launched_cannot_be_read_and_the_database_says_why(tmp_path: Path) -> None:
    with pytest.raises(ServiceUnavailable, match="no such table"):
        read_storage(f"sqlite:///{tmp_path}/sweep.db")
