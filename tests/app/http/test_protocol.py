"""What clients may do to a connection, against a real server process: raw bytes in, raw bytes out."""

import asyncio
import json
import socket
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Any

import pytest
from loopback import Server
from raw_client import HOST, Connection, Reply, open_streams, read_reply, request_bytes
from wire import Wire, connected

from app.http.bounds import RESERVE
from app.http.sweep import MAX_WAIT_S, sweep, sweep_connections

pytestmark = pytest.mark.anyio

FAKE = (str(Path(__file__).parents[1] / "fake_server.py"), "0", "0")
BODY = '{"text": "在AB"}'.encode()


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server(
        {"max_body_bytes": 100_000, "max_buffered_bytes": 150_000, "body_timeout_s": 2}, FAKE
    ) as running:
        yield running


def send(server: Server, *pieces: bytes | float, count: int = 1) -> list[Reply]:
    """Send pieces, pausing for the numbers between them, and return `count` replies."""

    async def talk() -> list[Reply]:
        async with open_streams(server.port) as (reader, writer):
            for piece in pieces:
                if isinstance(piece, bytes):
                    writer.write(piece)
                    await writer.drain()
                else:
                    await asyncio.sleep(piece)
            return [await asyncio.wait_for(read_reply(reader), 20) for _ in range(count)]

    return asyncio.run(talk())


def head(*lines: str, path: str = "/tag") -> bytes:
    return "\r\n".join([f"POST {path} HTTP/1.1", "host: x", *lines, "", ""]).encode("latin-1")


# Targets that the parser lets through and that are no URL of ours.
NO_URLS = [b"CONNECT a:1", b"GET http://x:99999/", b"GET http://x"]


def assert_alive(server: Server) -> None:
    assert server.post("/tag", {"text": "AB"}).json["entities"][0]["text"] == "AB"


def problem(reply: Reply) -> tuple[int, str]:
    assert reply.headers["content-type"] == "application/problem+json"
    return reply.status, reply.json["code"]


@pytest.mark.parametrize(
    "garbage",
    [b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 TLS\r\n\r\n", b"GARBAGE\r\n\r\n",
     b"POST /\xe5\xb0\x8f HTTP/1.1\r\nhost: x\r\n\r\n", *(b"%s HTTP/1.1\r\nhost: a\r\n\r\n" % one for one in NO_URLS),
     head("content-length: 5", "content-length: 6"), head("content-length: -1"), head("content-length: x"),
     head("content-length: 5", "transfer-encoding: chunked"), head("bad header: x"),
     b"POST /tag HTTP/9.9\r\nhost: x\r\n\r\n", b"\x00" * 100],
)  # fmt: skip
def test_bytes_that_are_not_http(garbage: bytes, server: Server) -> None:
    (reply,) = send(server, garbage)
    assert problem(reply) == (400, "bad_http")
    assert reply.headers["connection"] == "close"
    assert_alive(server)


def test_a_body_in_pieces_and_in_chunks(server: Server) -> None:
    whole = request_bytes(BODY)
    (reply,) = send(server, whole[:30], 0.05, whole[30:-3], 0.05, whole[-3:])
    assert reply.json["entities"][0]["start"] == 1
    chunked = head("content-type: application/json", "transfer-encoding: chunked")
    pieces = b"".join(b"1\r\n%c\r\n" % byte for byte in BODY) + b"0\r\n\r\n"
    (reply,) = send(server, chunked, pieces)
    assert reply.json["entities"][0]["start"] == 1


def test_several_requests_in_one_packet_are_answered_in_order(server: Server) -> None:
    texts = ["AB", "在XY", "", "CD"]
    packet = b"".join(request_bytes(json.dumps({"text": text}).encode()) for text in texts)
    replies = send(server, packet, count=4)
    assert [[entity["text"] for entity in reply.json["entities"]] for reply in replies] == [
        ["AB"], ["XY"], [], ["CD"],
    ]  # fmt: skip


