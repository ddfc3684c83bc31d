"""A function of the user's own: how it is found, what it may return, and how its faults are reported."""

import sys
from pathlib import Path

import pytest

from workers.data.sources.python import Python
from workers.data.timeline import Timeline
from workers.errors import DataError

MAKE = """
def make(n=4, value=1.0):
    return {"features": [[value]] * n, "targets": [0.5] * n}
"""


def loaded(folder: Path, code: str, factory: str = "samples:make", **arguments: object) -> Timeline:
    (folder / "samples.py").write_text(code)
    return Python(factory=factory, arguments=arguments).load(folder)


def refusal(folder: Path, code: str, factory: str = "samples:make", **arguments: object) -> str:
    with pytest.raises(DataError) as caught:
        loaded(folder, code, factory, **arguments)
    return f"{caught.value.field}: {caught.value.message}".replace(f"{folder}/", "")


def test_the_factory_is_called_with_the_arguments(tmp_path: Path) -> None:
    timeline = loaded(tmp_path, MAKE, n=3, value=7.0)
    assert timeline.features.tolist() == [[7]] * 3


def test_sequence_ends_may_be_all_that_is_scored(tmp_path: Path) -> None:
    (tmp_path / "samples.py").write_text(MAKE)
    timeline = Python(factory="samples:make", score="sequence_end").load(tmp_path)
    assert timeline.scored.tolist() == [False, False, False, True]


def test_nothing_is_imported_before_the_data_are_loaded() -> None:
    assert Python(factory="nowhere.to_be_found:make").arguments == {}


def test_a_module_beside_the_study_file_comes_before_an_installed_one_of_the_same_name(tmp_path: Path) -> None:
    (tmp_path / "numpy.py").write_text(MAKE)
    assert len(Python(factory="numpy:make").load(tmp_path).features) == 4


def test_two_studies_modules_of_the_same_name_are_never_confused(tmp_path: Path) -> None:
    for number in (1, 2):
        (folder := tmp_path / str(number)).mkdir()
        (folder / "helper.py").write_text(f"VALUE = {number}.0")
        (folder / "samples.py").write_text(f"import helper\n{MAKE.replace('1.0', 'helper.VALUE')}")
    timelines = [Python(factory="samples:make").load(tmp_path / number) for number in ("1", "2", "1")]
    assert [timeline.features[0, 0] for timeline in timelines] == [1, 2, 1]


def test_the_path_and_the_modules_are_left_as_they_were(tmp_path: Path) -> None:
    before = list(sys.path), set(sys.modules)
    (tmp_path / "helper.py").touch()
    loaded(tmp_path, f"import sys, helper\nsys.path.append('/nowhere')\n{MAKE}")
    assert (list(sys.path), set(sys.modules)) == before


def test_a_module_may_lie_in_a_package_and_import_its_neighbours(tmp_path: Path) -> None:
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "__init__.py").touch()
    (tmp_path / "package" / "one.py").write_text(MAKE)
    (tmp_path / "package" / "two.py").write_text("from .one import make")
    assert len(Python(factory="package.two:make").load(tmp_path).features) == 4


def test_a_module_may_define_data_classes(tmp_path: Path) -> None:
    code = f"from dataclasses import dataclass\n@dataclass\nclass Row:\n    value: 'int' = 1\n{MAKE}"
    assert len(loaded(tmp_path, code).features) == 4


def test_a_module_may_be_on_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "library").mkdir()
    (tmp_path / "library" / "installed_samples.py").write_text(MAKE)
    monkeypatch.syspath_prepend(tmp_path / "library")
    assert len(Python(factory="installed_samples:make").load(tmp_path).features) == 4


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("def make():\n    return 1 / 0", "samples:make raised ZeroDivisionError at samples.py:2: division by zero"),
        ("raise OSError('no disk')", "samples:make raised OSError at samples.py:1: no disk"),
        ("import sys\nsys.exit(3)", "samples:make raised SystemExit at samples.py:2: 3"),
        ("def make(:", "samples:make raised SyntaxError at samples.py:1: "),
        ("import nowhere_at_all", "samples:make raised ModuleNotFoundError at samples.py:1: No module named 'nowhere_"),
        ("import json\ndef make():\n    json.loads('')", "samples:make raised JSONDecodeError at samples.py:3: "),
        ("def mark(): pass", "samples has no function make; did you mean mark?"),
        ("make = 3", "samples has no function make; there is nothing"),
        ("def make(): return 3", "samples:make returned int, not a mapping with features and targets"),
        ("def make(): return {}", "what samples:make returned: has no array features; there is nothing"),
        (MAKE.replace("0.5", "'a'"), "what samples:make returned: targets must be real numbers, not <U1"),
        (
            "def make(): return {'features': [[1], [2, 3]], 'targets': [1, 2]}",
            "what samples:make returned: features are ragged: row 0 has 1 and row 1 has 2; ",
        ),
    ],
)
def test_a_fault_is_reported_with_its_place_in_the_users_code(tmp_path: Path, code: str, message: str) -> None:
    assert refusal(tmp_path, code).startswith(f"data.factory: {message}")


