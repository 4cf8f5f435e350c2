"""Load: a battle, more than the service can do, and the death of one of two instances."""

import asyncio
import contextlib
import json
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import fakes
import pytest
from loopback import ROOT, Server
from overload import Case, capacity, overload
from ports import free_port
from raw_client import HOST, Connection, Reply

pytestmark = pytest.mark.anyio

FAKE = str(Path(__file__).parent / "fake_server.py")


def test_a_battle(tiny_bundle: Path) -> None:
    """The whole of it is 20,000 requests: see benchmarks/battle.py."""
    arguments = ["--bundle", str(tiny_bundle), "--requests", "1500"]
    done = subprocess.run(
        [sys.executable, "benchmarks/battle.py", *arguments],
        cwd=ROOT, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def case(number: int) -> Case:
    text = f"在{'ABCDXYZ'[number % 7 :]}第{number}号" + "。" * 30

    def verify(reply: Reply) -> None:
        assert reply.status == 200, reply
        assert reply.json["entities"] == fakes.answer_to(text)

    return json.dumps({"text": text}).encode(), verify


async def test_overload_is_refused_and_what_is_accepted_stays_right_and_in_time() -> None:
    cases = [case(number) for number in range(50)]
    with Server({"deadline_s": 4, "batch_chars": 400}, (FAKE, "0", "0.0005")) as server:
        possible = await capacity(server.port, cases, 2)
        outcome = await overload(server.port, cases, 4 * possible, 8)
        assert not outcome.faults
        assert outcome.statuses[429] > outcome.statuses[200] > 0
        assert server.post("/tag", {"text": "AB"}).status == 200


@pytest.fixture
def nginx() -> str:
    path = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")
    if path is None:
        pytest.skip("nginx is not installed: on Debian, `apt-get install nginx-light`")
    return path


NGINX = """
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 512; }}
http {{
    access_log off; client_max_body_size 8m;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/f;
    uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
    upstream zitag {{ server {host}:{first} max_fails=1 fail_timeout=5s; server {host}:{second}; keepalive 32; }}
    server {{
        listen {host}:{port};
        location / {{ proxy_pass http://zitag; proxy_http_version 1.1; proxy_set_header Connection ""; }}
    }}
}}
"""


@pytest.fixture
def two_servers() -> Iterator[tuple[Server, Server]]:
    with Server({}, (FAKE, "0.01", "0")) as first, Server({}, (FAKE, "0.01", "0")) as second:
        yield first, second


async def test_a_client_that_retries_once_loses_nothing_when_one_of_two_instances_is_killed(
    nginx: str, two_servers: tuple[Server, Server], tmp_path: Path
) -> None:
    first, second = two_servers
    port = free_port()
    config = tmp_path / "nginx.conf"
    config.write_text(
        NGINX.format(folder=tmp_path, host=HOST, first=first.port, second=second.port, port=port)
    )

    async def wait_until_up() -> None:
        connection = Connection(port)
        while True:
            with contextlib.suppress(OSError):
                if (await connection.ask(b"", path="/healthz/live", method="GET")).status == 200:
                    break
            await asyncio.sleep(0.05)
        await connection.close()

    async def load() -> tuple[int, int]:
        answered = retried = 0
        stop = asyncio.Event()

        async def ask(worker: int) -> None:
            nonlocal answered, retried
            generator = random.Random(worker)
            connection = Connection(port)
            while not stop.is_set():
                text = f"在{'ABCDXYZ'[generator.randrange(7) :]}第{generator.random()}"
                body = json.dumps({"text": text}).encode()
                for last in (False, True):
                    reply = await connection.ask(body)
                    if reply.status == 200 or last:
                        break
                    retried += 1
                assert reply.status == 200, reply
                assert reply.json["entities"] == fakes.answer_to(text)
                answered += 1
            await connection.close()

        asking = [asyncio.create_task(ask(worker)) for worker in range(16)]
        await asyncio.sleep(1)
        first.process.kill()
        await asyncio.sleep(2)
        stop.set()
        await asyncio.gather(*asking)
        return answered, retried

    with subprocess.Popen([nginx, "-c", str(config), "-e", str(tmp_path / "early.log")]) as proxy:
        try:
            await wait_until_up()
            answered, retried = await load()
        finally:
            proxy.terminate()
    assert answered > 100
    assert retried < answered