def test_expect_100_continue(server: Server) -> None:
    expecting = ("content-type: application/json", "expect: 100-continue")
    (reply,) = send(server, head(*expecting, f"content-length: {len(BODY)}"), 0.1, BODY)
    assert reply.status == 200
    (reply,) = send(server, head(*expecting, "content-length: 999999999"))  # told before it sends
    assert problem(reply) == (413, "body_too_large")


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("split", [0, 20, 150, -5])
def test_an_upgrade_to_http2_is_ignored_and_the_body_is_read(
    split: int, chunked: bool, server: Server
) -> None:
    """Java's HttpClient asks for it with its first request."""
    upgrade = ("connection: Upgrade, HTTP2-Settings", "upgrade: h2c", "http2-settings: AAEAAEAAAAIAAAAB")
    framing = "transfer-encoding: chunked" if chunked else f"content-length: {len(BODY)}"
    body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY) if chunked else BODY
    request = head("content-type: application/json", framing, *upgrade) + body
    after = request_bytes(b'{"text": "XY"}')
    replies = send(server, request[:split], 0.05, request[split:] + after, count=2)
    assert [reply.json["entities"][0]["text"] for reply in replies] == ["AB", "XY"]


def test_an_upgrade_without_a_body_is_ignored_too(server: Server) -> None:
    request = b"GET /healthz/ready HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n"
    assert [reply.status for reply in send(server, request * 2, count=2)] == [200, 200]


@pytest.mark.parametrize("announced", [True, False])
def test_a_body_too_large_is_told_even_to_a_client_that_sends_it_all(announced: bool, server: Server) -> None:
    body = b"x" * 3_000_000
    if announced:
        request = request_bytes(body)
    else:
        request = head("content-type: application/json", "transfer-encoding: chunked")
        request += b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    (reply,) = send(server, request)
    assert problem(reply) == (413, "body_too_large")
    assert_alive(server)


def test_a_connection_goes_on_after_a_refusal(server: Server) -> None:
    replies = send(server, request_bytes(b"x" * 200_000), request_bytes(BODY), count=2)
    assert [reply.status for reply in replies] == [413, 200]


def test_slow_bodies_are_given_up(server: Server) -> None:
    announced = head("content-type: application/json", "content-length: 1000")
    for pieces in ((announced,), (announced, b'{"text"'), (announced, b'{"te', 0.5, b"xt", 0.5, b'":')):
        (reply,) = send(server, *pieces)
        assert problem(reply) == (408, "body_timeout")
        assert reply.headers["connection"] == "close"
    assert_alive(server)


async def test_many_unfinished_bodies_are_bounded_together(server: Server) -> None:
    async def flood() -> list[int]:
        async with AsyncExitStack() as stack:
            streams = [await stack.enter_async_context(open_streams(server.port)) for _ in range(6)]
            for _, writer in streams:
                writer.write(head("content-type: application/json", "content-length: 90000") + b"x" * 60_000)
                await writer.drain()
                await asyncio.sleep(0.05)
            return [(await asyncio.wait_for(read_reply(reader), 20)).status for reader, _ in streams]

    statuses = await flood()
    assert statuses.count(503) >= 3
    assert set(statuses) <= {503, 408}
    assert_alive(server)


@pytest.mark.parametrize("flood", [b"x-%d: " + b"y" * 1000 + b"\r\n", b"x" * 1000])
def test_headers_without_end_are_refused(flood: bytes, server: Server) -> None:
    with socket.create_connection((HOST, server.port)) as connection:
        connection.sendall(b"POST /tag HTTP/1.1\r\nhost: x\r\n")
        received = b""
        try:
            for number in range(2000):
                connection.sendall(flood.replace(b"%d", b"%d" % number))
            connection.settimeout(10)
            while piece := connection.recv(65536):
                received += piece
        except OSError:
            pass  # cut off while sending: that is a refusal as well
    assert received == b"" or received.startswith(b"HTTP/1.1 431 ")
    assert_alive(server)


