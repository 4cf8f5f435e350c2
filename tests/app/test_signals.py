"""Signals at every age of a process, and processes without their usual files."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path

import pytest
from loopback import ROOT, Server
from ports import free_port
from raw_client import HOST, request_bytes

FAKE = str(Path(__file__).parent / "fake_server.py")


def start(command: list[str], **environment: str) -> "subprocess.Popen[str]":
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ZITAG_")}
    return subprocess.Popen(
        command,
        env={**kept, "PYTHONPATH": str(ROOT), "ZITAG_PORT": "0", **environment},
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip


def wait_until_heeded(process: "subprocess.Popen[str]", number: int) -> None:
    """Wait until the process has a handler of its own for this signal."""
    while True:
        status = Path(f"/proc/{process.pid}/status").read_text()
        if int(status.split("SigCgt:")[1].split()[0], 16) >> (number - 1) & 1:
            return
        assert process.poll() is None
        time.sleep(0.001)


def test_signals_are_heeded_before_anything_that_takes_time_is_imported() -> None:
    code = "import sys, app.__main__; print({'pydantic', 'numpy', 'uvicorn', 'fastapi'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


@pytest.mark.parametrize("age_s", [0, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2])
def test_sigterm_ends_a_process_of_any_age_with_0(age_s: float, tiny_bundle: Path) -> None:
    with start([sys.executable, "-m", "app"], ZITAG_BUNDLE=str(tiny_bundle)) as process:
        wait_until_heeded(process, signal.SIGTERM)
        time.sleep(age_s)
        process.send_signal(signal.SIGTERM)
        said, _ = process.communicate(timeout=30)
        assert process.returncode == 0
        assert "Traceback" not in said


@pytest.mark.parametrize("age_s", [0, 0.3])
def test_sighup_ends_no_process_however_young(age_s: float) -> None:
    with start([sys.executable, FAKE, "0", "0"]) as process:
        wait_until_heeded(process, signal.SIGTERM)
        time.sleep(age_s)
        process.send_signal(signal.SIGHUP)
        assert process.stdout is not None
        assert any("ready: serving" in line for line in process.stdout)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)
        assert process.returncode == 0


@pytest.mark.parametrize("reload", [False, True])
def test_sigterm_does_not_wait_for_a_bundle_that_loads(reload: bool, tmp_path: Path) -> None:
    if not reload:
        (tmp_path / "slow").write_text("60")
    settings = {"bundle": tmp_path, "drain_s": 1}
    with Server(settings, (FAKE, "0", "0"), wait_ready=reload) as server:
        if reload:
            (tmp_path / "slow").write_text("60")
            server.process.send_signal(signal.SIGHUP)
        time.sleep(0.5)
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(20) == 0
        assert all("Traceback" not in str(entry) for entry in server.log)


def test_a_second_sigterm_ends_it_at_once_with_0() -> None:
    server = Server({"drain_s": 600}, (FAKE, "600", "0"))
    with server, socket.create_connection((HOST, server.port)) as connection:
        connection.sendall(request_bytes(b'{"text": "AB"}'))
        time.sleep(0.5)
        server.process.send_signal(signal.SIGTERM)
        server.wait_for("draining: 1 requests")
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(20) == 0


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_standard_files_may_be_closed(closed: str, tmp_path: Path) -> None:
    port = free_port()
    command = ["bash", "-c", f'exec "$@" {closed}', "bash", sys.executable, FAKE, "0", "0"]
    with start(command, ZITAG_PORT=str(port), ZITAG_BUNDLE=str(tmp_path)) as process:
        wait_until_ready(port, process)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)
        assert process.returncode == 0


def wait_until_ready(port: int, process: "subprocess.Popen[str]") -> None:
    while True:
        with suppress(OSError), urllib.request.urlopen(f"http://{HOST}:{port}/healthz/ready", timeout=10):
            return
        assert process.poll() is None
        time.sleep(0.02)


def test_fewer_files_than_connections_are_refused_in_words() -> None:
    command = ["bash", "-c", 'ulimit -n 500; exec "$@"', "bash", sys.executable, "-m", "app"]
    with start(command, ZITAG_MAX_CONNECTIONS="1024") as process:
        said, _ = process.communicate(timeout=60)
    assert process.returncode == 2
    assert (
        "ZITAG_MAX_CONNECTIONS: expected at most 420 where 500 files may be open, got 1024; set it lower"
        in said
    )
    assert "Traceback" not in said
