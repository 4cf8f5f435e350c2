"""Splits as tasks on a Ray cluster: the bytes that one process writes, whoever dies meanwhile."""

import os
import re
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import NamedTuple, TypeVar

import pytest
from bulk import all_names, bulk, files_of
from bulk_cases import MAX_CHARS, ROW_CASES
from ray_processes import kill_all_of, tagging

from model.bulk.__main__ import main

ROOT = Path(__file__).parent.parent.parent.parent
LINES = [f"第{number}号小明在北京大学见到了李鹏总理和江泽民主席。" * 8 for number in range(1200)]
SPLIT_MB = 0.05
OPTIONS = ("--split-mb", str(SPLIT_MB), "--max-chars", str(MAX_CHARS * 10), "--runtime", "onnx")
WORKER, NODE, DRIVER = "worker", "node", "driver"
EARLY, LATE = "while the first splits are tagged", "when an output is renamed, most are done"
FoundT = TypeVar("FoundT")


class Cluster(NamedTuple):
    """A cluster in a process of its own, by its address; see ray_cluster."""

    process: "subprocess.Popen[str]"
    address: str

    def mend(self) -> None:
        """Replace the nodes that were killed."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write("mend\n")
        self.process.stdin.flush()
        assert next(line for line in self.process.stdout if not line.startswith("[")) == "mended\n"


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
    bulk(tiny_bundle, source, target, split_mb=SPLIT_MB, max_chars=MAX_CHARS * 10)
    return files_of(target)


def start(cluster: Cluster, *arguments: Path) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "model.bulk", *map(str, arguments), *OPTIONS]
    command += ["--engine", "ray", "--address", cluster.address]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def wait_for(find: Callable[[], FoundT]) -> FoundT:
    """Return what `find` finds, once it is anything."""
    deadline = time.monotonic() + 300
    while not (found := find()):
        assert time.monotonic() < deadline
        time.sleep(0.002)
    return found


@pytest.mark.parametrize("moment", [EARLY, LATE])
@pytest.mark.parametrize("who", [WORKER, NODE, DRIVER])
def test_whoever_dies_and_whenever_each_row_is_written_once(
    cluster: Cluster, source: Path, tiny_bundle: Path, tmp_path: Path, expected: dict[str, bytes],
    who: str, moment: str,
) -> None:  # fmt: skip
    target = tmp_path / "out"
    driver = start(cluster, tiny_bundle, source, target)
    if moment == LATE:
        wait_for(lambda: len(list(target.glob("_splits/*"))) >= 3 / 4 * len(expected))
    one = wait_for(lambda: next(tagging(target), None))
    assert one
    if moment == LATE:
        wait_for((target / one.output).exists)
    kill_all_of({WORKER: one.pid, NODE: one.node, DRIVER: driver.pid}[who])
    _, said = driver.communicate(timeout=120)
    if who == DRIVER:
        assert not (target / "_SUCCESS").exists()
        driver = start(cluster, tiny_bundle, source, target)
        _, said = driver.communicate(timeout=120)
    assert driver.returncode == 0, said
    assert files_of(target) == expected
    assert all_names(target) == {"_manifest.json", "_SUCCESS", *expected}
    if who == NODE:
        cluster.mend()


def test_each_node_tags_its_share(
    cluster: Cluster, source: Path, tiny_bundle: Path, tmp_path: Path, expected: dict[str, bytes]
) -> None:
    target = tmp_path / "out"
    outputs: dict[int, set[str]] = defaultdict(set)
    driver = start(cluster, tiny_bundle, source, target)
    while driver.poll() is None:
        for one in tagging(target):
            outputs[one.node].add(one.output)
    _, said = driver.communicate()
    assert driver.returncode == 0, said
    assert len(outputs) == 2
    assert all(len(of_node) >= len(expected) / 4 for of_node in outputs.values()), outputs
    assert files_of(target) == expected


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


def test_a_cluster_that_is_not_there_is_told_after_one_attempt(
    tiny_bundle: Path, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    attempts = "RAY_gcs_server_port_wait_time_s"
    monkeypatch.setenv("RAY_AUTH_MODE", "disabled")
    monkeypatch.setenv(attempts, "")
    monkeypatch.delenv(attempts)

    def refuse(address: str, **_: object) -> None:
        raise ConnectionError(f"{os.environ[attempts]} attempt at {address}")

    errors = SimpleNamespace(RayError=RuntimeError)
    monkeypatch.setitem(sys.modules, "ray", SimpleNamespace(init=refuse, exceptions=errors))
    arguments = [str(tiny_bundle), str(source), str(tmp_path / "out"), "--engine", "ray"]
    assert main([*arguments, "--address", "127.0.0.9:1"]) == 2
    said = capsys.readouterr().err
    assert "127.0.0.9:1: expected a Ray cluster, got 1 attempt at 127.0.0.9:1" in said


def test_an_address_is_rays_alone(
    tiny_bundle: Path, source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(tiny_bundle), str(source), str(tmp_path / "out"), "--address", "127.0.0.9:1"]) == 2
    assert "--address: expected --engine ray with it, got 'local'" in capsys.readouterr().err
