"""Splits as tasks on a Ray cluster: the bytes that one process writes, whoever dies meanwhile."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from bulk import all_names, bulk, files_of
from bulk_cases import MAX_CHARS, ROW_CASES

from model.bulk.__main__ import main

ROOT = Path(__file__).parent.parent.parent.parent
LINES = [f"第{number}号小明在北京大学见到了李鹏总理和江泽民主席。" * 8 for number in range(1200)]
OPTIONS = ("--split-mb", "0.1", "--max-chars", str(MAX_CHARS * 10), "--runtime", "onnx")


class Cluster(NamedTuple):
    """A cluster in a process of its own, by its address; see ray_cluster."""

    process: "subprocess.Popen[str]"
    address: str

    def lose_a_node(self) -> None:
        """Kill a node with all that runs on it."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write("lose\n")
        self.process.stdin.flush()
        assert next(line for line in self.process.stdout if not line.startswith("[")) == "lost\n"


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """A cluster that wants a token, which all that is started from here has."""
    settings = {
        "USAGE_STATS_ENABLED": "0",
        "AUTH_MODE": "token",
        "AUTH_TOKEN": "t" * 64,
        "worker_niceness": "0",
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in settings.items():
            patch.setenv(f"RAY_{name}", value)
        command = [sys.executable, ROOT / "tests" / "ray_cluster.py"]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        ) as process:
            assert process.stdout
            address = next(line for line in process.stdout if re.match(r"[\d.]+:\d+$", line))
            yield Cluster(process, address.strip())
            process.communicate(timeout=120)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with long work and all kinds of rows."""
    folder = tmp_path_factory.mktemp("in")
    (folder / "a.txt").write_text("\n".join(LINES), encoding="utf-8")
    (folder / "b.jsonl").write_bytes(b"\n".join(case.line for case in ROW_CASES))
    return folder


@pytest.fixture(scope="module")
def expected(source: Path, tiny_bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What this process writes."""
    target = tmp_path_factory.mktemp("out")
    bulk(tiny_bundle, source, target, split_mb=0.1, max_chars=MAX_CHARS * 10)
    return files_of(target)


def start(cluster: Cluster, *arguments: Path) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "model.bulk", *map(str, arguments), *OPTIONS]
    command += ["--engine", "ray", "--address", cluster.address]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def wait_for_records(target: Path, count: int) -> None:
    wait_for(lambda: len(list(target.glob("_splits/*"))) >= count)


def wait_for(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 300
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def kill_a_worker() -> bool:
    """Return whether there was one that tags: such a process calls itself so."""
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if (folder / "cmdline").read_bytes().startswith(b"ray::answer_split"):
                os.kill(int(folder.name), signal.SIGKILL)
                return True
    return False


def test_whoever_dies_each_row_is_written_once(
    cluster: Cluster, source: Path, tiny_bundle: Path, tmp_path: Path, expected: dict[str, bytes]
) -> None:
    target = tmp_path / "out"
    driver = start(cluster, tiny_bundle, source, target)
    wait_for_records(target, 2)
    driver.kill()
    driver.communicate()
    driver = start(cluster, tiny_bundle, source, target)
    wait_for(kill_a_worker)
    wait_for_records(target, 4)
    cluster.lose_a_node()
    _, said = driver.communicate(timeout=300)
    assert driver.returncode == 0, said
    assert files_of(target) == expected
    assert all_names(target) == {"_manifest.json", "_SUCCESS", *expected}


def test_a_mistake_is_told_as_by_any_engine(cluster: Cluster, tiny_bundle: Path, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text("bad\n" * 3)
    arguments = [str(tiny_bundle), str(tmp_path / "a.jsonl"), str(tmp_path / "out"), "--max-bad", "1"]
    command = [
        sys.executable,
        "-m",
        "model.bulk",
        *arguments,
        "--engine",
        "ray",
        "--address",
        cluster.address,
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 2
    assert "error: expected at most 1 bad rows (--max-bad), got 3 so far:\n  a.jsonl: line 1: " in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("mode", ["", "k8s"])
def test_whether_a_cluster_wants_a_token_must_be_said(
    tiny_bundle: Path, source: Path, tmp_path: Path, mode: str, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setenv("RAY_AUTH_MODE", mode)
    arguments = [
        str(tiny_bundle),
        str(source),
        str(tmp_path / "out"),
        "--engine",
        "ray",
        "--address",
        "127.0.0.9:1",
    ]
    assert main(arguments) == 2
    assert "RAY_AUTH_MODE: expected token or disabled, as the cluster has it, got" in capsys.readouterr().err


def test_an_address_is_rays_alone(
    tiny_bundle: Path, source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(tiny_bundle), str(source), str(tmp_path / "out"), "--address", "127.0.0.9:1"]) == 2
    assert "--address: expected --engine ray with it, got 'local'" in capsys.readouterr().err
