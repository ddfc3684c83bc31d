"""The console script `sweep`."""

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Literal

from sweep.cli import remote
from sweep.core.errors import SweepError
from sweep.core.exit import guarded
from sweep.launch import __main__ as launch

if TYPE_CHECKING:
    from sweep.doctor import Diagnosis

USAGE = """usage: sweep COMMAND CONFIG [...]

  launch   run a study, or continue it: the same as python -m sweep.launch
  report   write a study's report again, from what its ledger holds
  sync     make a study's mirror in MLflow complete, or anew, from what its ledger holds
  doctor   what is running, stuck, orphaned or out of step in a study; with --repair, mend it;
           with --security, CONFIG or none: what strangers could read, write or run in a deployment

on a Ray cluster:
  submit   hand a study to it, and return            list   the studies there, and in the ledger
  logs     what a study's launcher has printed       stop   a study, as Ctrl-C does
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
    parser = _parser("report", "Write a study's report again.")
    return guarded(lambda: _report(parser.parse_args(argv)))


def sync(argv: Sequence[str]) -> int:
    """Make a study's mirror in MLflow complete; prints what it holds now."""
    parser = _parser("sync", "Make a study's mirror in MLflow complete.")
    return guarded(lambda: _sync(parser.parse_args(argv)))


def doctor(argv: Sequence[str]) -> int:
    """Look at a study, and repair it if asked to, or at a deployment; 1 when something is wrong in the end."""
    parser = _parser("doctor", "What is running, stuck, orphaned or out of step in a study.", nargs="?")
    parser.add_argument("--repair", action="store_true", help="repair what can be; never while a launcher is at it")
    parser.add_argument("--security", action="store_true", help="what strangers could read, write or run instead")
    parser.add_argument("--json", action="store_true", help="print one JSON object on stdout and nothing else")
    arguments = parser.parse_args(argv)
    if arguments.security and arguments.repair:
        parser.error("--security repairs nothing: leave out --repair")
    if not arguments.security and arguments.config is None:
        parser.error("CONFIG is missing: the study file, such as configs/study.yaml")
    return guarded(lambda: _security(arguments) if arguments.security else _doctor(arguments))


# What these import takes seconds, which the others need not wait for.


def _report(arguments: argparse.Namespace) -> int:
    from sweep.config import study_file  # noqa: PLC0415
    from sweep.launch import session  # noqa: PLC0415
    from sweep.report import write  # noqa: PLC0415
    from sweep.study import Study  # noqa: PLC0415
    from sweep.study.looks import look_without_lease  # noqa: PLC0415

    file = study_file.load(arguments.config)
    dataset = session.load_data(file)
    with Study.read(file.config, dataset) as study:
        runs = study.comparison_runs(file.config.compare.seeds) if file.config.compare else None
        try:
            verdict, files = write.write(file, study, runs, dataset, partial(look_without_lease, file.config))
        except OSError as error:
            raise SweepError(f"the report cannot be written: {error}") from error
    print(f"{verdict.sentence}\n{files[0]}" if verdict else files[0])
    return 0


def _sync(arguments: argparse.Namespace) -> int:
    from sweep.config import study_file  # noqa: PLC0415
    from sweep.launch import session  # noqa: PLC0415
    from sweep.tracking import sync  # noqa: PLC0415

    file = study_file.load(arguments.config)
    print(f"{file.config.name}: {sync.sync(file, session.load_data(file))}")
    return 0


def _doctor(arguments: argparse.Namespace) -> int:
    from sweep import doctor  # noqa: PLC0415
    from sweep.config import study_file  # noqa: PLC0415
    from sweep.launch import session  # noqa: PLC0415

    file = study_file.load(arguments.config)
    visit = doctor.repair if arguments.repair else doctor.examine
    return _told(visit(file, session.load_data(file)), arguments)


def _security(arguments: argparse.Namespace) -> int:
    from sweep.config import study_file  # noqa: PLC0415
    from sweep.doctor import deployment  # noqa: PLC0415

    return _told(deployment.examine(study_file.load(arguments.config) if arguments.config else None), arguments)


def _told(found: "Diagnosis", arguments: argparse.Namespace) -> int:
    print(json.dumps(found.as_json()) if arguments.json else found.as_text())
    return 1 if found.wrong else 0


def _parser(name: str, description: str, nargs: Literal["?"] | None = None) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"sweep {name}", description=description, allow_abbrev=False)
    parser.add_argument("config", metavar="CONFIG", nargs=nargs, help="the study file, such as configs/study.yaml")
    return parser


COMMANDS: Mapping[str, Callable[[Sequence[str]], int]] = {
    "launch": launch.main,
    "report": report,
    "sync": sync,
    "doctor": doctor,
    "submit": remote.submit,
    "list": remote.studies,
    "logs": remote.logs,
    "stop": remote.stop,
}
