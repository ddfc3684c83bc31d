"""python -m sweep.launch CONFIG: runs a study, or continues it."""

import argparse
import sys
from collections.abc import Sequence

from sweep.core.exit import guarded


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code, which sweep.core.errors explains."""
    arguments = _parser().parse_args(argv)
    return guarded(lambda: _launch(arguments))


def _launch(arguments: argparse.Namespace) -> int:
    from sweep.launch import session  # noqa: PLC0415  (its libraries take seconds, in which Ctrl-C is no error either)

    return session.launch(arguments)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="sweep launch", description="Run a study, or continue it.", allow_abbrev=False
    )
    parser.add_argument("config", metavar="CONFIG", help="the study file, such as configs/study.yaml")
    parser.add_argument("--trials", metavar="N", help="trials over the study's life: budget.trials")
    parser.add_argument("--workers", metavar="N", help="trials trained at once: workers.count")
    parser.add_argument("--set", action="append", default=[], metavar="FIELD=VALUE", help="such as trial.units=64")
    parser.add_argument("--dry-run", action="store_true", help="check everything, print what would run, train nothing")
    parser.add_argument("--log-format", choices=["text", "json"], default="text", help="of the lines on stderr")
    parser.add_argument("--json", action="store_true", help="print one JSON object on stdout and nothing else")
    return parser


if __name__ == "__main__":
    sys.exit(main())
