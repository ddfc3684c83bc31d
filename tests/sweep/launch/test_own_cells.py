"""Cells of the user's own are tried before a study runs, in a process of its own; each that is none is one message."""

from pathlib import Path

import pytest

from sweep.config.own_cells import own_cells
from sweep.core.errors import ConfigError
from sweep.launch.data import load_data, load_study
from tests.sweep.config.study_files import MINIMAL, complaint, study
from tests.workers.own_cells import CODE, KEEPER, LSTM

STUDY = f"""\
name: own
data: {{kind: task, name: lag_copy, lag: 3, length: 400, seed: 0}}
trial: {{units: 3}}
space:
  cell:
    - LSTM
    - '{LSTM}'
    - my_cells:forget
enqueue:
  - cell: my_other:Cell
"""
OTHER = """
import keras, os

class Cell(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.state_size = units

    def call(self, inputs, states):
        {}
"""


def written(folder: Path, text: str, **modules: str) -> str:
    for name, module in (dict(CODE) | {f"{name}.py": each for name, each in modules.items()}).items():
        (folder / name).write_text(module)
    (folder / "study.yaml").write_text(text)
    return str(folder / "study.yaml")


def test_each_cell_that_is_none_is_one_message_at_its_line(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ConfigError) as refused:
        load_study(written(tmp_path, STUDY, my_other=OTHER.format("print('here'); raise ValueError('no')")), (), "text")
    no_class, raised = str(refused.value).replace(f"{tmp_path}/", "").splitlines()
    assert no_class.startswith("study.yaml:8: space.cell[2]: my_cells:forget is a function; a cell is a class")
    assert raised.startswith("study.yaml:10: enqueue[0].cell: my_other:Cell raised ValueError at my_other.py:10: no; ")
    said = capfd.readouterr()
    assert said.out == ""
    assert "here" in said.err


@pytest.mark.slow
def test_a_cell_that_ends_its_process_is_one_message(tmp_path: Path) -> None:
    path = written(tmp_path, STUDY, my_other=OTHER.format("os._exit(3)"))
    with pytest.raises(ConfigError, match="ended the process that tried it, with exit code 3"):
        load_study(path, ("space={}", "trial.cell=my_other:Cell", "enqueue=null"), "text")


def test_a_module_that_is_missing_is_one_message_whatever_is_asked(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r":10: enqueue\[0\]\.cell: there is no module my_other of Python source, "):
        load_data(study(tmp_path, Path(written(tmp_path, STUDY)).read_text()))


def test_cells_are_found_wherever_trials_can_have_them(tmp_path: Path) -> None:
    searched = study(tmp_path, STUDY).config
    assert own_cells(searched) == {
        "my_other:Cell": "enqueue.0.cell",
        "my_cells:forget": "space.cell.2",
        LSTM: "space.cell.1",
    }
    assert own_cells(study(tmp_path, MINIMAL, f"trial.cell={KEEPER}").config) == {KEEPER: "trial.cell"}
    assert own_cells(study(tmp_path, MINIMAL).config) == {}


@pytest.mark.parametrize("cell", ["my_cells:", "my cells:Cell", ":Cell"])
def test_what_is_no_import_path_is_refused_at_its_line(tmp_path: Path, cell: str) -> None:
    said = f"{cell!r} is no cell's name and no class of a module, such as my_cells:PeepholeLSTM"
    for section, field in (
        (f"trial: {{cell: '{cell}'}}", "trial.cell"),
        (f"space: {{cell: [LSTM, '{cell}']}}", "space.cell[1]"),
    ):
        assert complaint(tmp_path, f"{MINIMAL}{section}\n") == f"study.yaml:3: {field}: {said}"
