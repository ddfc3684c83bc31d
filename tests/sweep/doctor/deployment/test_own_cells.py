"""The modules of a study's own cells are code that it runs, so who may write them is looked at."""

from pathlib import Path

from sweep.doctor.deployment.checks import Deployment
from sweep.doctor.deployment.study_file_checks import own_code
from tests.sweep.config.study_files import MINIMAL, study


def test_the_modules_of_own_cells_are_found_without_importing_them(tmp_path: Path) -> None:
    (tmp_path / "my_cells.py").write_text("raise AssertionError('it is only looked at')")
    found = own_code(Deployment(study(tmp_path, MINIMAL, "space.cell=[LSTM, 'my_cells:Cell']")))
    assert found == [tmp_path, tmp_path / "my_cells.py"]
    assert own_code(Deployment(study(tmp_path, MINIMAL))) is None
