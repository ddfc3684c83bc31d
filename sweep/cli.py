"""The console script `sweep`."""

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence

from sweep import config, launch
from sweep.errors import SweepError
from sweep.study import Study

USAGE = """usage: sweep COMMAND CONFIG [...]

  launch   run a study, or continue it: the same as python -m sweep.launch
  report   write a study's report again, from what its ledger holds
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Hand the arguments to the command they begin with; returns the exit code."""
    command, *rest = list(sys.argv[1:] if argv is None else argv) or ["--help"]
    if command in COMMANDS:
        return COMMANDS[command](rest)
    wanted = command in ("-h", "--help")
    print(USAGE if wanted else f"sweep: no command {command!r}\n{USAGE}", file=sys.stdout if wanted else sys.stderr)
    return 0 if wanted else 2


def report(argv: Sequence[str]) -> int:
    """Write a study's report again; prints the verdict, if there is one, and the page's path."""
    parser = argparse.ArgumentParser(prog="sweep report", description="Write a study's report again.")
    parser.add_argument("config", metavar="CONFIG", help="the study file, such as configs/study.yaml")
    arguments = parser.parse_args(argv)
    from sweep import reporting  # noqa: PLC0415  (its statistics and drawings take seconds to import)

    try:
        file = config.load(arguments.config)
        dataset = launch.load_data(file)
        study = Study(file.config, dataset)
        runs = study.confirmation(file.config.compare.seeds) if file.config.compare else None
        verdict, files = reporting.write(file, study, runs, dataset)
    except (SweepError, OSError) as error:
        print(error, file=sys.stderr)
        return error.exit_code if isinstance(error, SweepError) else 1
    print(f"{verdict.sentence}\n{files[0]}" if verdict else files[0])
    return 0


COMMANDS: Mapping[str, Callable[[Sequence[str]], int]] = {"launch": launch.main, "report": report}
