"""How many CPUs this process may use: the container's limit where there is one, not the host's core count.

affinity (taskset, cpuset) ─┐
cgroup v2  cpu.max          ├─> the smallest, at least 1
cgroup v1  cpu.cfs_quota_us ┘
"""

import os
from collections.abc import Iterator
from pathlib import Path


def count_cpus(root: Path = Path("/")) -> int:
    """Return the number of whole CPUs this process may keep busy; at least 1.

    A limit of 1.5 CPUs counts as 1: a second busy thread would be throttled by the kernel for most of each
    100 ms period, which shows as latency. `root` stands for "/" in tests.
    """
    quotas = list(_quotas(root))
    return max(1, int(min([len(os.sched_getaffinity(0)), *quotas])))


def _quotas(root: Path) -> Iterator[float]:
    """Yield every CPU limit set on this process's control group or on one above it, in CPUs."""
    for controllers, group in _groups(root):
        if controllers == "":
            for folder in _upwards(root / "sys/fs/cgroup", group):
                yield from _quota(_words(folder / "cpu.max"))
        elif "cpu" in controllers.split(","):
            for folder in _upwards(root / "sys/fs/cgroup" / controllers, group):
                yield from _quota(_words(folder / "cpu.cfs_quota_us") + _words(folder / "cpu.cfs_period_us"))


def _groups(root: Path) -> Iterator[tuple[str, str]]:
    """Yield (controllers, path) per line of /proc/self/cgroup; controllers are "" for cgroup v2."""
    try:
        lines = (root / "proc/self/cgroup").read_text("utf-8").splitlines()
    except OSError:
        return
    for line in lines:
        _, controllers, group = line.split(":", 2)
        yield controllers, group.strip("/")


def _upwards(mount: Path, group: str) -> Iterator[Path]:
    """Yield the group's folder and those above it, up to the mount point.

    In a container the path is often the host's and does not exist: the mount point then is the group.
    """
    folder = mount / group
    while folder != mount:
        yield folder
        folder = folder.parent
    yield mount


def _words(path: Path) -> list[str]:
    try:
        return path.read_text("ascii").split()
    except OSError:
        return []


def _quota(words: list[str]) -> Iterator[float]:
    """Yield quota / period if both are set: "max 100000" and "-1 100000" mean no limit.

    >>> list(_quota(["150000", "100000"])), list(_quota(["max", "100000"])), list(_quota(["-1", "100000"]))
    ([1.5], [], [])
    """
    if len(words) == 2 and words[0].isdigit() and words[1].isdigit() and int(words[1]) > 0:
        yield int(words[0]) / int(words[1])