RAISES = "class Odd(BaseException):\n    def __str__(self): raise ValueError\n"
LAZY = "class Lazy:\n    def __array__(self, *_, **__): return 1 / 0\n"


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (f"{RAISES}def make(): raise Odd", "samples:make raised Odd at samples.py:3: its message cannot be told"),
        (f"{LAZY}def make(): return {{'features': Lazy(), 'targets': [1.0]}}", "samples:make raised ZeroDivisionError"),
        ("import os\ndef make(): os._exit(0)", "it called os._exit(0), by which nothing can be returned"),
    ],
)
def test_code_that_raises_where_nobody_looks_or_ends_the_process_is_refused_as_any_other(
    tmp_path: Path, code: str, message: str
) -> None:
    assert refusal(tmp_path, code).startswith(f"data.factory: {message}")


def test_what_it_has_forked_may_end(tmp_path: Path) -> None:
    code = f"import os\n{MAKE}\nchild = os.fork()\nif not child:\n    os._exit(7)\nSTATUS = os.waitpid(child, 0)[1]\n"
    code += (
        "def make():\n    return {'features': [[float(os.waitstatus_to_exitcode(STATUS))]] * 4, 'targets': [0.5] * 4}"
    )
    assert loaded(tmp_path, code).features[0, 0] == 7


def test_what_it_prints_never_gets_among_the_results(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    loaded(tmp_path, f"import os\nprint('loading')\nos.system('echo unpacking')\n{MAKE}")
    said = capfd.readouterr()
    assert (said.out, sorted(said.err.split())) == ("", ["loading", "unpacking"])


def test_ctrl_c_while_it_works_is_no_fault_of_it(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        loaded(tmp_path, "raise KeyboardInterrupt")


def test_arguments_that_the_factory_does_not_take_are_refused(tmp_path: Path) -> None:
    expected = "data.arguments: samples:make raised TypeError: make() got an unexpected keyword argument 'size'"
    assert refusal(tmp_path, MAKE, size=3) == expected


@pytest.mark.parametrize("module", ["sample", "package.sample", "samples.more"])
def test_a_module_that_is_nowhere_is_refused(tmp_path: Path, module: str) -> None:
    assert "there is no module " in refusal(tmp_path, MAKE, f"{module}:make")


MASKED = """
import numpy as np
def make(cells=(), rows=()):
    features, targets = np.ma.array(np.ones((6, 2))), np.ma.arange(6.0)
    for row, column in cells:
        features[row, column] = np.ma.masked
    for row in rows:
        targets[row] = np.ma.masked
    return {"features": features, "targets": targets}
"""


def test_a_target_that_is_masked_is_not_scored(tmp_path: Path) -> None:
    timeline = loaded(tmp_path, MASKED, rows=[1, 4])
    assert timeline.scored.tolist() == [True, False, True, True, False, True]
    assert timeline.targets[timeline.scored].ravel().tolist() == [0, 2, 3, 5]
    assert timeline.notes == ("2 timesteps not scored, since the target is masked",)
    assert loaded(tmp_path, MASKED).notes == ()


def test_a_class_that_is_masked_is_not_scored_and_not_counted(tmp_path: Path) -> None:
    code = MASKED.replace("np.ma.arange(6.0)", "np.ma.array([0, 1, 0, 1, 999999, 0])")
    timeline = loaded(tmp_path, code, rows=[4])
    assert (timeline.n_classes, timeline.scored.tolist()) == (2, [True, True, True, True, False, True])


def test_a_masked_input_is_refused_with_its_place(tmp_path: Path) -> None:
    message = "data.factory: what samples:make returned: features are masked at timestep 2 (2 in all); fill these in"
    assert refusal(tmp_path, MASKED, cells=[(2, 1), (5, 0)]).startswith(message)
    rows = MASKED.replace('"features": features', '"features": list(features)')
    assert refusal(tmp_path, rows, cells=[(2, 1), (5, 0)]).startswith(message)


def test_targets_that_are_masked_throughout_are_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path, MASKED, rows=[*range(6)]).endswith("targets are masked throughout")


@pytest.mark.parametrize("features", ["[np.ones(2), np.ones(3)]", "np.array([np.ones(2), np.ones(3)], object)"])
def test_sequences_of_different_lengths_are_refused_with_what_to_give_instead(tmp_path: Path, features: str) -> None:
    code = f"import numpy as np\ndef make(): return {{'features': {features}, 'targets': [1.0, 2.0]}}"
    assert refusal(tmp_path, code) == (
        "data.factory: what samples:make returned: features are ragged: row 0 has 2 and row 1 has 3; sequences of"
        " different lengths lie one after the other, numpy.concatenate(...), and starts says where each begins"
    )
