"""python -m benchmarks.calibration [made-up] [placebo] [seeds]: all by default; goes on where an earlier call ended.

Ctrl-C ends it once the studies under way have ended.
"""

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.calibration import campaign, page, plan
from benchmarks.calibration.conditions import Condition
from benchmarks.calibration.results import Results
from workers.engine import runtime

ROOT = Path(__file__).parents[2]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the studies that are missing, then write the page from all results there are."""
    given = _given(arguments)
    runtime.configure()  # before a process of its own imports TensorFlow
    conditions = plan.quick() if given.quick else plan.everything()
    folder = given.folder / "quick" if given.quick else given.folder
    results = Results(folder)
    until = time.time() + 60 * given.minutes
    try:
        _run(plan.of_parts(conditions, given.parts), results, given.processes, until)
    except KeyboardInterrupt:
        print("stopped; the same command goes on")
    page.write(folder if given.quick else ROOT / "docs", conditions, results)
    return 0


def _run(conditions: Sequence[Condition], results: Results, processes: int, until: float) -> None:
    wanted = campaign.missing(conditions, results)
    first = campaign.pilot(conditions, results)
    print(f"{len(wanted)} studies are missing; {len(first)} of them first, to see how long one takes", flush=True)
    campaign.run(first, results, processes, until)
    wanted = campaign.missing(conditions, results)
    if time.time() < until:
        print(f"{len(wanted)} studies: {campaign.hours(wanted, results, processes):.2g} hours", flush=True)
    done = campaign.run(wanted, results, processes, until)
    left = len(wanted) - done
    print("all are there" if not left else f"{left} are still missing; the same command goes on", flush=True)


def _given(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.calibration", description=(__doc__ or "").partition(": ")[2]
    )
    parser.add_argument("parts", nargs="*", metavar="part", help=f"of {', '.join(plan.PARTS)}; all by default")
    parser.add_argument("--quick", action="store_true", help="a study or two of each part; the page in the folder")
    parser.add_argument("--folder", type=Path, default=ROOT / "calibration", help="of the results")
    parser.add_argument("--processes", type=int, default=2, help="that train or make up studies at a time")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="after which no other study is begun")
    given = parser.parse_args(arguments)
    if unknown := [part for part in given.parts if part not in plan.PARTS]:
        parser.error(f"no part {unknown[0]!r}; these are: {', '.join(plan.PARTS)}")
    return given


if __name__ == "__main__":
    raise SystemExit(main())
