"""The JSON Schema of the study file takes what the product takes, and refuses what it can know to be wrong."""

import json
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from sweep.cli.main import main
from sweep.config.schema import study_schema
from sweep.config.study_file import of_text
from sweep.config.yaml_text import parse
from sweep.core.errors import ConfigError
from tests.paths import ROOT
from tests.sweep.config.mutations import Mutation, mutations
from tests.sweep.config.study_files import DATA, FULL, MINIMAL
from tests.sweep.config.test_refusals import FORM
from workers.plans import policies

SHIPPED = sorted((ROOT / "configs").rglob("*.yaml"))
DOCS = {
    page: (ROOT / "docs" / page).read_text(encoding="utf-8")
    for page in ("data.md", "study-file.md", "own-cells.md", "own-models.md")
}
EXAMPLES = [
    block for page in DOCS.values() for block in re.findall(r"^```yaml\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
]
VALIDATOR = Draft202012Validator(study_schema())
EACH = 31  # mutation is in make test

# What a schema cannot say, by what the product says of it.
CANNOT = {
    "what one field means for another": (
        r"applies to no trial|does not apply to this trial|should be below high|whole steps of|goes with rolling"
        r"|needs to know when each row was|max_resource should not be below|is for workers\.gpus above 0"
        r"|does not go with|needs cross: true|is named twice|stands before decimals|the targets' units are not known"
        r"|a date alone|a time of day needs|a year alone|should name the columns that say when"
        r"|: one for each$|the nearest first, and each once|the shorter length comes first|leave as out"
    ),
    "which encodings and time zones there are": r"there is no encoding|there is no time zone",
    "that 2.0 is not whole, and that infinity is no number": r"should be a whole number, not \d+\.0|a finite number",
}


def refusal(document: Any) -> str:
    """What the product says against a document; empty where it takes it."""
    try:
        of_text(json.dumps(document), Path("study.yaml"))
    except ConfigError as error:
        return str(error)
    return ""


def cannot_be_said(refused: str) -> bool:
    return all(any(re.search(why, line) for why in CANNOT.values()) for line in refused.splitlines())


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_a_shipped_file_is_taken(path: Path) -> None:
    assert list(VALIDATOR.iter_errors(parse(path.read_text(encoding="utf-8")).value)) == []


@pytest.mark.parametrize("example", [*EXAMPLES, FULL], ids=lambda text: text[:30])
def test_an_example_is_taken(example: str) -> None:
    given = parse(example).value
    whole = parse(MINIMAL).value | given
    assert [error.message for error in VALIDATOR.iter_errors(whole)] == []


@pytest.mark.parametrize(("text", "message"), FORM)
def test_a_mistake_that_the_product_tells_is_refused_or_cannot_be_said(text: str, message: str) -> None:
    valid = VALIDATOR.is_valid(parse(MINIMAL + text).value)
    assert not valid or cannot_be_said(message)


def every() -> Iterator[Mutation]:
    """Mutations of what the documents say that are shipped or shown, each place of a document once."""
    seen: set[str] = set()
    for text in (FULL, *(path.read_text(encoding="utf-8") for path in SHIPPED), *EXAMPLES):
        document = {"name": "x", **parse(DATA).value} | parse(text).value
        for mutation in mutations(document):
            known = f"{document['data'].get('kind')} {mutation.place} {mutation.what}"
            if known not in seen:
                seen.add(known)
                yield mutation


@pytest.fixture(params=[pytest.param(EACH, id="a hundred"), pytest.param(5, id="more", marks=pytest.mark.slow)])
def some(request: pytest.FixtureRequest) -> list[Mutation]:
    return list(islice(every(), 0, None, request.param))


def test_what_the_product_refuses_the_schema_refuses_or_cannot_know_and_what_it_takes_the_schema_takes(
    some: list[Mutation],
) -> None:
    told = [(mutation, refusal(mutation.document)) for mutation in some]
    taken = {id(mutation): VALIDATOR.is_valid(mutation.document) for mutation in some}
    assert [shown(each) for each, refused in told if not refused and not taken[id(each)]] == []
    missed = [(each, refused) for each, refused in told if refused and taken[id(each)]]
    assert [f"{shown(each)}: {refused}" for each, refused in missed if not cannot_be_said(refused)] == []
    assert sum(bool(refused) for _, refused in told) > 100


def shown(mutation: Mutation) -> str:
    return f"{'.'.join(map(str, mutation.place))} {mutation.what}"


def described(schema: Any, at: str = "") -> Iterator[tuple[str, str]]:
    """Every property in a schema, with its description."""
    for name, inner in schema.items() if isinstance(schema, dict) else enumerate(schema):
        if name == "properties":
            yield from ((f"{at}.{field}", str(of.get("description", ""))) for field, of in inner.items())
        if isinstance(inner, dict | list):
            yield from described(inner, f"{at}.{name}")


def test_every_field_says_what_it_means() -> None:
    fields = dict(described(study_schema()))
    assert len(fields) > 200
    assert [at for at, meaning in fields.items() if not meaning[:1].isupper()] == []


def test_every_default_is_one_that_a_study_file_could_have() -> None:
    schema = study_schema()
    for name, model in schema["$defs"].items():
        for field, of in model["properties"].items():
            if "default" in of:
                validator = Draft202012Validator({**of, "$defs": schema["$defs"]})
                assert validator.is_valid(of["default"]), f"{name}.{field}"


def test_a_new_row_of_a_table_is_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(policies.POLICIES, "every_zeroth_moon", policies.ROWS[0])
    found = study_schema()
    assert "every_zeroth_moon" in found["$defs"]["TrialSpec"]["properties"]["reset_policy"]["enum"]
    assert json.dumps(found).count("every_zeroth_moon") >= 3  # in the space and among enqueued trials too


def test_the_command_writes_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"]) == 0
    printed = capsys.readouterr().out
    assert json.loads(printed) == study_schema()
    Draft202012Validator.check_schema(json.loads(printed))
    assert main(["schema", "--out", str(tmp_path / "study.schema.json")]) == 0
    assert (tmp_path / "study.schema.json").read_text() == printed
    assert main(["schema", "--out", str(tmp_path / "no" / "study.schema.json")]) == 74
