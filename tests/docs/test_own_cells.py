"""docs/own-cells.md says what is so: its cell is one, and its study file loads."""

import re
import sys
from pathlib import Path

import pytest

from sweep.config.own_code import own_cells
from tests.paths import ROOT
from tests.sweep.config.study_files import MINIMAL, study
from workers.data.code_files import read

TEXT = (ROOT / "docs" / "own-cells.md").read_text(encoding="utf-8")
CELL = "my_cells:PeepholeLSTM"
MODULE, LOADED = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)


def test_its_study_file_names_its_cell(tmp_path: Path) -> None:
    for example in re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL):
        assert own_cells(study(tmp_path, MINIMAL + example).config) == {CELL: "space.cell.1"}
    assert f"cell: '{CELL}'" in TEXT


@pytest.mark.tensorflow
def test_its_cell_is_one_and_is_loaded_as_the_page_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import keras  # noqa: PLC0415  (the other tests of the page do without)

    from workers.engine.own_cell import refuse  # noqa: PLC0415
    from workers.models import own_cells as made  # noqa: PLC0415

    (tmp_path / "my_cells.py").write_text(MODULE)
    code = read(CELL, tmp_path)
    refuse(CELL, code, 4)
    layers = [keras.Input((None, 2)), made.layer(CELL, code)(4, return_sequences=True)]
    keras.Sequential(layers).save(tmp_path / "batch.keras")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    names: dict[str, keras.Model] = {}
    try:
        exec(LOADED, names)
    finally:
        sys.modules.pop("my_cells", None)
    assert names["network"].layers[0].cell.units == 4


def test_every_link_leads_to_a_page() -> None:
    for page, anchor in re.findall(r"\(([\w-]+\.md)#([\w-]+)\)", TEXT):
        headings = re.findall(r"^#+ (.*)$", (ROOT / "docs" / page).read_text(encoding="utf-8"), re.MULTILINE)
        assert anchor in [heading.lower().replace(" ", "-") for heading in headings]
