"""A study takes no more processors than it may use: by affinity, control groups and Slurm."""

import os
from pathlib import Path

import pytest

from sweep.core.usable_cpus import usable_cpus

MAY = 12  # by affinity


@pytest.fixture(autouse=True)
def _affinity(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(MAY)))
    monkeypatch.setattr(os, "cpu_count", lambda: 64)


def machine(root: Path, cgroup: str, files: dict[str, str]) -> Path:
    """A machine's files: what the process's groups are, and the files of groups."""
    for name, text in {"proc/self/cgroup": cgroup, **files}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(f"{text}\n")
    return root


def test_without_limits_it_is_those_of_the_affinity(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert usable_cpus(tmp_path, {}) == MAY
    monkeypatch.delattr(os, "sched_getaffinity")  # as on macOS
    assert usable_cpus(tmp_path, {}) == 64


VERSION_2, NESTED = "0::/", "0::/jobs.slice/job-7"
VERSION_1 = "4:memory:/docker/7f\n3:cpu,cpuacct:/docker/7f"
V1 = "sys/fs/cgroup/cpu"


@pytest.mark.parametrize(
    ("cgroup", "files", "usable"),
    [
        (VERSION_2, {"sys/fs/cgroup/cpu.max": "200000 100000"}, 2),
        (VERSION_2, {"sys/fs/cgroup/cpu.max": "250000 100000"}, 3),
        (VERSION_2, {"sys/fs/cgroup/cpu.max": "10000 100000"}, 1),
        (VERSION_2, {"sys/fs/cgroup/cpu.max": "max 100000"}, MAY),
        (VERSION_2, {"sys/fs/cgroup/cpu.max": "9900000 100000"}, MAY),
        (VERSION_2, {"sys/fs/cgroup/cpu.max": "what"}, MAY),
        (NESTED, {"sys/fs/cgroup/jobs.slice/job-7/cpu.max": "400000 100000"}, 4),
        (NESTED, {"sys/fs/cgroup/jobs.slice/cpu.max": "300000 100000"}, 3),
        ("0::/docker/7f", {"sys/fs/cgroup/cpu.max": "200000 100000"}, 2),
        (VERSION_1, {f"{V1}/cpu.cfs_quota_us": "150000", f"{V1}/cpu.cfs_period_us": "100000"}, 2),
        (VERSION_1, {f"{V1}/docker/7f/cpu.cfs_quota_us": "-1", f"{V1}/docker/7f/cpu.cfs_period_us": "100000"}, MAY),
        (VERSION_1, {f"{V1}/docker/7f/cpu.cfs_quota_us": "50000", f"{V1}/docker/7f/cpu.cfs_period_us": "10000"}, 5),
    ],
)
def test_a_quota_of_a_control_group_limits_them(
    cgroup: str, files: dict[str, str], usable: int, tmp_path: Path
) -> None:
    assert usable_cpus(machine(tmp_path, cgroup, files), {}) == usable


@pytest.mark.parametrize(
    ("environ", "usable"),
    [
        ({"SLURM_CPUS_PER_TASK": "4", "SLURM_CPUS_ON_NODE": "8"}, 4),
        ({"SLURM_CPUS_ON_NODE": "8"}, 8),
        ({"SLURM_CPUS_PER_TASK": "99"}, MAY),
        ({"SLURM_CPUS_PER_TASK": "many"}, MAY),
    ],
)
def test_a_slurm_job_has_those_that_it_was_given(environ: dict[str, str], usable: int, tmp_path: Path) -> None:
    assert usable_cpus(tmp_path, environ) == usable


def test_the_least_of_all_limits_counts(tmp_path: Path) -> None:
    root = machine(tmp_path, VERSION_2, {"sys/fs/cgroup/cpu.max": "300000 100000"})
    assert usable_cpus(root, {"SLURM_CPUS_PER_TASK": "4"}) == 3
    assert usable_cpus(root, {"SLURM_CPUS_PER_TASK": "2"}) == 2
