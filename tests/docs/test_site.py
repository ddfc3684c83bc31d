"""The site of the docs is built without a warning, has every page, and fetches nothing from elsewhere."""

import re
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from typing_extensions import override

from tests.docs.pages import DOCS, PAGES
from tests.paths import ROOT

SETTINGS = tomllib.loads((ROOT / "zensical.toml").read_text())["project"]
FETCHING = {"script": "src", "img": "src", "iframe": "src", "link": "href", "source": "src", "object": "data"}


def leaves(nav: list[dict[str, Any]]) -> Iterator[str]:
    for entry in nav:
        for value in entry.values():
            yield from [value] if isinstance(value, str) else leaves(value)


class Built(HTMLParser):
    """What a built page fetches, what it links to, and where links into it may lead."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.linked: list[str] = []
        self.anchors: set[str] = set()
        self.feed(page.read_text(encoding="utf-8"))

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag in FETCHING and FETCHING[tag] in values:
            self.fetched.append(values[FETCHING[tag]])
        if tag == "a" and "href" in values:
            self.linked.append(values["href"])
        if "id" in values:
            self.anchors.add(values["id"])


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    shutil.copy(ROOT / "zensical.toml", folder)
    shutil.copytree(DOCS, folder / "docs")
    command = [str(ROOT / ".venv-tools" / "bin" / "zensical"), "build", "--strict"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=250, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "warning" not in (done.stdout + done.stderr).lower()
    return folder / "site"


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, Built]:
    return {page: Built(page) for page in sorted(site.rglob("*.html")) if page.name != "404.html"}


def test_the_navigation_has_every_page_once() -> None:
    named = list(leaves(SETTINGS["nav"]))
    assert sorted(named) == sorted(str(page.relative_to(DOCS)) for page in PAGES)


def test_every_page_is_built(site: Path, pages: dict[Path, Built]) -> None:
    assert set(pages) == {(site / page.relative_to(DOCS)).with_suffix(".html") for page in PAGES}


def test_nothing_is_fetched_from_elsewhere(site: Path, pages: dict[Path, Built]) -> None:
    for page, built in pages.items():
        assert [link for link in built.fetched if re.match(r"(\w+:)?//", link)] == [], page.name
        assert [link for link in built.fetched if not (page.parent / link.split("?")[0]).exists()] == [], page.name
    sheets = "".join(sheet.read_text(encoding="utf-8") for sheet in site.rglob("*.css"))
    assert not re.search(r"@import|url\(['\"]?(\w+:)?//", sheets)


def test_every_link_within_the_site_leads_to_what_is_there(pages: dict[Path, Built]) -> None:
    for page, built in pages.items():
        for link in built.linked:
            path, _, anchor = unquote(link).partition("#")
            if re.match(r"\w+:", path):
                continue
            target = (page.parent / path).resolve() if path else page
            assert target.exists(), f"{page.name}: {link}"
            if anchor and target in pages:
                assert anchor in pages[target].anchors, f"{page.name}: {link}"


def test_the_numbers_that_programs_keep_are_not_published(site: Path) -> None:
    assert {path.name for path in site.glob("*.json")} <= {"search.json"}
