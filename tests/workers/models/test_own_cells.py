"""A cell of the user's own is a layer as any other cell is: masked, named, printing nowhere that matters."""

import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

from tests.workers.own_cells import CODE, KEEPER, LSTM
from workers.data.code_files import Code
from workers.errors import DataError
from workers.models import model, own_cells
from workers.models.loaded import printing
from workers.models.own_cells import cell_class
from workers.spec import TrialSpec

UNITS, LANES, WINDOW = 3, 2, 4


def built(cell: str, **fields: object) -> keras.Model:
    spec = TrialSpec.model_validate({"cell": cell, "units": UNITS, "layers": 2, **fields})
    return model.build(spec, 1, 1, fused=True, code=CODE)


@pytest.mark.parametrize("cell", [LSTM, KEEPER])
def test_its_states_stay_as_they_are_where_all_is_masked(cell: str) -> None:
    network, rng = built(cell), np.random.default_rng(0)
    before = [rng.normal(size=(LANES, UNITS)).astype(np.float32) for _ in network.inputs[2:]]
    x = rng.normal(size=(LANES, WINDOW, 1)).astype(np.float32)
    _, *masked = network([x, np.zeros((LANES, WINDOW), bool), *before])
    _, *read = network([x, np.ones((LANES, WINDOW), bool), *before])
    assert all((np.asarray(a) == b).all() for a, b in zip(masked, before, strict=True))
    assert all((np.asarray(a) != b).any() for a, b in zip(read, before, strict=True))


def test_it_reads_both_ways() -> None:
    network = built(LSTM, stateful=False, bidirectional=True)
    assert len(network.inputs) - 2 == 2 * 2 * 2


def test_the_class_says_the_name_that_the_user_knows() -> None:
    made = cell_class(LSTM, CODE)
    assert (made.__module__, made.__name__) == ("my_cells", "CopiedLSTM")
    assert "my_cells" not in sys.modules
    assert cell_class(LSTM, dict(CODE)) is made


def test_two_versions_of_a_module_live_side_by_side() -> None:
    before, after = (cell_class("test:Cell", {"test.py": f"{EMPTY}    version = {n}\n"}) for n in (1, 2))
    assert (before.version, after.version) == (1, 2)


EMPTY = "import keras\n\nclass Cell(keras.layers.Layer):\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1 / 0", "my_cells:Cell raised ZeroDivisionError at my_cells.py:1: division by zero"),
        ("import sys; sys.exit(3)", "my_cells:Cell raised SystemExit at my_cells.py:1: 3"),
        ("import os; os._exit(3)", "it called os._exit(3), by which nothing can be returned"),
        ("import nothing_of_this_name", "my_cells.py:1: No module named 'nothing_of_this_name'"),
        ("class Cel: pass", "my_cells has no class Cell; did you mean Cel?"),
        ("def Cell(units): pass", "my_cells:Cell is a function; a cell is a class derived from keras.layers.Layer"),
        ("class Cell: pass", "my_cells:Cell is no layer of Keras; a cell is a class derived from keras.layers.Layer"),
    ],
)
def test_what_is_no_cell_is_one_message(text: str, said: str) -> None:
    code: Code = {"my_cells.py": text}
    with pytest.raises(DataError) as refused:
        cell_class("my_cells:Cell", code)
    assert said in refused.value.message
    assert "/" not in refused.value.message


def test_what_it_prints_goes_to_stderr(capfd: pytest.CaptureFixture[str]) -> None:
    cell_class("my_cells:Cell", {"my_cells.py": f"print('imported')\n{EMPTY}    pass\n"})
    network = built(LSTM)
    with printing(LSTM)():
        network([np.zeros((1, 2, 1)), np.ones((1, 2), bool), *[np.zeros((1, UNITS))] * 4])
    said = capfd.readouterr()
    assert said.out == ""
    assert "imported" in said.err
    assert "called" in said.err


LOAD = """
import sys, keras, my_cells
network = keras.saving.load_model(sys.argv[1], custom_objects={"CopiedLSTM": my_cells.CopiedLSTM}, safe_mode=True)
print(network.layers[1].cell.units)
"""


@pytest.mark.slow
def test_a_saved_layer_is_loaded_where_only_the_module_is(tmp_path: Path) -> None:
    layer = own_cells.layer(LSTM, CODE)
    network = keras.Sequential([keras.Input((None, 2)), layer(4, return_sequences=True), layer(5)])
    network.save(tmp_path / "model.keras")
    for name, text in CODE.items():
        (tmp_path / name).write_text(text)
    command = [sys.executable, "-c", LOAD, "model.keras"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stdout.split()[-1] == "5", done.stderr