async def test_a_client_that_leaves_at_any_point_harms_nobody(server: Server) -> None:
    whole = request_bytes(BODY)

    for length in range(0, len(whole) + 1, 7):
        async with open_streams(server.port) as (_, writer):
            writer.write(whole[:length])
            await writer.drain()
    assert_alive(server)


async def test_a_stream_is_answered_while_it_is_sent(server: Server) -> None:
    async with open_streams(server.port) as (reader, writer):
        writer.write(
            head("content-type: application/x-ndjson", "transfer-encoding: chunked", path="/tag/stream")
        )
        await reader.readuntil(b"\r\n\r\n")
        for name in ("AB", "XY"):
            line = json.dumps({"text": name}).encode() + b"\n"
            writer.write(b"%x\r\n%s\r\n" % (len(line), line))
            await reader.readuntil(b"\r\n")
            answer = json.loads(await asyncio.wait_for(reader.readuntil(b"\n"), 10))
            assert answer["entities"][0]["text"] == name
            await reader.readuntil(b"\r\n")
        writer.write(b"0\r\n\r\n")
        assert await asyncio.wait_for(reader.readexactly(5), 10) == b"0\r\n\r\n"


def test_a_stream_that_falls_silent_is_ended(server: Server) -> None:
    request = head("content-type: application/x-ndjson", "transfer-encoding: chunked", path="/tag/stream")
    (reply,) = send(server, request + b'd\r\n{"text":"AB"}\r\n')
    lines = [json.loads(line) for line in reply.body.splitlines()]
    assert lines[-1]["code"] == "body_timeout"


async def test_too_many_connections_are_refused_and_told() -> None:
    async def ask(port: int) -> None:
        held = [Connection(port) for _ in range(8)]
        for connection in held:
            assert (await connection.ask(BODY)).status == 200
        for request in (REQUEST, REQUEST[:-5], b"GET / HTTP/1.1\r\nhost: x\r\n\r\n"):
            async with open_streams(port) as (reader, writer):
                writer.write(request)
                refused = await asyncio.wait_for(read_reply(reader), 10)
            assert problem(refused) == (503, "too_many_connections")
            assert refused.headers["retry-after"] == "1"
        for path in (b"/healthz/live", b"/healthz/ready", b"/metrics"):
            async with open_streams(port) as (reader, writer):
                writer.write(b"GET %s HTTP/1.1\r\nhost: x\r\n\r\n" % path)
                answer = await asyncio.wait_for(read_reply(reader), 10)
                assert answer.status == 200
                assert answer.headers["connection"] == "close"
                assert await asyncio.wait_for(reader.read(), 10) == b""
        assert b'zitag_rejected_total{reason="too_many_connections"} 3.0' in answer.body
        async with AsyncExitStack() as stack:  # who fills up the reserve is sent away soon
            streams = [await stack.enter_async_context(open_streams(port)) for _ in range(RESERVE + 1)]
            refused = await asyncio.wait_for(read_reply(streams[-1][0]), 10)
            assert problem(refused) == (503, "too_many_connections")
            for reader, _ in streams[:-1]:
                with suppress(ConnectionError):
                    assert await asyncio.wait_for(reader.read(), 10) == b""
        await held[0].close()
        await asyncio.sleep(0.1)
        assert (await held[0].ask(BODY)).status == 200
        for connection in held:
            await connection.close()

    with Server({"max_connections": 8}, FAKE) as small:
        await ask(small.port)


# What the sweep, once a second, cuts off: on a connection without a network.


REQUEST = request_bytes(BODY)


