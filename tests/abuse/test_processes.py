"""What a stranger's bundle, a reader of logs and a supervisor may do to the process."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hostile import FAKE, GET, assert_serves, send, statuses
from loopback import ROOT, Server
from ports import free_port
from raw_client import request_bytes

SENTENCE = "张三到过上海市"
RELOAD = request_bytes(b"", path="/reload", headers={"x-api-key": "k"})


@pytest.fixture(scope="module")
def real(tiny_bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Path]]:
    """A service with a real bundle, and the bundle's folder."""
    path = Path(shutil.copytree(tiny_bundle, tmp_path_factory.mktemp("abuse") / "bundle"))
    with Server({"bundle": path, "api_keys": "k"}) as running:
        yield running, path


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("golden.json", b"[" + b"[]," * 5_500_000 + b"[]]"),
        ("golden.json", b"[" * 1_000_000),
        ("vocabulary.json", b'["' + b'","'.join(b"%d" % number for number in range(4_000_000)) + b'"]'),
        ("bundle.json", b'{"a":' * 100_000),
        ("bundle.json", b"\xff\xfe" * 1_000_000),
        ("weights.safetensors", b"\xff" * 1_000_000),
        ("network.onnx", b""),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_hostile_bundle_is_refused_in_little_memory(
    name: str, content: bytes, real: tuple[Server, Path]
) -> None:
    running, path = real
    kept = (path / name).read_bytes()
    Path(f"/proc/{running.process.pid}/clear_refs").write_text("5")  # the peak begins anew
    before = running.rss_bytes()
    (path / name).write_bytes(content)
    received = send(running, RELOAD)
    (path / name).write_bytes(kept)
    assert statuses(received) == [409]
    assert name in json.loads(received.partition(b"\r\n\r\n")[2])["detail"]
    assert peak_bytes(running) - before < 10 * len(content) + 150 * 2**20
    answer = running.post("/tag", {"text": SENTENCE}, {"x-api-key": "k"})
    assert answer.status == 200


def test_after_all_of_them_a_good_bundle_is_taken(real: tuple[Server, Path]) -> None:
    running, _ = real
    assert statuses(send(running, RELOAD)) == [200]


def peak_bytes(server: Server) -> int:
    status = Path(f"/proc/{server.process.pid}/status").read_text("ascii")
    return int(status.split("VmHWM:")[1].split()[0]) * 1024


@pytest.mark.parametrize("read", ["never", "no longer"])
def test_a_log_that_nobody_reads_stops_nothing(read: str) -> None:
    port = free_port()
    environment = {"PYTHONPATH": str(ROOT), "ZITAG_PORT": str(port), "ZITAG_ACCESS_LOG": "true"}
    command = [sys.executable, FAKE, "0", "0"]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        server = Server({}, command)
        server.process, server.port = process, port  # started here, for its output is left alone
        wait_until_it_listens(server)
        if read == "no longer":
            assert process.stdout is not None
            process.stdout.close()
        assert statuses(send(server, GET * 2000)) == [200] * 2000  # far more lines than a pipe holds
        assert_serves(server)
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0


def wait_until_it_listens(server: Server) -> None:
    while True:
        try:
            if server.get("/healthz/ready").status == 200:
                return
        except OSError:
            assert server.process.poll() is None
        time.sleep(0.05)
