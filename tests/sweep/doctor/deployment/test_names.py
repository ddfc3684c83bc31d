"""What a study file says leads nowhere else than it should."""

import json
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sweep.config import study_file
from sweep.core.errors import ConfigError
from sweep.core.folders import ARTIFACTS, REPORTS
from tests.sweep.config.study_files import DATA
from workers.data.sources.python import Python
from workers.errors import DataError

SMALL = "def make():\n    return {'features': [[1.0]] * 4, 'targets': [0.5] * 4}\n"


@settings(max_examples=100, deadline=None)
@given(name=st.text(alphabet="./\\~a0-_ %:\n\0\u202e\uff0e", max_size=12))
@example(name="..")
@example(name="a/../../b")
@example(name="a\n")
@example(name="~")
def test_a_study_s_name_is_refused_or_is_the_name_of_one_folder(
    tmp_path_factory: pytest.TempPathFactory, name: str
) -> None:
    path = tmp_path_factory.getbasetemp() / "study.yaml"
    path.write_text(f"name: {json.dumps(name)}\n{DATA}")
    try:
        loaded = study_file.load(path).config.name
    except ConfigError:
        return
    for folder in (ARTIFACTS, REPORTS):
        assert (folder / loaded).resolve().parent == folder.resolve()
        assert (folder / loaded).name == loaded == name


@pytest.mark.parametrize(
    "factory", ["../samples:make", "/tmp/samples:make", "..samples:make", "samples:a.make", "s:m\n"]
)
def test_a_factory_is_named_by_a_module_and_never_by_a_path(tmp_path: Path, factory: str) -> None:
    (tmp_path / "study.yaml").write_text(f"name: x\ndata: {{kind: python, factory: {json.dumps(factory)}}}\n")
    with pytest.raises(ConfigError, match=r"data\.factory"):
        study_file.load(tmp_path / "study.yaml")


@pytest.mark.parametrize("factory", ["samples:make", "study.samples:make", "study..samples:make"])
def test_a_factory_above_the_study_file_s_folder_is_not_found(tmp_path: Path, factory: str) -> None:
    (tmp_path / "samples.py").write_text(SMALL)
    (tmp_path / "study").mkdir()
    with pytest.raises(DataError, match=r"there is no module|No module named"):
        Python(factory=factory).load(tmp_path / "study")


def test_a_factory_in_the_study_file_s_folder_is_found(tmp_path: Path) -> None:
    (tmp_path / "samples.py").write_text(SMALL)
    assert len(Python(factory="samples:make").load(tmp_path).features) == 4
