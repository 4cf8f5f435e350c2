"""Who holds a file is alone with it, until it is closed or the process dies."""

import errno
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from model.machine.locks import hold

HOLDER = "import fcntl, os, sys; fcntl.flock(os.open(sys.argv[1], os.O_RDONLY), 2); print('held'); sys.stdin.read()"


@pytest.fixture(params=["file", "folder"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """What can be held: a file, or a folder."""
    if request.param == "folder":
        return tmp_path
    (tmp_path / "file").touch()
    return tmp_path / "file"


@pytest.fixture
def descriptor(path: Path) -> Iterator[int]:
    opened = os.open(path, os.O_RDONLY)
    yield opened
    os.close(opened)


def test_the_second_does_not_get_it_until_the_first_has_closed_it(path: Path, descriptor: int) -> None:
    first = os.open(path, os.O_RDONLY)
    assert hold(first)
    assert not hold(descriptor)
    os.close(first)
    assert hold(descriptor)


def test_a_process_that_is_killed_lets_go(path: Path, descriptor: int) -> None:
    command = [sys.executable, "-c", HOLDER, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == "held\n"
        assert not hold(descriptor)
        threading.Timer(0.1, holder.kill).start()
        assert hold(descriptor, wait=True)
    assert holder.returncode == -signal.SIGKILL


def test_without_locks_everybody_is_alone(descriptor: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_locks(*_: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("fcntl.flock", no_locks)
    assert hold(descriptor)
