import tomllib
from pathlib import Path

import pytest
from jinja2 import UndefinedError

from sweep.report import html
from tests.paths import ROOT

TEMPLATES = sorted(Path(html.__file__).with_name("templates").iterdir())


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.name)
def test_no_template_switches_escaping_off(template: Path) -> None:
    text = template.read_text()

    assert not [word for word in ("| safe", "|safe", "autoescape", "Markup") if word in text]


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.name)
def test_the_wheel_contains_each_template(template: Path) -> None:
    setuptools = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]

    assert any(template.match(pattern) for pattern in setuptools["package-data"]["sweep.report"])


def test_content_that_a_template_lacks_is_an_error_and_no_gap() -> None:
    with pytest.raises(UndefinedError, match="notes"):
        html.render("notes.html")


def test_text_is_escaped() -> None:
    assert "<li>&lt;b&gt;&amp;</li>" in html.render("notes.html", notes=["<b>&"])
