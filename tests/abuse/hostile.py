"""What the tests of abuse share: raw bytes to a service and back, and whether it is unharmed afterwards."""

import json
import os
import re
import socket
import struct
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import fakes
from loopback import Server
from raw_client import HOST, request_bytes

FAKE = str(Path(__file__).parents[1] / "app" / "fake_server.py")
GOOD_TEXT = "在AB去XY"
GOOD = request_bytes(json.dumps({"text": GOOD_TEXT}).encode())
GET = b"GET /healthz/live HTTP/1.1\r\nhost: x\r\n\r\n"
CHUNKED = (
    b"POST /tag HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"
)
# A good request is answered within this, whatever came before it.
PATIENCE_S = 1.0
# A busy machine may hold up either process once or twice; a service that hangs fails all tries.
TRIES = 5
MAX_GROWTH = 1.1
_STATUS = re.compile(rb"HTTP/1\.1 (\d{3}) ")


def connect(server: Server, timeout_s: float = 30) -> socket.socket:
    """Return a connection to the service."""
    return socket.create_connection((HOST, server.port), timeout=timeout_s)


def send(server: Server, data: bytes, *, half_close: bool = True) -> bytes:
    """Return all that comes back for these bytes until the service closes, which it does when no more can come."""
    with connect(server) as connection:
        try:
            connection.sendall(data)
            if half_close:
                connection.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # refused while it was sent
        return read_all(connection)


def read_all(connection: socket.socket) -> bytes:
    """Return what comes until the connection ends."""
    received = bytearray()
    try:
        while piece := connection.recv(1 << 20):
            received += piece
    except ConnectionError:
        pass
    return bytes(received)


def statuses(received: bytes) -> list[int]:
    """Return the statuses of the answers among these bytes."""
    return [int(status) for status in _STATUS.findall(received)]


def reset(connection: socket.socket) -> None:
    """End a connection as a crash of the client would."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def assert_serves(server: Server) -> None:
    """Assert that the process lives, is healthy, and answers a good request rightly and soon."""
    assert server.process.poll() is None
    for request, check in ((GET, _is_live), (GOOD, _is_right)):
        for attempt in range(TRIES):
            try:
                with connect(server, PATIENCE_S) as connection:
                    connection.sendall(request)
                    connection.shutdown(socket.SHUT_WR)
                    check(read_all(connection))
                break
            except TimeoutError:
                assert attempt < TRIES - 1, f"{TRIES} times no answer within {PATIENCE_S} s"


def assert_unharmed(server: Server, attack: Callable[[Server], None]) -> None:
    """Attack until memory and files are what they were before it, which an attack or two may take, but not five."""
    for _ in range(5):
        files, memory = settled(lambda: open_files(server)), settled(server.rss_bytes)
        attack(server)
        assert_serves(server)
        after = settled(lambda: open_files(server)), settled(server.rss_bytes)
        if after[0] <= files + 1 and after[1] <= MAX_GROWTH * memory:
            return
    raise AssertionError(f"files {files} -> {after[0]}, bytes {memory} -> {after[1]}, at the fifth attack")


def settled(value: Callable[[], int]) -> int:
    """Return a value when it has stopped to fall."""
    last = value()
    while True:
        time.sleep(0.1)
        if (now := value()) >= last:
            return now
        last = now


def open_files(server: Server) -> int:
    """Return how many descriptors the service has open."""
    return len(os.listdir(f"/proc/{server.process.pid}/fd"))


def errors(server: Server) -> list[object]:
    """Return the records in the log that are errors."""
    return [entry for entry in server.log if entry.get("level") == "error"]


def counted(server: Server, name: str) -> float:
    """Return the sum of the metrics whose name and labels begin so."""
    lines = server.get("/metrics").body.decode().splitlines()
    return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(name))


def in_chunks(pieces: Iterable[bytes]) -> bytes:
    """Return a chunked body without its last chunk."""
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)


def _is_live(received: bytes) -> None:
    assert statuses(received) == [200], received[:500]


def _is_right(received: bytes) -> None:
    assert statuses(received) == [200], received[:500]
    assert json.loads(received.partition(b"\r\n\r\n")[2])["entities"] == fakes.answer_to(GOOD_TEXT)
