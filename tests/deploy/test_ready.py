"""The images' health check: 0 if the service answers 200, 1 in every other case."""

import os
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from programs import DEPLOY, run


@contextmanager
def server(answer: bytes) -> Iterator[int]:
    """Answer one connection; give the port."""
    listener = socket.create_server(("127.0.0.1", 0))
    asked: list[bytes] = []

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            asked.append(connection.recv(4096))
            connection.sendall(answer)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        thread.join(timeout=10)
        listener.close()
    assert asked[0].startswith(b"GET /healthz/ready HTTP/1.1\r\n")


def check(port: int) -> int:
    # As the image calls it: isolated, without site-packages.
    command = [sys.executable, "-IS", str(DEPLOY / "ready.py")]
    return run(*command, env={**os.environ, "ZITAG_PORT": str(port)}).returncode


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", 0),
        (b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n", 1),
        (b"", 1),
    ],
)
def test_exit_code_says_whether_the_service_is_ready(answer: bytes, expected: int) -> None:
    with server(answer) as port:
        assert check(port) == expected


def test_service_that_does_not_listen_is_not_ready() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert check(port) == 1
