"""The first screen of a page, as Debian's Chromium shows it."""

import io
import shutil
import subprocess
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
OPTIONS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run")
PATIENCE = 240.0  # seconds
COLOURS = 128


def browser() -> str | None:
    """The command of a Chromium that is installed."""
    return next(filter(None, map(shutil.which, NAMES)), None)


def seen(page: Path, width: int, height: int, folder: Path) -> bytes:
    """A PNG of the page's first screen. folder: where the browser may write.

    Raises FileNotFoundError where there is no Chromium, CalledProcessError where it fails.
    """
    found = browser()
    if found is None:
        raise FileNotFoundError(f"none of {', '.join(NAMES)} is installed")
    picture = folder / "page.png"
    size = ("--hide-scrollbars", f"--window-size={width},{height}", f"--screenshot={picture}")
    command = [found, *OPTIONS, f"--user-data-dir={folder}/profile", *size, page.as_uri()]
    subprocess.run(command, capture_output=True, timeout=PATIENCE, check=True)  # noqa: S603  (our own command)
    return compressed(picture.read_bytes())


def compressed(png: bytes) -> bytes:
    """The same picture in few colours."""
    from PIL import Image  # noqa: PLC0415  (comes with Matplotlib)

    found = io.BytesIO()
    image = Image.open(io.BytesIO(png)).convert("RGB")
    image.quantize(COLOURS, dither=Image.Dither.NONE).save(found, "PNG", optimize=True)
    return found.getvalue()
