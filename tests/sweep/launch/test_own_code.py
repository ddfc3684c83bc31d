"""Cells of the user's own are tried before a study runs, in a process of its own; each that is none is one message."""

from pathlib import Path

import optuna
import pytest

from sweep.config.own_code import CELL, arguments, own_cells
from sweep.config.space import Space
from sweep.core.errors import ConfigError
from sweep.launch.data import load_data, load_study
from tests.sweep.config.study_files import MINIMAL, complaint, study
from tests.workers.own_cells import CODE, KEEPER, LSTM
from tests.workers.worlds import sequences
from workers.spec import TrialSpec

pytestmark = pytest.mark.lengthy

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


SEARCHED = f"""\
{MINIMAL}trial: {{cell_bias: 1, units: 4}}
space:
  cell: [LSTM, '{KEEPER}']
  cell_wide: [true, false]
  cell_rate: {{low: 0.0, high: 2.0}}
sampler: random
enqueue:
  - {{cell: '{KEEPER}', cell_bias: 3, cell_rate: 0.5, cell_wide: true}}
"""


def test_arguments_are_fields_of_trials_with_such_a_cell_alone(tmp_path: Path) -> None:
    config = study(tmp_path, SEARCHED).config
    space = Space(config.trial, config.space)
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    asked = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    trials = [(trial, space.suggest(trial)) for trial in (asked.ask() for _ in range(12))]
    for trial, spec in trials:
        own = {name for name in spec.parameters if name.startswith("cell_")}
        assert own == ({"cell_bias", "cell_wide", "cell_rate"} if spec.cell == KEEPER else set())
        assert ("cell_rate" in trial.params) == (spec.cell == KEEPER)
        assert TrialSpec(**spec.said) == spec
        assert spec.own_arguments.get("bias", 1) == 1
    assert {spec.cell for _, spec in trials} == {"LSTM", KEEPER}
    tried = [{"bias": 1, "wide": wide, "rate": rate} for wide, rate in ((True, 0.0), (False, 0.0), (True, 2.0))]
    assert arguments(config, CELL) == [*tried, {"bias": 3, "rate": 0.5, "wide": True}]


def test_a_grid_has_each_argument_once_for_each_cell_that_takes_it(tmp_path: Path) -> None:
    config = study(tmp_path, SEARCHED, "space.cell_rate={low: 1, high: 3}").config
    trials = {frozenset(each.items()) for each in Space(config.trial, config.space).grid()}
    assert len(trials) == 1 + 2 * 3
    assert Space(config.trial, config.space).distinct(sequences(40)) == 1 + 2 * 3


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            "trial: {cell_wide: true}",
            "trial.cell_wide: applies to no trial of this study; it applies only to trials with",
        ),
        ("trial: {cell_: 1}", "trial.cell_: no such field"),
        ("trial: {cell_wide: [1], unit: 3}", "trial.unit: no such field; did you mean units?"),
        (
            "trial: {cell_wide: [1], unit: 3}",
            "trial.cell_wide: should be true or false, a whole number, a number or text",
        ),
        (f"space: {{cell: ['{KEEPER}'], cell_wide: {{low: 2, high: 1}}}}", "space.cell_wide.low: should be below high"),
        (
            "enqueue: [{cell_wide: 1}]",
            "enqueue[0].cell_wide: does not apply to this trial; it applies only to trials with",
        ),
    ],
)
def test_what_is_no_argument_is_one_message(tmp_path: Path, given: str, said: str) -> None:
    assert said in complaint(tmp_path, f"{MINIMAL}{given}\n")


@pytest.mark.parametrize("cell", ["my_cells:", "my cells:Cell", ":Cell"])
def test_what_is_no_import_path_is_refused_at_its_line(tmp_path: Path, cell: str) -> None:
    said = f"{cell!r} is no cell's name and no class of a module, such as my_cells:PeepholeLSTM"
    for section, field in (
        (f"trial: {{cell: '{cell}'}}", "trial.cell"),
        (f"space: {{cell: [LSTM, '{cell}']}}", "space.cell[1]"),
    ):
        assert complaint(tmp_path, f"{MINIMAL}{section}\n") == f"study.yaml:3: {field}: {said}"
