"""Requests on one connection: one after the other, whatever comes meanwhile, until the client is gone."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from wire import Wire, connected

from app.http.bounds import MAX_WAITING_BYTES
from app.http.protocol import HttpConnection
from app.http.sweep import HALF_CLOSED_S, MAX_WAIT_S, sweep

pytestmark = pytest.mark.anyio

GET = b"GET /%d HTTP/1.1\r\nhost: x\r\n\r\n"
POST = b"POST / HTTP/1.1\r\ncontent-length: 3\r\n\r\nabc"
GARBAGE = b"NOT HTTP\r\n\r\n"


class App:
    """Answers with the target and the body, while its gate is open."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.gate.set()
        self.paths: list[str] = []
        self.left = 0
        self.headers: list[tuple[bytes, bytes]] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.paths.append(scope["path"])
        body, more_body = b"", True
        while more_body:
            message = await receive()
            if message["type"] == "http.disconnect":
                self.left += 1
                return
            body, more_body = body + message["body"], message["more_body"]
        waiting = [asyncio.create_task(self.gate.wait()), asyncio.create_task(receive())]
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        for task in waiting:
            task.cancel()
        if not self.gate.is_set():
            self.left += 1
            return
        await send({"type": "http.response.start", "status": 200, "headers": self.headers})
        await send({"type": "http.response.body", "body": scope["path"].encode() + body, "more_body": True})
        await send({"type": "http.response.body", "body": b"."})


@asynccontextmanager
async def on_wire() -> AsyncIterator[tuple[App, Wire, HttpConnection]]:
    """Yield an application and a connection of its own, which is closed afterwards."""
    app, wire = App(), Wire()
    protocol = connected(wire, app)
    yield app, wire, protocol
    app.gate.set()
    if not wire.is_closed:
        wire.close()
        protocol.connection_lost(None)
    await turn()


async def turn(times: int = 40) -> None:
    """Let the event loop turn."""
    for _ in range(times):
        await asyncio.sleep(0)


async def test_what_follows_a_request_waits_as_bytes_and_is_bounded() -> None:
    async with on_wire() as (app, wire, protocol):
        app.gate.clear()
        sent = 0
        while wire.is_reading:
            protocol.data_received(GET % sent * 100)
            sent += 1
            await turn()
        assert app.paths == ["/0"]
        assert MAX_WAITING_BYTES < sent * 100 * len(GET) < 2 * MAX_WAITING_BYTES
        app.gate.set()
        while not wire.is_reading or len(app.paths) < sent * 100:
            await turn()
        assert app.paths == [f"/{number // 100}" for number in range(sent * 100)]


async def test_a_request_before_garbage_is_answered_first() -> None:
    async with on_wire() as (app, wire, protocol):
        app.gate.clear()
        protocol.data_received(GET % 1 + POST + GARBAGE)
        await turn()
        assert wire.sent == b""
        app.gate.set()
        await turn(100)
        first, second, third = wire.sent.split(b"HTTP/1.1 ")[1:]
        assert first.startswith(b"200 ")
        assert b"/abc" in second
        assert third.startswith(b"400 ")
        assert wire.is_closed


async def test_thousands_of_requests_and_half_a_head_are_no_large_head() -> None:
    async with on_wire() as (app, wire, protocol):
        whole = GET % 1
        protocol.data_received(whole * 2000 + whole[:20])
        while len(app.paths) < 2000:
            await turn()
        await turn()
        assert wire.sent.count(b"HTTP/1.1 200 ") == 2000
        assert not wire.is_closed
        protocol.data_received(whole[20:])
        await turn()
        assert wire.sent.count(b"HTTP/1.1 200 ") == 2001


@pytest.mark.parametrize("behind", [b"", GET % 2, GET % 2 * 500, POST[:-1]])
async def test_an_answer_that_is_not_read_ends_its_connection_whatever_waits_behind_it(behind: bytes) -> None:
    async with on_wire() as (_app, wire, protocol):
        protocol.pause_writing()  # the client has read nothing of an answer before
        wire.unsent = 100_000
        protocol.data_received(GET % 1 + behind)
        await turn()
        now = time.monotonic()
        sweep(protocol, now)
        sweep(protocol, now + MAX_WAIT_S - 1)
        assert not wire.is_cut
        sweep(protocol, now + MAX_WAIT_S + 1)
        assert wire.is_cut


