"""docs/mistakes.md has what the commands say, to the letter, and what they say is plain."""

import re
from pathlib import Path

import pytest

from sweep.core.errors import ConfigError
from tests.docs.mistakes import EVERY, HEAD, PAGE, PARTS, Mistake, prepare, said

TEXT = PAGE.read_text(encoding="utf-8")
JARGON = re.compile(
    r"block end|simple key|token|scalar|mapping values|anchor|pydantic|Input should|Value error|NoneType|Traceback"
    r"|\bdict\b|tuple|\bstr\b|\bint\b|errno|<stream",
    re.IGNORECASE,
)
BY_WHAT = [pytest.param(mistake, id=f"{number}-{mistake.what}") for number, mistake in enumerate(EVERY)]


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("mistakes").resolve()
    prepare(folder)
    return folder


@pytest.fixture
def folder(tables: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tables)
    for name in ("MLFLOW_TRACKING_URI", "SWEEP_STORAGE"):
        monkeypatch.delenv(name, raising=False)
    return tables


@pytest.mark.parametrize("mistake", BY_WHAT)
def test_a_mistake_is_told_as_the_page_says(folder: Path, mistake: Mistake) -> None:
    code, message = said(mistake, folder)
    assert code in (2, ConfigError.exit_code)
    section = f"### {mistake.what}\n\n```{mistake.language}\n{mistake.typed}\n```\n\n```text\n{message}\n```\n"
    assert section in TEXT, f"python -m tests.docs.mistakes --write renews the page:\n{message}"


def test_the_page_has_these_mistakes_and_no_others() -> None:
    assert TEXT.startswith(HEAD)
    assert re.findall(r"^### (.*)$", TEXT, re.MULTILINE) == [mistake.what for mistake in EVERY]
    assert re.findall(r"^## (.*)$", TEXT, re.MULTILINE) == list(PARTS)
    assert len(EVERY) >= 60


def test_no_message_has_words_of_the_libraries_or_a_secret() -> None:
    messages = re.findall(r"```text\n(.*?)```", TEXT, re.DOTALL)
    assert len(messages) == len(EVERY)
    assert [message for message in messages if JARGON.search(message) or "secret" in message] == []
