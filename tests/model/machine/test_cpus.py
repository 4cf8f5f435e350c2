"""The CPU limit of a container."""

import os
from pathlib import Path

import pytest

from model.machine.cpus import count_cpus

V2, V1 = "0::/pod/box\n", "5:memory:/m\n4:cpu,cpuacct:/pod/box\n1:name=systemd:/\n"


@pytest.mark.parametrize(
    ("groups", "files", "expected"),
    [
        (None, {}, 8),  # no cgroups at all
        (V2, {}, 8),
        (V2, {"cpu.max": "max 100000"}, 8),
        (V2, {"cpu.max": "200000 100000"}, 2),  # in a container, the group is the mount point
        (V2, {"pod/box/cpu.max": "300000 100000"}, 3),
        (
            V2,
            {"pod/box/cpu.max": "max 100000", "pod/cpu.max": "400000 100000"},
            4,
        ),  # a parent's limit holds too
        (V2, {"pod/box/cpu.max": "150000 100000"}, 1),
        (V2, {"pod/box/cpu.max": "50000 100000"}, 1),
        (V2, {"cpu.max": "6400000 100000"}, 8),
        (V2, {"cpu.max": "garbage"}, 8),
        (V2, {"cpu.max": ""}, 8),
        (V1, {"cpu,cpuacct/cpu.cfs_quota_us": "200000", "cpu,cpuacct/cpu.cfs_period_us": "100000"}, 2),
        (
            V1,
            {
                "cpu,cpuacct/pod/box/cpu.cfs_quota_us": "300000",
                "cpu,cpuacct/pod/box/cpu.cfs_period_us": "100000",
            },
            3,
        ),
        (V1, {"cpu,cpuacct/cpu.cfs_quota_us": "-1", "cpu,cpuacct/cpu.cfs_period_us": "100000"}, 8),
        (V1, {"cpu,cpuacct/cpu.cfs_quota_us": "100000", "cpu,cpuacct/cpu.cfs_period_us": "0"}, 8),
    ],
)
def test_limits(
    groups: str | None, files: dict[str, str], expected: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)))
    if groups is not None:
        (tmp_path / "proc/self").mkdir(parents=True)
        (tmp_path / "proc/self/cgroup").write_text(groups)
    for name, content in files.items():
        path = tmp_path / "sys/fs/cgroup" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    assert count_cpus(tmp_path) == expected


def test_affinity_is_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {3})
    assert count_cpus(tmp_path) == 1


def test_this_machine() -> None:
    assert 1 <= count_cpus() <= (os.cpu_count() or 1)