@pytest.mark.parametrize(
    ("pieces", "answered", "unsent", "expected"),
    [
        ([], False, 0, True),  # connected, and never a byte
        ([b"POST /tag HTTP/1.1\r\nhost:"], False, 0, True),  # headers without end
        ([REQUEST], False, 0, False),  # the answer is being made: that has its own deadline
        ([REQUEST[:-5]], False, 0, False),  # the body is awaited: that has its own as well
        ([REQUEST], True, 0, False),  # silent between requests: keep-alive
        ([REQUEST], True, 100, True),  # the answer is not read
        ([REQUEST[:-5]], True, 0, False),  # refused before the body's end: keep-alive, until more comes
        ([REQUEST[:-5], b"x"], True, 0, True),  # refused, and the body goes on and on
        ([REQUEST, b"\r\n"], True, 0, True),  # an empty line keeps nothing alive
    ],
)
async def test_clients_that_keep_a_connection_busy_with_nothing_are_cut_off(
    pieces: list[bytes], answered: bool, unsent: int, expected: bool
) -> None:
    async def connect() -> bool:
        answer = asyncio.Event()

        async def app(scope: object, receive: Any, send: Any) -> None:
            await answer.wait()
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
            await send({"type": "http.response.body", "body": b""})

        wire = Wire()
        protocol = connected(wire, app)
        for number, piece in enumerate(pieces):
            if number == 1:
                answer.set()
                await asyncio.sleep(0.01)
            protocol.data_received(piece)
        if answered:
            answer.set()
        await asyncio.sleep(0.01)
        wire.unsent = unsent
        now = time.monotonic()
        sweep(protocol, now)
        assert not wire.is_cut
        sweep(protocol, now + MAX_WAIT_S + 1)
        is_cut = wire.is_cut
        answer.set()
        await asyncio.sleep(0.01)
        protocol.connection_lost(None)
        return is_cut

    assert await connect() is expected


@pytest.mark.parametrize("target", NO_URLS)
async def test_a_target_that_is_no_url_costs_its_own_connection_alone(target: bytes) -> None:
    wire = Wire()
    protocol = connected(wire, None)
    wire.unsent = 100  # of an answer before, which is not read
    protocol.data_received(b"%s HTTP/1.1\r\nhost: a\r\n\r\n" % target)
    assert wire.is_closed
    sweep_connections([protocol])
    sweep(protocol, time.monotonic() + MAX_WAIT_S + 1)
    assert wire.is_cut
    protocol.connection_lost(None)


async def test_a_connection_that_cannot_be_swept_does_not_end_the_server(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def connect() -> bool:
        bad, good = (connected(Wire(), None) for _ in range(2))
        bad.transport = None
        good.waiting_since -= 2 * MAX_WAIT_S
        sweep_connections([bad, good])
        return good.transport.is_cut

    assert await connect()
    assert "a connection could not be looked after" in caplog.text


def test_what_is_refused_before_it_is_a_request_is_counted(server: Server) -> None:
    def count(code: str) -> float:
        lines = server.get("/metrics").body.decode().splitlines()
        name = f'zitag_rejected_total{{reason="{code}"}} '
        return sum(float(line.removeprefix(name)) for line in lines if line.startswith(name))

    before = count("bad_http"), count("headers_too_large")
    send(server, b"GARBAGE\r\n\r\n")
    send(server, b"GARBAGE" + b"x" * 70_000)  # two faults, one refusal
    send(server, head()[:-2] + b"x: " + b"y" * 100_000)  # without end
    assert (count("bad_http"), count("headers_too_large")) == (before[0] + 2, before[1] + 1)


async def test_a_client_that_reads_slowly_is_given_time() -> None:
    async def app(scope: object, receive: Any, send: Any) -> None:
        pass

    wire = Wire()
    protocol = connected(wire, app)
    now = time.monotonic()
    for second in range(100):
        wire.unsent = 1000 - second
        sweep(protocol, now + second)
    assert not wire.is_cut
    for second in range(100, 100 + int(MAX_WAIT_S) + 2):
        sweep(protocol, now + second)
    assert wire.is_cut
