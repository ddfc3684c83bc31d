"""The code of a user's own cell: what belongs to it, how it is known, and what is said where there is none."""

from pathlib import Path

import pytest

from tests.workers.own_cells import CODE, LSTM
from workers.data import code_files
from workers.data.code_files import digests_of, lies_in, read
from workers.errors import DataError
from workers.spec import TrialSpec


def written(folder: Path, **files: str) -> Path:
    """The folder with files, whose names have __ for a slash."""
    for name, text in files.items():
        path = folder / f"{name.replace('__', '/')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def test_it_is_the_module_and_what_it_imports_from_beside_it_wherever_it_does(tmp_path: Path) -> None:
    late = "def call():\n    import late\n"
    written(tmp_path, cells=f"import keras, first.second\n{late}", first__init="", first__second="from .third import a")
    (tmp_path / "first" / "init.py").rename(tmp_path / "first" / "__init__.py")
    written(tmp_path, first__third="from cells import b\nfrom . import missing", late="", other="", first__other="")
    names = ["cells.py", "first/__init__.py", "first/second.py", "first/third.py", "late.py"]
    assert sorted(read("cells:Cell", tmp_path)) == names


def test_nothing_of_it_is_run(tmp_path: Path) -> None:
    assert read("cells:Cell", written(tmp_path, cells="raise SystemExit")) == {"cells.py": "raise SystemExit"}


def test_a_module_beside_goes_before_one_of_the_library_of_the_same_name(tmp_path: Path) -> None:
    assert read("test:Cell", written(tmp_path, test="import keras")) == {"test.py": "import keras"}


def test_of_a_module_on_the_path_its_own_package_travels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(written(tmp_path, cells_on_the_path="import another_there", another_there=""))
    assert list(read("cells_on_the_path:Cell", tmp_path / "study")) == ["cells_on_the_path.py"]


def test_it_is_known_by_its_content_alone(tmp_path: Path) -> None:
    written(tmp_path, **{name.removesuffix(".py"): text for name, text in CODE.items()})
    assert digests_of(read(LSTM, tmp_path)) == digests_of(CODE)
    assert lies_in(tmp_path, LSTM, CODE)
    written(tmp_path, my_gates="# another\n")
    changed = digests_of(read(LSTM, tmp_path))
    assert [name for name, digest in digests_of(CODE).items() if changed[name] != digest] == ["my_gates.py"]
    assert not lies_in(tmp_path, LSTM, CODE)
    assert not lies_in(tmp_path / "elsewhere", LSTM, CODE)


@pytest.mark.parametrize(
    ("path", "text", "said"),
    [
        ("absent:Cell", "", "there is no module absent of Python source, beside the study file or on the path"),
        ("cells.inner:Cell", "", "there is no module cells.inner of Python source, beside"),
        ("sys:Cell", "", "there is no module sys of Python source, beside"),
        ("cells:Cell", "class Cell\n", "cells.py:1, of which the cell is made, is no Python: "),
        ("cells:Cell", "# \x00", "cells.py"),
    ],
)
def test_what_is_no_code_is_one_message(tmp_path: Path, path: str, text: str, said: str) -> None:
    with pytest.raises(DataError, match=said) as refused:
        read(path, written(tmp_path, cells=text), "space.cell.1")
    assert refused.value.field == "space.cell.1"


def test_a_library_does_not_travel_as_a_cell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(code_files, "MOST_CHARACTERS", 20)
    with pytest.raises(DataError, match="too many to travel with each model"):
        read("cells:Cell", written(tmp_path, cells="import more", more="# twenty characters"))


@pytest.mark.parametrize("name", ["my_cells:", ":Cell", "my_cells:Cell()", "my-cells:Cell", "a:b:c", "my_cells:Cell\n"])
def test_what_is_no_import_path_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="is no cell's name and no class of a module, such as my_cells:PeepholeLSTM"):
        TrialSpec(cell=name)


def test_a_trial_of_an_own_cell_has_the_fields_that_all_cells_have() -> None:
    spec = TrialSpec(cell=LSTM)
    assert spec.parameters["cell"] == LSTM
    assert {"reset_after", "recurrent_dropout"}.isdisjoint(spec.parameters)
