"""Clients that misuse a connection: what they get, and that nobody else notices."""

import socket
import threading
import time
from contextlib import ExitStack

import pytest
from hostile import (
    CHUNKED,
    FAKE,
    GET,
    GOOD,
    assert_serves,
    assert_unharmed,
    connect,
    counted,
    errors,
    in_chunks,
    open_files,
    reset,
    send,
    statuses,
)  # fmt: skip
from loopback import Server
from raw_client import HOST

UPGRADE = b"connection: upgrade\r\nupgrade: h2c\r\n"
UPGRADING = GET[:-2] + UPGRADE + b"\r\n"
OLD = GOOD.replace(b"HTTP/1.1", b"HTTP/1.0")
BODY = GOOD.partition(b"\r\n\r\n")[2]
TRAILERS = b"x-trailer: " + b"y" * 1000 + b"\r\n"
REFUSED_WHILE_SENT = [[431], []]  # the answer may be lost where the client is still sending


@pytest.mark.parametrize(
    ("sent", "allowed"),
    [
        (GOOD + b"GARBAGE\r\n\r\n", [[200, 400]]),
        (GET * 3 + GOOD + b"\x00" * 100, [[200, 200, 200, 200, 400]]),
        (GET * 2000 + GET[:-10], [[200] * 2000]),
        (GOOD * 500, [[200] * 500]),
        (UPGRADING * 900, [[200] * 900]),
        (GOOD.replace(b"\r\n\r\n", b"\r\n" + UPGRADE + b"\r\n") + GET, [[200, 200]]),
        (CHUNKED.replace(b"chunked\r\n", b"gzip\r\n" + UPGRADE) + b"x", [[400]]),
        (CHUNKED + in_chunks([BODY]) + b"0\r\n" + TRAILERS * 12_000 + b"\r\n", REFUSED_WHILE_SENT),
        (CHUNKED + in_chunks([BODY]) + b"0\r\nx: " + b"y" * 12_000_000, REFUSED_WHILE_SENT),
        (CHUNKED + in_chunks([BODY]) + b"0\r\n" + TRAILERS * 20 + b"\r\n" + GET, [[200, 200]]),
        (GET[:-2] + TRAILERS * 12_000, REFUSED_WHILE_SENT),
        (GET[:-2] + b"a: b\r\n" * 300 + b"\r\n", [[431]]),
        (CHUNKED[:-2] + b"content-length: 5\r\n\r\n0\r\n\r\n", [[400]]),
        (GOOD.replace(b"\r\n", b"\n"), [[400]]),
        (GET[:-2] + b"a: b\r\n c\r\n\r\n", [[400]]),
        (GET[:-2] + b"a: b\0c\r\n\r\n", [[400]]),
        (OLD + GET, [[200]]),
        (b"POST /tag/stream HTTP/1.0\r\ncontent-type: application/x-ndjson\r\ncontent-length: 15\r\n\r\n"
         b'{"text": "AB"}\n', [[200]]),
        (GOOD[:-3], [[]]),
        (b"", [[]]),
    ],
    ids=lambda value: value[:40] if isinstance(value, bytes) else "",
)  # fmt: skip
def test_what_is_sent_at_once_and_then_no_more(sent: bytes, allowed: list[list[int]], server: Server) -> None:
    def attack(attacked: Server) -> None:
        received = send(attacked, sent)
        assert statuses(received) in allowed
        if b"HTTP/1.0" in sent:
            assert b"transfer-encoding" not in received

    assert_unharmed(server, attack)


def test_a_key_in_a_trailer_opens_nothing(keyed: Server) -> None:
    closed = CHUNKED + in_chunks([BODY]) + b"0\r\nx-api-key: right\r\nauthorization: Bearer right\r\n\r\n"
    assert statuses(send(keyed, closed)) == [401]
    assert statuses(send(keyed, closed + closed)) == [401, 401]
    opened = CHUNKED[:-2] + b"x-api-key: right\r\n\r\n" + in_chunks([BODY]) + b"0\r\n\r\n"
    assert statuses(send(keyed, opened)) == [200]


def test_hundreds_of_clients_that_reset_leave_nothing_behind(server: Server) -> None:
    def attack(attacked: Server) -> None:
        for number in range(300):
            connection = connect(attacked)
            connection.sendall((GOOD * 3)[: number * 3 % (3 * len(GOOD))])
            reset(connection)

    assert_unharmed(server, attack)
    assert not errors(server)


def test_clients_that_reset_under_overload_are_no_internal_errors() -> None:
    with Server({"batch_chars": 64, "deadline_s": 4}, (FAKE, "0.01", "0")) as slow:
        stop = time.monotonic() + 4

        def ask_and_reset(number: int) -> None:
            while time.monotonic() < stop:
                connection = connect(slow)
                connection.sendall(GOOD * (number % 3 + 1))
                time.sleep(number % 7 / 100)
                reset(connection)

        clients = [threading.Thread(target=ask_and_reset, args=(number,)) for number in range(40)]
        for client in clients:
            client.start()
        for client in clients:
            client.join()
        time.sleep(0.5)
        assert_serves(slow)
        assert not errors(slow)
        assert counted(slow, 'zitag_rejected_total{reason="internal_error"}') == 0
        assert counted(slow, 'zitag_requests_total{path="/tag",status="5') == 0


PIPELINE = b"GET /openapi.json HTTP/1.1\r\nhost: x\r\n\r\n" * 1500
SLOW = [
    PIPELINE,  # and never reads
    PIPELINE + GOOD[:-1],
    PIPELINE + b"GARBAGE\r\n\r\n",
    b"GET / HTTP/1.1\r\nhost: ",  # a head without end
    CHUNKED + in_chunks([BODY]) + b"0\r\nx: ",  # trailers without end
    b"",
]


def test_who_holds_all_connections_and_reads_or_sends_nothing_loses_them() -> None:
    """A limit of six, all taken: after the bound of 10 s, looked at once a second, others are served again."""
    with (
        Server({"max_connections": len(SLOW), "body_timeout_s": 2}, (FAKE, "0", "0")) as small,
        ExitStack() as held,
    ):
        files = open_files(small)
        for sent in SLOW:
            connection = held.enter_context(socket.socket())
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.connect((HOST, small.port))
            connection.sendall(sent)
        assert statuses(send(small, GOOD)) == [503]
        deadline = time.monotonic() + 60
        while open_files(small) > files:
            assert statuses(send(small, GET)) == [200]  # health, all the while
            assert time.monotonic() < deadline
            time.sleep(0.2)
        assert_serves(small)
