"""python -m benchmarks.accuracy [--write] [NAME ...]: those named of SERIES, all by default.

--write puts what is measured into docs/accuracy.md, and the numbers beside it; parts that are not named stay.
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from benchmarks.accuracy.measured import Asked, measured
from benchmarks.accuracy.page import NUMBERS, PAGE, page, section
from benchmarks.accuracy.series import SERIES

SECONDS = 80  # that a study may take, half for its search, and a model of NeuralForecast for its search
RUNS = 1


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure one table after the other, and print or write what was found; 1 where one could not be measured."""
    given, failed = _given(arguments), 0
    for name in given.names or SERIES:
        try:
            result = measured(name, SERIES[name], Asked(given.seconds, given.runs))
        except RuntimeError as error:
            print(f"{name}: not measured: {error}", flush=True)
            failed = 1
            continue
        if result is None:
            print(f"{name}: left out; {SERIES[name].lacking}")
        elif given.write:
            write(name, result, PAGE, NUMBERS)
        else:
            print("\n\n".join(section(name, json.loads(json.dumps(result)))), flush=True)
    return failed


def write(name: str, result: dict[str, object], text: Path, numbers: Path) -> None:
    """Put what was found of one table beside what is there of the others."""
    results = json.loads(numbers.read_text(encoding="utf-8")) if numbers.exists() else {}
    results[name] = result
    numbers.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    written = json.loads(numbers.read_text(encoding="utf-8"))
    text.write_text(page(text.read_text(encoding="utf-8"), written), encoding="utf-8")


def _given(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.accuracy", description="How good is it?")
    parser.add_argument("names", nargs="*", metavar="name", help=f"of {', '.join(SERIES)}; all by default")
    parser.add_argument("--write", action="store_true", help="docs/accuracy.md and docs/accuracy.json")
    parser.add_argument("--seconds", type=int, default=SECONDS, help=f"for each search; {SECONDS} by default")
    parser.add_argument(
        "--runs", type=int, default=RUNS, help=f"of what has seeds, each with another; {RUNS} by default"
    )
    given = parser.parse_args(arguments)
    if unknown := [name for name in given.names if name not in SERIES]:
        parser.error(f"no series {unknown[0]!r}; these are: {', '.join(SERIES)}")
    return given


if __name__ == "__main__":
    raise SystemExit(main())
