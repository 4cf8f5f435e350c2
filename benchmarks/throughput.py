"""Requests/s and latency of the service, beside a FastAPI endpoint that validates the same body and finds nothing.

    python benchmarks/throughput.py --bundle bundles/default [--runtime auto] [--seconds 5] [--rounds 3]

Sentences of 40 characters, one per request, one process each, both running and asked in turn, so that what else the
machine does falls on both. The load comes from wrk (Debian: `apt-get install wrk`). Prints both figures and their
ratio for 64 connections, and both medians for one, and exits with 0 if the ratio is at least 0.5 and the service's
median within 1.5 ms of the endpoint's.
"""

import argparse
import json
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from loopback import ROOT, Server
from raw_client import HOST

from model.machine.command import run_command

SENTENCES = (
    "中共中央致中国致公党十一大的贺词各位代表各位同志在中国致公党第十一次全国代表大会",
    "新华社北京八月二十日电记者小明今天在人民大会堂见到了李鹏总理和江泽民主席他们说了",
    "张三李四去年到过上海市复旦大学王五现任中共中央委员会书记老舍先生写的茶馆在法国巴",
    "在这里向全体代表和同志们致以热烈的祝贺并通过你们向广大归侨侨眷和海外侨胞表示亲切",
)
CHARS = 40
MIN_RATIO = 0.5
MAX_EXTRA_MS = 1.5

# Each connection sends the sentences in turn.
SCRIPT = """
local bodies = {{{bodies}}}
local turn = 0
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
request = function()
    turn = turn % #bodies + 1
    return wrk.format(nil, nil, nil, bodies[turn])
end
done = function(summary, latency, requests)
    local errors = summary.errors
    local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
    local per_s = summary.requests / summary.duration * 1e6
    io.write(string.format("RESULT %f %f %d\\n", per_s, latency:percentile(50) / 1e3, failed))
end
"""


class Load(NamedTuple):
    """What wrk measured."""

    per_s: float
    median_ms: float
    errors: int


def load(port: int, script: Path, connections: int, seconds: int) -> Load:
    """Return what wrk measured at /tag."""
    done = subprocess.run(
        ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", str(script), f"http://{HOST}:{port}/tag"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    found = re.search(r"RESULT ([\d.]+) ([\d.]+) (\d+)", done.stdout)
    assert found, done.stdout
    return Load(float(found[1]), float(found[2]), int(found[3]))


def write_script(folder: Path) -> Path:
    """Return wrk's script, with the bodies in it."""
    bodies = (json.dumps({"text": sentence[:CHARS]}, ensure_ascii=False) for sentence in SENTENCES)
    path = folder / "bodies.lua"
    path.write_text(SCRIPT.format(bodies=", ".join(f"[==[{body}]==]" for body in bodies)), "utf-8")
    return path


def start_bare() -> tuple[subprocess.Popen[bytes], int]:
    """Return the endpoint's process and its port, once it answers."""
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        port = int(listener.getsockname()[1])
    command = [sys.executable, str(ROOT / "benchmarks/bare_service.py"), str(port)]
    process = subprocess.Popen(command, env={**os.environ, "PYTHONPATH": str(ROOT)})
    while True:
        try:
            urllib.request.urlopen(f"http://{HOST}:{port}/docs", timeout=1).close()
            return process, port
        except urllib.error.URLError:
            time.sleep(0.05)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--bundle", type=Path, default=Path("bundles/default"))
    parser.add_argument("--runtime", default="auto", help="as ZITAG_RUNTIME")
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    if shutil.which("wrk") is None:
        print("wrk is not installed: on Debian, `apt-get install wrk`", file=sys.stderr)
        return 2
    bare, bare_port = start_bare()
    results: dict[tuple[str, int], list[Load]] = {}
    try:
        with (
            Server({"bundle": options.bundle.resolve(), "runtime": options.runtime}) as server,
            tempfile.TemporaryDirectory() as folder,
        ):
            script = write_script(Path(folder))
            for connections in (64, 1):
                for name, port in (("bare", bare_port), ("service", server.port)):
                    load(port, script, connections, 1)  # warm
                    results[name, connections] = []
                for _ in range(options.rounds):
                    for name, port in (("bare", bare_port), ("service", server.port)):
                        results[name, connections].append(load(port, script, connections, options.seconds))
            code = server.stop()
    finally:
        bare.terminate()
        bare.wait()
    return report(results) or code


def report(results: dict[tuple[str, int], list[Load]]) -> int:
    """Print the medians over the rounds; return 0 if the goals are met."""
    errors = sum(measured.errors for rounds in results.values() for measured in rounds)
    per_s = {name: statistics.median(r.per_s for r in results[name, 64]) for name in ("bare", "service")}
    alone_ms = {
        name: statistics.median(r.median_ms for r in results[name, 1]) for name in ("bare", "service")
    }
    busy_ms = {
        name: statistics.median(r.median_ms for r in results[name, 64]) for name in ("bare", "service")
    }
    ratio, extra_ms = per_s["service"] / per_s["bare"], alone_ms["service"] - alone_ms["bare"]
    print(f"{'':24}{'bare FastAPI':>14}{'service':>14}")
    print(f"{'requests/s, 64 clients':24}{per_s['bare']:14.0f}{per_s['service']:14.0f}   ratio {ratio:.2f}")
    print(f"{'median ms, 64 clients':24}{busy_ms['bare']:14.2f}{busy_ms['service']:14.2f}")
    print(
        f"{'median ms, 1 client':24}{alone_ms['bare']:14.2f}{alone_ms['service']:14.2f}   {extra_ms:+.2f} ms"
    )
    print(f"errors: {errors}")
    return 0 if ratio >= MIN_RATIO and extra_ms <= MAX_EXTRA_MS and not errors else 1


if __name__ == "__main__":
    sys.exit(run_command(main))