async def test_answers_that_come_while_nothing_is_read_are_no_reading() -> None:
    async with on_wire() as (_app, wire, protocol):
        now = time.monotonic()
        for second in range(int(MAX_WAIT_S) + 3):
            protocol.data_received(GET % second)
            await turn()
            wire.unsent = len(wire.sent)
            sweep(protocol, now + second)
        assert wire.is_cut


@pytest.mark.parametrize("packet", [GET % 1, POST, GET % 1 * 3])
async def test_a_half_closed_client_gets_its_answers(packet: bytes) -> None:
    async with on_wire() as (app, wire, protocol):
        app.gate.clear()
        protocol.data_received(packet)
        await turn()
        assert protocol.eof_received()
        app.gate.set()
        await turn(200)
        assert wire.sent.count(b"HTTP/1.1 200 ") == packet.count(b"HTTP/1.1")
        assert wire.is_closed


@pytest.mark.parametrize("packet", [b"", POST[:10], POST[:-1]])
async def test_who_leaves_before_the_end_of_a_request_is_gone(packet: bytes) -> None:
    async with on_wire() as (_app, _wire, protocol):
        protocol.data_received(packet)
        await turn()
        assert not protocol.eof_received()


async def test_a_half_closed_client_gives_up_its_place_in_the_end() -> None:
    async with on_wire() as (app, wire, protocol):
        app.gate.clear()
        protocol.data_received(GET % 1)
        await turn()
        protocol.eof_received()
        sweep(protocol, time.monotonic() + HALF_CLOSED_S - 1)
        assert not wire.is_cut
        sweep(protocol, time.monotonic() + HALF_CLOSED_S + 1)
        assert wire.is_cut


async def test_a_client_that_is_gone_is_told_to_its_request_and_the_others_never_begin(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with on_wire() as (app, wire, protocol):
        app.gate.clear()
        protocol.data_received(GET % 1 * 3)
        await turn()
        wire.close()
        protocol.connection_lost(ConnectionResetError())
        await turn()
        assert (app.paths, app.left) == (["/1"], 1)
    assert not caplog.records


async def test_an_answer_to_a_client_that_is_gone_is_no_error(caplog: pytest.LogCaptureFixture) -> None:
    async with on_wire() as (app, wire, protocol):
        protocol.data_received(GET % 1)
        wire.close()  # of which the connection is told later
        await turn()
        assert app.paths == ["/1"]
    assert not caplog.records


@pytest.mark.parametrize("version", [b"1.0", b"1.1"])
@pytest.mark.parametrize("length", [True, False])
async def test_a_client_of_http_1_0_gets_no_chunks(version: bytes, length: bool) -> None:
    async with on_wire() as (app, wire, protocol):
        app.headers = [(b"content-length", b"3")] if length else []
        protocol.data_received((GET % 1).replace(b"1.1", version))
        await turn()
        head, _, body = wire.sent.partition(b"\r\n\r\n")
        is_old = version == b"1.0"
        chunked = not length and not is_old
        assert (b"transfer-encoding" in head) is chunked
        assert body == (b"2\r\n/1\r\n1\r\n.\r\n0\r\n\r\n" if chunked else b"/1.")
        assert wire.is_closed is is_old
        assert (b"connection: close" in head) is is_old


@pytest.mark.parametrize("headers", [[(b"x", b"a\r\ny: b")], [(b"content-length", b"2")]])
async def test_an_answer_that_is_none_ends_its_connection(
    headers: list[tuple[bytes, bytes]], caplog: pytest.LogCaptureFixture
) -> None:
    async with on_wire() as (app, wire, protocol):
        app.headers = headers
        protocol.data_received(GET % 1)
        await turn()
        assert b"y: b" not in wire.sent
        assert wire.is_closed
    assert "an answer failed" in caplog.text
