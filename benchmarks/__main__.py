"""python -m benchmarks [NAME ...]: those named of KINDS, all by default, an hour of quiet."""

import importlib
import sys

from workers.engine import runtime

KINDS = ("engine", "products", "memory", "mirror", "launcher", "start", "sweeps", "sharing")


def main(names: list[str]) -> int:
    """Run the benchmarks named, one after the other."""
    unknown = [name for name in names if name not in KINDS]
    if unknown:
        print(f"no benchmark {unknown[0]!r}; these are: {', '.join(KINDS)}")
        return 2
    runtime.configure()  # before a benchmark imports TensorFlow
    for name in names or KINDS:
        importlib.import_module(f"benchmarks.{name}").main()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
