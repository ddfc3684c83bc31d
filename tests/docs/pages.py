"""The pages of the docs, with their headings, links and blocks of code."""

import re
from pathlib import Path

from tests.paths import ROOT

DOCS = ROOT / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)


def text(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def blocks(page: Path, language: str) -> list[str]:
    """The blocks of code in a language, in their order."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text(page), re.MULTILINE | re.DOTALL)


def anchors(page: Path) -> set[str]:
    """Where links into a page may lead: its headings, as hosts of repositories and the site write them."""
    headings = re.findall(r"^#+ (.*)$", FENCE.sub("", text(page)), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}


def links(page: Path) -> list[tuple[str, str]]:
    """What a page links to within the repository: paths, which may be empty, and anchors, which may be empty too."""
    found = re.findall(r"\]\(([^)\s]*)\)", re.sub(r"`[^`\n]*`", "", FENCE.sub("", text(page))))
    inner = [link for link in found if "://" not in link]
    return [(link.partition("#")[0], link.partition("#")[2]) for link in inner]
