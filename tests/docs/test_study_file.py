"""docs/study-file.md is true: its examples load, and it has every field with its default."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest

from sweep.config.margin import Margin
from sweep.config.meanings import TRIAL
from sweep.config.sections import Enqueued, StudyConfig
from sweep.config.strategies import Pruner, Sampler
from sweep.config.yaml_text import parse
from sweep.core import errors
from tests.paths import ROOT
from tests.sweep.config.study_files import DATA, MINIMAL, study
from workers.data.sources.fields import seconds

DOCS = ROOT / "docs"
PAGE = (DOCS / "study-file.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
DEFAULTS = re.findall(r"^\| `([a-z_.]+)` \| `([^`]+)` \|", PAGE, re.MULTILINE)
KINDS = dict(re.findall(r"^\| `([a-z_]+)` \|[^|]*\|([^|]*)\|$", PAGE, re.MULTILINE))
STRATEGIES = [kind for union in (Sampler, Pruner) for kind in get_args(get_args(union)[0])]


def fields(schema: dict[str, Any]) -> Iterator[str]:
    """The names of the fields of every model in a JSON schema."""
    for model in (schema, *schema["$defs"].values()):
        yield from model.get("properties", {})


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_loads(tmp_path: Path, example: str) -> None:
    given = parse(example).value
    missing = "".join(line for name, line in (("name", "name: x\n"), ("data", DATA)) if name not in given)
    assert study(tmp_path, missing + example).config.name


def test_every_field_is_there() -> None:
    both = PAGE + (DOCS / "data.md").read_text(encoding="utf-8")
    names = {name for name in fields(StudyConfig.model_json_schema()) if name not in Enqueued.model_fields}
    assert [name for name in sorted(names) if not re.search(rf"[`.]{name}[`:]", both)] == []


@pytest.mark.parametrize("section", ["objective", "budget", "workers", "trial", "compare", "deploy", "publish"])
def test_every_field_of_a_section_has_its_row(tmp_path: Path, section: str) -> None:
    names = dict(vars(getattr(study(tmp_path, MINIMAL).config, section)))
    assert {f"{section}.{name}" for name in names} <= dict(DEFAULTS).keys()


@pytest.mark.parametrize("field", TRIAL)
def test_what_a_field_of_a_trial_means_is_said_in_the_same_words_as_in_the_schema(field: str) -> None:
    row = re.search(rf"^\| `trial\.{field.rpartition('.')[2]}` \| [^|]* \| (.*) \|$", PAGE, re.MULTILINE)
    assert row
    said = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", row[1]).replace("`", "")
    assert said.startswith((TRIAL[field], "or "))  # the row of a field with few values begins with the others


@pytest.mark.parametrize(("field", "default"), DEFAULTS)
def test_a_default_is_what_the_page_says(tmp_path: Path, field: str, default: str) -> None:
    value: Any = study(tmp_path, MINIMAL).config
    for name in field.split("."):
        value = getattr(value, name)
    said = parse(default).value
    read: dict[str, Any] = {"workers.timeout": seconds, "compare.margin": Margin}
    assert getattr(value, "kind", value) == (read[field](said) if field in read else said)


@pytest.mark.parametrize("strategy", STRATEGIES, ids=lambda strategy: strategy.__name__)
def test_a_strategy_has_its_row_with_its_numbers_and_their_defaults(strategy: Any) -> None:
    kind, *options = strategy.model_fields.items()
    said = dict(re.findall(r"`(\w+): (\w+)`", KINDS[get_args(kind[1].annotation)[0]]))
    assert {name: parse(text).value for name, text in said.items()} == {
        name: field.default for name, field in options if not field.is_required()
    }


def test_every_exit_code_is_there() -> None:
    codes = {
        error.exit_code for error in vars(errors).values() if isinstance(error, type) and hasattr(error, "exit_code")
    }
    assert {int(code) for code in re.findall(r"^\| (\d+) \| ", PAGE, re.MULTILINE)} == codes | {0}
