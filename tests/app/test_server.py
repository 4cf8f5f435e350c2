"""The server as a process: how it starts, what signals do, how it ends."""

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import fakes
import pytest
from loopback import ROOT, Server
from raw_client import Connection, open_streams, request_bytes

pytestmark = pytest.mark.anyio

FAKE = str(Path(__file__).parent / "fake_server.py")


def run_app(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ZITAG_")}
    return subprocess.run(
        [sys.executable, "-m", "app", *arguments],
        env={**kept, **environment}, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def test_help_names_every_setting() -> None:
    done = run_app("--help")
    assert done.returncode == 0
    for line in (
        "ZITAG_PORT [8000]",
        "ZITAG_BUNDLE [bundles/default]",
        "ZITAG_LOG_TEXT [False]",
        "ZITAG_THREADS\n",
    ):
        assert line in done.stdout


@pytest.mark.parametrize(
    ("arguments", "environment", "code", "message"),
    [
        (("--port", "1"), {}, 2, "expected no arguments, got ['--port', '1']"),
        ((), {"ZITAG_PORT": "http"}, 2, "ZITAG_PORT: "),
        (
            (),
            {"ZITAG_BUNDLE": "/not/there"},
            2,
            "/not/there: there is no bundle here; `make bundle` trains one",
        ),
        ((), {"ZITAG_HOST": "256.1.1.1"}, 2, "cannot listen on 256.1.1.1"),
    ],
)
def test_what_stops_it_from_starting_is_said_without_a_traceback(
    arguments: tuple[str, ...], environment: dict[str, str], code: int, message: str
) -> None:
    done = run_app(*arguments, **{"ZITAG_PORT": "0", **environment})
    assert done.returncode == code
    assert message in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_a_port_that_is_taken_is_said(tiny_bundle: Path) -> None:
    with Server({"bundle": tiny_bundle}) as first:
        done = run_app(ZITAG_PORT=str(first.port), ZITAG_BUNDLE=str(tiny_bundle))
    assert done.returncode == 2
    assert f"cannot listen on 127.0.0.1:{first.port}" in done.stdout
    assert "Traceback" not in done.stdout


def test_a_real_bundle_is_served_and_sigterm_ends_with_0(tiny_bundle: Path) -> None:
    with Server({"bundle": tiny_bundle, "log_level": "info"}) as server:
        answer = server.post("/tag", {"texts": ["新华社北京八月二十日电记者小明", "", "张三到过上海市。"]})
        results = answer.json["results"]
        assert len(results) == 3
        assert any(result["entities"] for result in results)
        assert server.get("/bundle").json["runtime"] == "onnx"
        assert server.get("/docs").status == 200
        assert any("no API key is set" in str(entry["message"]) for entry in server.log)
        assert server.stop() == 0
        assert all("Traceback" not in str(entry) for entry in server.log)


def test_the_service_answers_as_the_tagger_alone_does(tiny_bundle: Path, tagger_alone: object) -> None:
    texts = [
        "新华社北京八月二十日电记者小明。" * 300,
        "😀张三到过上海市复旦大学",
        "老舍先生" * 40,
        "0123 abc",
    ]
    with Server({"bundle": tiny_bundle, "batch_chars": 512}) as server:
        results = server.post("/tag", {"texts": texts, "include": ["tags"]}).json["results"]
    alone = tagger_alone.tag_details(texts, tags=True)  # type: ignore[attr-defined]
    for result, expected in zip(results, alone, strict=True):
        assert result["tags"] == expected.tags
        found = [
            (entity["start"], entity["end"], entity["text"], entity["label"]) for entity in result["entities"]
        ]
        assert found == [tuple(entity)[:4] for entity in expected.entities]
        assert [entity["score"] for entity in result["entities"]] == pytest.approx(
            [entity.score for entity in expected.entities], abs=2e-4
        )


@pytest.fixture(scope="module")
def tagger_alone(tiny_bundle: Path) -> object:
    from model.tagger import Tagger

    return Tagger.load(tiny_bundle, threads=1)


async def test_sigterm_under_load_answers_every_accepted_request() -> None:
    async def load(server: Server) -> tuple[int, int]:
        connections = [Connection(server.port) for _ in range(32)]
        answered = refused = 0

        async def ask(connection: Connection, number: int) -> None:
            nonlocal answered, refused
            while True:
                text = f"在{'ABCDXYZ'[number % 7 :]}第{number}"
                try:
                    await connection.open()
                except OSError:
                    return  # it listens no more: nothing was sent
                reply = await connection.ask(
                    f'{{"text": "{text}"}}'.encode()
                )  # an unanswered request would raise
                if reply.status == 503:
                    assert reply.json["code"] == "draining"
                    refused += 1
                    await connection.close()
                    return
                assert reply.status == 200
                assert reply.json["entities"] == fakes.answer_to(text)
                answered += 1
                number += 32

        asking = [
            asyncio.create_task(ask(connection, number)) for number, connection in enumerate(connections)
        ]
        await asyncio.sleep(1)
        server.process.send_signal(signal.SIGTERM)
        await asyncio.gather(*asking)
        return answered, refused

    with Server({"drain_s": 10}, (FAKE, "0.05", "0")) as server:
        answered, refused = await load(server)
        assert server.process.wait(20) == 0
    assert answered > 32
    assert refused > 0


async def test_sigterm_waits_for_a_long_request_within_the_grace() -> None:
    async def ask(server: Server) -> int:
        connection = Connection(server.port)
        asking = asyncio.create_task(connection.ask(b'{"text": "AB"}'))
        await asyncio.sleep(0.5)
        server.process.send_signal(signal.SIGTERM)
        status = (await asking).status
        await connection.close()
        return status

    with Server({}, (FAKE, "2", "0")) as server:
        assert await ask(server) == 200
        assert server.process.wait(20) == 0


async def test_the_grace_has_an_end_and_a_second_sigterm_ends_it_at_once() -> None:
    async def ask(server: Server, signals: int) -> None:
        connection = Connection(server.port)
        asking = asyncio.create_task(connection.ask(b'{"text": "AB"}'))
        await asyncio.sleep(0.5)
        for _ in range(signals):
            server.process.send_signal(signal.SIGTERM)
            await asyncio.sleep(0.2)
        await asyncio.gather(asking, return_exceptions=True)
        await connection.close()

    for settings, signals in (({"drain_s": 1}, 1), ({"drain_s": 60}, 2)):
        with Server(settings, (FAKE, "15", "0")) as server:
            await ask(server, signals)
            assert server.process.wait(14) == 0


async def test_sigterm_ends_a_stream_with_a_line_that_says_so() -> None:
    async def ask(server: Server) -> list[dict[str, object]]:
        async with open_streams(server.port) as (reader, writer):
            head = {"content-type": "application/x-ndjson", "content-length": "1000000"}
            writer.write(request_bytes(b'{"text": "AB"}\n{"text": "XY"}\n', path="/tag/stream", headers=head))
            await reader.readuntil(b"XY")
            server.process.send_signal(signal.SIGTERM)
            rest = await asyncio.wait_for(reader.read(), 20)
            return [json.loads(line) for line in rest.splitlines() if line.startswith(b'{"type"')]

    with Server({}, (FAKE, "0", "0")) as server:
        (last,) = await ask(server)
        assert server.process.wait(20) == 0
    assert last["code"] == "draining"


def bundle_folder(tmp_path: Path, fingerprint: str) -> Path:
    path = tmp_path / "bundle"
    path.mkdir(exist_ok=True)
    (path / "fingerprint").write_text(fingerprint)
    return path


def test_sighup_takes_a_good_bundle_and_refuses_a_bad_one(tmp_path: Path) -> None:
    path = bundle_folder(tmp_path, "1" * 64)
    with Server({"bundle": path}, (FAKE, "0", "0")) as server:
        for fingerprint, message, expected in (
            ("2" * 64, "ready: serving bundle@22222222", "bundle@22222222"),
            ("broken", "reload refused", "bundle@22222222"),
            ("3" * 64, "ready: serving bundle@33333333", "bundle@33333333"),
        ):
            seen = len(server.log)
            bundle_folder(tmp_path, fingerprint)
            server.process.send_signal(signal.SIGHUP)
            server.wait_for(message, after=seen)
            assert server.post("/tag", {"text": "AB"}).json["bundle"] == expected


def test_a_sighup_that_comes_while_a_bundle_is_loaded_is_not_lost(tmp_path: Path) -> None:
    path = bundle_folder(tmp_path, "1" * 64)
    with Server({"bundle": path}, (FAKE, "0", "0")) as server:
        (path / "slow").touch()
        seen = len(server.log)
        for fingerprint in ("2" * 64, "3" * 64, "4" * 64):
            bundle_folder(tmp_path, fingerprint)
            server.process.send_signal(signal.SIGHUP)
            time.sleep(0.2)  # well within the load of the first
        server.wait_for("ready: serving bundle@44444444", after=seen)


async def test_reload_under_load_fails_no_request_and_mixes_no_bundles(tmp_path: Path) -> None:
    """Each answer names its bundle; a request of several texts and slices is answered by one."""
    long = "在AB去。" * 3000

    async def load(server: Server) -> set[str]:
        seen: set[str] = set()
        stop = asyncio.Event()

        async def ask(number: int) -> None:
            connection = Connection(server.port)
            key = {"x-api-key": "k"}
            text = long if number == 0 else f"在AB第{number}"
            while not stop.is_set():
                reply = await connection.ask(f'{{"texts": ["{text}", "XY"]}}'.encode(), headers=key)
                assert reply.status == 200
                seen.add(reply.json["bundle"])
                assert [result["entities"] for result in reply.json["results"]] == [
                    fakes.answer_to(text), fakes.answer_to("XY")
                ]  # fmt: skip
            await connection.close()

        asking = [asyncio.create_task(ask(number)) for number in range(16)]
        for digit in "23x45":
            await asyncio.sleep(0.3)
            bundle_folder(tmp_path, "broken" if digit == "x" else digit * 64)
            answer = await asyncio.to_thread(server.post, "/reload", b"", {"x-api-key": "k"})
            assert answer.status == (409 if digit == "x" else 200)
        async with asyncio.timeout(30):
            while "bundle@55555555" not in seen:
                await asyncio.sleep(0.01)
        stop.set()
        await asyncio.gather(*asking)
        return seen

    path = bundle_folder(tmp_path, "1" * 64)
    with Server({"bundle": path, "batch_chars": 1024, "api_keys": "k"}, (FAKE, "0.002", "0")) as server:
        seen = await load(server)
    assert {"bundle@11111111", "bundle@33333333", "bundle@55555555"} <= seen
    assert len(seen) <= 5


def test_a_real_bundle_that_is_damaged_is_refused_under_way(tiny_bundle: Path, tmp_path: Path) -> None:
    path = Path(shutil.copytree(tiny_bundle, tmp_path / "bundle"))
    with Server({"bundle": path, "api_keys": "k"}) as server:
        key = {"x-api-key": "k"}
        before = server.post("/tag", {"text": "张三到过上海市"}, key).json
        content = (path / "weights.safetensors").read_bytes()
        (path / "weights.safetensors").write_bytes(content[:-10])
        refused = server.post("/reload", b"", key)
        assert (refused.status, refused.json["code"]) == (409, "reload_refused")
        assert "weights.safetensors" in refused.json["detail"]
        assert server.post("/tag", {"text": "张三到过上海市"}, key).json == before
        (path / "weights.safetensors").write_bytes(content)
        assert server.post("/reload", b"", key).status == 200
        assert server.post("/tag", {"text": "张三到过上海市"}, key).json == before
