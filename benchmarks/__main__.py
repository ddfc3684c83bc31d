"""python -m benchmarks [--write] [NAME ...]: those named of KINDS, all by default, an hour of quiet.

--write puts what they print into docs/performance.md, and their numbers beside it.
"""

import importlib
import sys

from workers.engine import runtime

KINDS = (
    "engine",
    "networks",
    "products",
    "memory",
    "mirror",
    "launcher",
    "start",
    "sweeps",
    "search",
    "sharing",
    "gpu",
)
WRITE = "--write"


def main(arguments: list[str]) -> int:
    """Run the benchmarks named, one after the other."""
    names = [name for name in arguments if name != WRITE]
    unknown = [name for name in names if name not in KINDS]
    if unknown:
        print(f"no benchmark {unknown[0]!r}; these are: {', '.join(KINDS)}")
        return 2
    runtime.configure()  # before a benchmark imports TensorFlow
    for name in names or KINDS:
        benchmark = importlib.import_module(f"benchmarks.{name}").main
        if WRITE in arguments:
            from benchmarks.performance import record  # noqa: PLC0415  (draws)

            record(name, benchmark)
        else:
            benchmark()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
