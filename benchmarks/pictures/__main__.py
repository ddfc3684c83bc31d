"""python -m benchmarks.pictures: runs configs/study.yaml, and draws what it showed: docs/pictures/."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.machine import code, described
from benchmarks.pictures import film, page
from benchmarks.pictures.recording import Written, recorded

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "docs" / "pictures"
COMMAND = ("sweep", "launch", "configs/study.yaml")
COLUMNS, ROWS = 92, 20  # of the terminal
FRAMES = 10
WIDTH, HEIGHT = 1120, 830  # of the browser's window


def main() -> int:
    """Run the study in a folder of its own, and write both pictures; 1 where there is no browser for the second."""
    PICTURES.mkdir(exist_ok=True)
    with TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (folder / "configs").symlink_to(ROOT / "configs")
        program = [str(Path(sys.executable).with_name(COMMAND[0])), *COMMAND[1:]]
        said = recorded(program, folder, COLUMNS, ROWS)
        (PICTURES / "terminal.svg").write_text(terminal(said), encoding="utf-8")
        (report,) = folder.glob("reports/*/report.html")
        try:
            (PICTURES / "report.png").write_bytes(page.seen(report, WIDTH, HEIGHT, folder))
        except (FileNotFoundError, subprocess.SubprocessError) as error:
            print(f"the report's picture was left as it is: {error}", file=sys.stderr)
            return 1
    return 0


def terminal(said: list[Written]) -> str:
    """The recording of a launch as an SVG, which says what it is of."""
    command = " ".join(COMMAND)
    day = datetime.now(UTC).date().isoformat()
    told = (
        f"Recorded on {day} while {command} ran, for {said[-1].seconds:.0f} seconds, on {described()};"
        f" version {code()}. The last picture is its answer, from the first line on."
    )
    shown = film.frames(said, f"\x1b[1m$ {command}\x1b[0m", COLUMNS, ROWS, FRAMES)
    return film.drawn(shown, command, told, COLUMNS, ROWS)


if __name__ == "__main__":
    sys.exit(main())
