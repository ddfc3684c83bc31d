"""docs/data.md says only what is so."""

import re
from typing import Any

import pytest
from pydantic import TypeAdapter
from ruamel.yaml import YAML

from tests.paths import ROOT
from workers.data.metrics.classes import CLASSES
from workers.data.metrics.numbers import NUMBERS
from workers.data.sources import DataConfig
from workers.data.sources.table import Table

TEXT = (ROOT / "docs" / "data.md").read_text(encoding="utf-8")
EXAMPLES = [YAML(typ="safe").load(block) for block in re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)]


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_an_example_is_a_valid_kind_of_data(example: dict[str, Any]) -> None:
    assert list(example) == ["data"]
    TypeAdapter(DataConfig).validate_python(example["data"])


def test_every_kind_has_an_example() -> None:
    kinds = TypeAdapter(DataConfig).json_schema()["discriminator"]["mapping"]
    assert {example["data"]["kind"] for example in EXAMPLES} == set(kinds)


def test_every_field_of_a_table_is_explained() -> None:
    explained = set(re.findall(r"^\| `(\w+)` \|", TEXT, re.MULTILINE))
    assert set(Table.model_fields) - explained == {"kind"}


def test_every_metric_is_explained() -> None:
    explained = set(re.findall(r"^\| `(\w+)` \|", TEXT[TEXT.index("## The metrics") :], re.MULTILINE))
    assert {*NUMBERS, *CLASSES} <= explained


def test_every_link_leads_to_a_heading() -> None:
    headings = re.findall(r"^#+ (.*)$", TEXT, re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}
    assert set(re.findall(r"\(#([\w-]+)\)", TEXT)) <= anchors
