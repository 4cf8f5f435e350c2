"""Bytes that look like HTTP, more or less. Whatever comes, the service lives, is healthy, and the next answer is right.

make fuzz    an hour of it, other examples each time; FUZZ_SECONDS says how long
"""

import os
import time

from hostile import GET, GOOD, assert_serves, connect, errors, read_all, reset, statuses
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from loopback import Server
from raw_client import request_bytes

EXAMPLES = 2000
SECONDS = float(os.environ.get("FUZZ_SECONDS", "0"))
# What a service that is asked too much may say; 500 it may never.
DOCUMENTED_5XX = {503, 504}

LINES = [
    b"GET / HTTP/1.1", b"POST /tag HTTP/1.1", b"POST /tag HTTP/1.0", b"POST /tag/stream HTTP/1.1",
    b"HEAD /bundle HTTP/1.1", b"POST /predict HTTP/1.1", b"OPTIONS * HTTP/1.1", b"CONNECT x:1 HTTP/1.1",
    b"POST http://x/tag HTTP/1.1", b"POST /reload HTTP/1.1", b"PRI * HTTP/2.0", b"GET /\xff HTTP/1.1",
    b"POST /tag?labels=PER&min_score=2 HTTP/1.1", b"get / http/1.1", b"GET  / HTTP/1.1", b"GET / HTTP/1.1 ",
    b"GET /%2e%2e/%00%0a HTTP/1.1", b"G", b"",
]  # fmt: skip
FIELDS = [
    b"host: x", b"content-length: 14", b"content-length: 0", b"content-length: 5, 5", b"content-length: -1",
    b"content-length: 99999999999999999999", b"transfer-encoding: chunked", b"transfer-encoding: gzip, chunked",
    b"transfer-encoding: gzip", b"transfer-encoding: chunked, chunked", b"content-type: application/json",
    b"content-type: text/plain; charset=utf-7", b"content-type: application/x-ndjson", b"content-encoding: gzip",
    b"content-type: multipart/form-data; boundary=x", b"connection: close", b"connection: upgrade", b"upgrade: h2c",
    b"upgrade: websocket", b"expect: 100-continue", b"expect: nothing", b"x-request-id: \xff\xfe", b"x-api-key: k",
    b"authorization: Basic !!!", b"trailer: x", b" folded", b"no colon", b": no name", b"x:\0", b"origin: http://x",
    b"x: " + b"y" * 70_000,
]  # fmt: skip
BODIES = [
    b'{"text": "AB"}', b'{"texts": ["AB", "XY"]}', b'{"text": "AB"}\n{"text": 1}\n', b"\xff" * 50, b"[" * 5000,
    b'{"tasks": [{"data": {"t": "AB"}}]}', b"e\r\n", b"0\r\n\r\n", b"0\r\nx: y\r\n\r\n", b"ffffffffffffffff\r\n",
    b"5;a=b\r\nhello\r\n", b"-1\r\n", "\N{PILE OF POO}\ud83d".encode("utf-8", "surrogatepass"), b"\r\n\r\n", b"\n",
    b"\0",
]  # fmt: skip


@st.composite
def requests(draw: st.DrawFn) -> bytes:
    """Return a request that is nearly one, or is one."""
    if draw(st.integers(0, 4)) == 0:
        return draw(st.sampled_from([GOOD, GET, request_bytes(b'{"text": "AB"}', path="/tag/stream")]))
    fields = draw(st.lists(st.sampled_from(FIELDS), max_size=6))
    end = draw(st.sampled_from([b"\r\n"] * 9 + [b"\n"]))
    head = end.join([draw(st.sampled_from(LINES)), *fields, b"", b""])
    return head + b"".join(draw(st.lists(st.sampled_from(BODIES), max_size=4)))


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """Return some requests with bytes taken out, put in or changed."""
    data = b"".join(draw(st.lists(requests(), min_size=1, max_size=5)))
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(data)))
        data = data[:at] + draw(st.binary(max_size=8)) + data[at + draw(st.integers(0, 8)) :]
    return data


def attack(server: Server, data: bytes, cut: int, ending: str) -> None:
    """Send bytes in two pieces, and end the connection in one of three ways."""
    with connect(server) as connection:
        try:
            connection.sendall(data[:cut])
            connection.sendall(data[cut:])
            if ending == "half-close":
                connection.shutdown(1)
            elif ending == "reset":
                reset(connection)
                return
            else:
                return
        except OSError:
            pass  # refused while it was sent
        for status in statuses(read_all(connection)):
            assert status < 500 or status in DOCUMENTED_5XX, status


def test_whatever_comes_the_next_request_is_answered(server: Server) -> None:
    """One fixed set of examples; with FUZZ_SECONDS, new ones for so long."""

    def try_one(data: bytes, cut: int, ending: str) -> None:
        attack(server, data, min(cut, len(data)), ending)
        assert_serves(server)

    endings = st.sampled_from(["half-close", "half-close", "reset", "close"])
    fuzz = settings(
        max_examples=EXAMPLES, derandomize=not SECONDS, deadline=None, suppress_health_check=list(HealthCheck)
    )(given(mutated(), st.integers(0, 400), endings)(try_one))
    begun = time.monotonic()
    fuzz()
    while time.monotonic() - begun < SECONDS:
        fuzz()
    assert not errors(server)
