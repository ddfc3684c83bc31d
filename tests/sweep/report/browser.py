"""Looks at a report in Debian's Chromium, at several widths at once, by its command line alone."""

import importlib.util
import json
import re
import shutil
import subprocess
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from html import escape, unescape
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
CHROMIUM = next(filter(None, map(shutil.which, NAMES)), None)
PATIENCE = 240.0  # seconds; only a test that fails waits that long
PROBE = Path(__file__).with_name("probe.js").read_text()
OPTIONS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run")
COLLECTING = """
<pre id="said"></pre>
<script>
const said = {};
window.addEventListener("message", (event) => {
  said[event.data.name] = event.data.findings;
  document.getElementById("said").textContent = JSON.stringify(said);
});
</script>
"""


@dataclass(frozen=True)
class View:
    """How a page is looked at.

    script  what is done to it before
    judged  whether axe judges it
    """

    width: int
    height: int = 800
    dark: bool = False
    script: str = ""
    judged: bool = False


def looked_at(page: str, views: Mapping[str, View], folder: Path) -> dict[str, dict[str, Any]]:
    """What tests/sweep/report/probe.js finds in each view: in a frame so wide, which is as a window so wide."""
    frames = []
    for name, view in views.items():
        (folder / f"{name}.html").write_text(_copy(page, view))
        frames.append(
            f'<iframe name="{escape(name)}" src="{escape(name)}.html" width="{view.width}" height="{view.height}"'
            ' style="border: 0"></iframe>'
        )
    around = folder / "around.html"
    around.write_text(f"<!doctype html><meta charset='utf-8'>{COLLECTING}{''.join(frames)}")
    shown = _run(folder, "--window-size=2200,1200", "--virtual-time-budget=20000", "--dump-dom", around.as_uri())
    (said,) = re.findall(r'<pre id="said">(.*?)</pre>', shown, re.DOTALL)
    found: dict[str, dict[str, Any]] = json.loads(unescape(said) or "{}")
    assert found.keys() == views.keys(), f"no answer of {views.keys() - found.keys()}"
    return found


def axe() -> str:
    """Deque's axe-core, as it comes with a package of Python that drives other browsers with it."""
    found = importlib.util.find_spec("axe_core_python")
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).with_name("axe.min.js").read_text("utf-8")


def printed(page: str, folder: Path) -> int:
    """On how many pages of paper it is printed."""
    (folder / "printed.html").write_text(page)
    paper = folder / "printed.pdf"
    _run(folder, f"--print-to-pdf={paper}", (folder / "printed.html").as_uri())
    return max(map(int, re.findall(rb"/Count (\d+)", paper.read_bytes())))


def _run(folder: Path, *arguments: str) -> str:
    """What Chromium says on stdout."""
    command = [str(CHROMIUM), *OPTIONS, f"--user-data-dir={folder}/profile", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=True).stdout


def _copy(page: str, view: View) -> str:
    """The page, which allows the probe too; dark as where the reader's screen is."""
    script = f"{axe() if view.judged else ''}\n{PROBE}\n{view.script}"
    digest = b64encode(sha256(script.encode()).digest()).decode()
    page = page.replace("script-src '", f"script-src 'sha256-{digest}' '", 1)
    if view.dark:
        page = page.replace("@media screen and (prefers-color-scheme: dark)", "@media screen")
    return page.replace("<main>", f"<script>{script}</script><main>", 1)
