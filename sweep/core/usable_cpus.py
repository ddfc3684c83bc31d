"""How many processors this process may use, which may be fewer than the machine has."""

import math
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

ROOT = Path("/")
SLURM = ("SLURM_CPUS_PER_TASK", "SLURM_CPUS_ON_NODE")  # the first that is there: of this task, or else of the job here
UNLIMITED = math.inf


def usable_cpus(root: Path = ROOT, environ: Mapping[str, str] = os.environ) -> int:
    """At least 1: the fewest of those that its affinity, the quotas of its control groups and its Slurm job leave it.

    root: the folder in which `proc` and `sys` lie. A part of a processor counts as one.
    """
    return max(math.ceil(min(_by_affinity(), _by_quota(root), _by_slurm(environ))), 1)


def _by_affinity() -> int:
    if hasattr(os, "sched_getaffinity"):  # Linux has it, macOS does not
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _by_slurm(environ: Mapping[str, str]) -> float:
    """Slurm may leave it to its jobs to keep to what they were given."""
    said = next((environ[name] for name in SLURM if name in environ), "")
    return int(said) if said.isdecimal() else UNLIMITED


def _by_quota(root: Path) -> float:
    """The least quota of the process's control groups and of those around them, in processors.

    In a container the files may be those of the container alone, at the top, while `proc` says the path outside of it.
    """
    try:
        lines = (root / "proc/self/cgroup").read_text().splitlines()
    except OSError:
        return UNLIMITED
    quotas = (quota for line in lines if line.count(":") >= 2 for quota in _quotas(root / "sys/fs/cgroup", line))
    return min(quotas, default=UNLIMITED)


def _quotas(mounted: Path, line: str) -> Iterator[float]:
    """Of one line `hierarchy:controllers:path`, which has no controllers in version 2 of control groups."""
    _, controllers, path = line.split(":", 2)
    group = Path(path.lstrip("/"))
    for around in (group, *group.parents):
        if not controllers:
            yield _quota(mounted / around / "cpu.max")
        elif "cpu" in controllers.split(","):
            folder = mounted / "cpu" / around
            yield _quota(folder / "cpu.cfs_quota_us", folder / "cpu.cfs_period_us")


def _quota(*files: Path) -> float:
    """Processors: the time that may be used of each period, by a file with both or by two."""
    with suppress(OSError, ValueError):  # no such file, or `max`
        used, period = (int(number) for file in files for number in file.read_text().split())
        return used / period if used > 0 and period > 0 else UNLIMITED
    return UNLIMITED
