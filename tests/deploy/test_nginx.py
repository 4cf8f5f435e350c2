"""nginx in front of several instances, as deploy/nginx sets it up: run for real where nginx is installed."""

import contextlib
import json
import os
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from ports import free_port
from programs import DEPLOY, program

REMEDY = "install Debian's nginx-light and curl"
PATIENCE_S = 30.0


class Instance:
    """Stands for the service at one address: answers with that address, and can drain or die."""

    def __init__(self, address: str, port: int) -> None:
        self.address, self.status, self.asked = address, 200, 0
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self.answer(outer.status if self.path == "/healthz/ready" else 200)

            def do_POST(self) -> None:
                outer.asked += 1
                self.rfile.read(int(self.headers["content-length"]))
                self.answer(outer.status)

            def answer(self, status: int) -> None:
                body = json.dumps({"by": outer.address, "id": self.headers["x-request-id"]}).encode()
                self.send_response(status)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer((address, port), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}).start()

    def die(self) -> None:
        self.server.shutdown()
        self.server.server_close()


class Front:
    """A running nginx, and the file that says which addresses the name of the instances leads to."""

    def __init__(self, folder: Path) -> None:
        program("curl", REMEDY)
        binary = program("nginx", REMEDY)
        self.port, self.instance_port, self.names = free_port(), free_port(), folder / "addresses"
        self.names.write_text("")
        (folder / "bin").mkdir()
        getent = folder / "bin/getent"
        getent.write_text(f"#!/bin/sh\nsed 's/$/ STREAM instances/' {self.names}\n")
        getent.chmod(0o755)
        text = (DEPLOY / "nginx/nginx.conf").read_text(encoding="utf-8")
        (folder / "nginx.conf").write_text(
            text.replace("/tmp/", f"{folder}/").replace("listen 8080", f"listen 127.0.0.1:{self.port}")
        )
        environment = {
            **os.environ,
            "PATH": f"{folder / 'bin'}:{Path(binary).parent}:{os.environ['PATH']}",
            "INSTANCES_PORT": str(self.instance_port),
            "PERIOD_S": "0.2",
            "NGINX_CONF": str(folder / "nginx.conf"),
            "LIST": str(folder / "instances.conf"),
        }
        self.log = (folder / "log").open("w+")
        self.process = subprocess.Popen(
            ["sh", str(DEPLOY / "nginx/nginx.sh")],
            env=environment,
            stdout=self.log,
            stderr=self.log,
            start_new_session=True,
        )
        wait_for(lambda: self.ask("/healthz/ready")[0] in (200, 503))

    def resolve(self, *addresses: str) -> None:
        self.names.write_text("".join(f"{address}\n" for address in addresses))

    def ask(self, path: str, body: bytes | None = None, **headers: str) -> tuple[int, dict[str, Any]]:
        """Return status and JSON body; (0, {}) if the connection failed."""
        url = f"http://127.0.0.1:{self.port}{path}"
        request = urllib.request.Request(url, body, {k.replace("_", "-"): v for k, v in headers.items()})
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)
        except OSError:
            return 0, {}

    def served_by(self) -> set[str]:
        return {self.ask("/tag", b"x")[1].get("by", "none") for _ in range(8)}

    def stop(self) -> None:
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(timeout=PATIENCE_S)
        # The watcher is a child of the process that became nginx.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.log.close()


def wait_for(condition: Any) -> None:
    until = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.05)


@pytest.fixture
def front(tmp_path: Path) -> Iterator[Front]:
    made = Front(tmp_path)
    yield made
    made.stop()


@pytest.fixture
def instances(front: Front) -> Iterator[list[Instance]]:
    made = [Instance(f"127.0.0.{n}", front.instance_port) for n in (1, 2, 3)]
    front.resolve(*(instance.address for instance in made))
    wait_for(lambda: front.served_by() == {"127.0.0.1", "127.0.0.2", "127.0.0.3"})
    yield made
    for instance in made:
        instance.die()


def test_no_instance_is_a_problem_document(front: Front) -> None:
    status, problem = front.ask("/tag", b"x")
    assert (status, problem["code"], problem["status"]) == (503, "not_ready", 503)


@pytest.mark.usefixtures("instances")
def test_request_id_is_kept_or_made(front: Front) -> None:
    assert front.ask("/tag", b"x", x_request_id="mine")[1]["id"] == "mine"
    assert len(front.ask("/tag", b"x")[1]["id"]) == 32


def test_dead_instance_costs_no_request(front: Front, instances: list[Instance]) -> None:
    instances[0].die()
    assert {front.ask("/tag", b"x")[0] for _ in range(50)} == {200}
    assert "127.0.0.1" not in front.served_by()


def test_draining_instance_costs_no_request_and_is_left_out(front: Front, instances: list[Instance]) -> None:
    instances[1].status = 503
    assert {front.ask("/tag", b"x")[0] for _ in range(50)} == {200}
    wait_for(lambda: "127.0.0.2" not in (Path(front.log.name).parent / "instances.conf").read_text())
    asked = instances[1].asked
    assert front.served_by() == {"127.0.0.1", "127.0.0.3"}
    assert instances[1].asked == asked


def test_instance_that_is_ready_again_is_taken_in(front: Front, instances: list[Instance]) -> None:
    instances[1].status = 503
    wait_for(lambda: "127.0.0.2" not in front.served_by())
    instances[1].status = 200
    wait_for(lambda: "127.0.0.2" in front.served_by())


def test_new_address_is_taken_in_and_a_gone_one_left_out(front: Front, instances: list[Instance]) -> None:
    front.resolve("127.0.0.3")
    wait_for(lambda: front.served_by() == {"127.0.0.3"})
    front.resolve("127.0.0.1", "127.0.0.3")
    wait_for(lambda: front.served_by() == {"127.0.0.1", "127.0.0.3"})


def test_refusal_to_take_more_is_not_passed_to_another_instance(
    front: Front, instances: list[Instance]
) -> None:
    front.resolve("127.0.0.1")
    wait_for(lambda: front.served_by() == {"127.0.0.1"})
    before = sum(instance.asked for instance in instances)
    instances[0].status = 429
    front.resolve("127.0.0.1", "127.0.0.2", "127.0.0.3")
    status, _ = front.ask("/tag", b"x")
    assert (status, sum(instance.asked for instance in instances)) == (429, before + 1)


@pytest.mark.usefixtures("instances")
@pytest.mark.parametrize(("path", "body"), [("/reload", b""), ("/metrics", None)])
def test_what_speaks_of_one_instance_is_not_passed_on(front: Front, path: str, body: bytes | None) -> None:
    status, problem = front.ask(path, body)
    assert (status, problem["code"]) == (404, "not_found")


@pytest.mark.usefixtures("instances")
def test_too_large_a_body_is_a_problem_document(front: Front) -> None:
    status, problem = front.ask("/tag", bytes(17 << 20))
    assert (status, problem.get("code")) in {(413, "body_too_large"), (0, None)}  # closed while it was sent
