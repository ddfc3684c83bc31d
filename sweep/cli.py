"""The console script `sweep`."""

import sys
from collections.abc import Sequence

from sweep import launch

USAGE = """usage: sweep launch CONFIG [...]

  launch   run a study, or continue it: the same as python -m sweep.launch
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Hand the arguments to the command they begin with; returns the exit code."""
    command, *rest = list(sys.argv[1:] if argv is None else argv) or ["--help"]
    if command == "launch":
        return launch.main(rest)
    wanted = command in ("-h", "--help")
    print(USAGE if wanted else f"sweep: no command {command!r}\n{USAGE}", file=sys.stdout if wanted else sys.stderr)
    return 0 if wanted else 2
