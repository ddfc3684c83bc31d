"""docs/own-models.md says what is so: its model is one, its study file loads, and its table names Keras' layers."""

import re
from pathlib import Path

import pytest

from sweep.config.own_code import own_models
from tests.paths import ROOT
from tests.sweep.config.study_files import MINIMAL, study
from workers.data.code_files import read
from workers.errors import DataError

TEXT = (ROOT / "docs" / "own-models.md").read_text(encoding="utf-8")
MODEL = "my_models:build"
(MODULE,) = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)


def test_its_study_file_names_its_model(tmp_path: Path) -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
    assert own_models(study(tmp_path, MINIMAL + example).config) == {MODEL: "space.model.1"}
    assert f"model: '{MODEL}'" in TEXT


@pytest.mark.lengthy
@pytest.mark.tensorflow
def test_its_model_is_one_whose_state_can_be_carried(tmp_path: Path) -> None:
    from workers.engine.own_model import Sizes, refuse  # noqa: PLC0415  (the other tests of the page do without)

    def refusal(module: str) -> str:
        (tmp_path / "my_models.py").write_text(module)
        try:
            refuse(MODEL, read(MODEL, tmp_path), Sizes(3, 2), [{"units": 4}, {"units": 5, "dropout": 0.0}])
        except DataError as error:
            return error.message
        return ""

    assert refusal(MODULE) == ""
    assert "Conv1D" in refusal(MODULE.replace('padding="causal"', 'padding="same"'))


@pytest.mark.tensorflow
def test_every_layer_that_is_refused_by_name_is_in_its_table_or_of_a_kind_that_is() -> None:
    from workers.models.unstreamable import ATTENTION, NORMALIZATION, REASONS  # noqa: PLC0415

    table = TEXT[TEXT.index("| layer | why |") :]
    named = {name for names, _ in REASONS for name in names if f"`{name}`" in table}
    assert {*ATTENTION, *NORMALIZATION, "Bidirectional", "Lambda", "Masking", "ConvLSTM1D", "RepeatVector"} <= named
    assert "| pooling, " in table
    assert "| convolutions without " in table


def test_every_link_leads_to_a_page() -> None:
    for page, anchor in re.findall(r"\(([\w-]+\.md)#([\w-]+)\)", TEXT):
        headings = re.findall(r"^#+ (.*)$", (ROOT / "docs" / page).read_text(encoding="utf-8"), re.MULTILINE)
        assert anchor in [heading.lower().replace(" ", "-") for heading in headings]
