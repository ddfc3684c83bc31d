"""Every link of the docs leads to a file and a heading that are there."""

from pathlib import Path

import pytest

from tests.docs.pages import DOCS, PAGES, anchors, links
from tests.paths import ROOT

ALL = [*sorted(ROOT.glob("*.md")), ROOT / "tests" / "README.md", *PAGES]


@pytest.mark.parametrize("page", ALL, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_to_what_is_there(page: Path) -> None:
    for path, anchor in links(page):
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{page.name}: {path} is not there"
        if anchor:
            assert anchor in anchors(target), f"{page.name}: {path or page.name} has no heading #{anchor}"


def test_no_page_links_out_of_the_docs() -> None:
    """Where the site would have nothing."""
    outside = [
        (page.name, path)
        for page in PAGES
        for path, _ in links(page)
        if DOCS not in (page.parent / path).resolve().parents
    ]
    assert [link for link in outside if link[1]] == []


def test_the_readme_leads_to_every_kind_of_docs() -> None:
    named = {path for path, _ in links(ROOT / "README.md")}
    assert {
        "docs/index.md",
        "docs/tutorial.md",
        "docs/questions.md",
        "docs/study-file.md",
        "docs/comparison.md",
    } <= named
