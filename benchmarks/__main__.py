"""python -m benchmarks [engine] [memory] [mirror] [sweeps] [sharing]: all by default, which takes an hour of quiet."""

import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from benchmarks import engine, memory, mirror, sharing, sweeps

KINDS = {
    "engine": engine.main,
    "memory": memory.main,
    "mirror": mirror.main,
    "sweeps": sweeps.main,
    "sharing": sharing.main,
}


def main(names: list[str]) -> int:
    """Run the benchmarks named, one after the other."""
    unknown = [name for name in names if name not in KINDS]
    if unknown:
        print(f"no benchmark {unknown[0]!r}; these are: {', '.join(KINDS)}")
        return 2
    for name in names or KINDS:
        KINDS[name]()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
