"""HTTP on one connection, as uvicorn has it, with what uvicorn leaves open: bounds for clients that mean harm.

connection -> too many? 503 -> headers: bounded in bytes and time -> request -> answer: read in time, or cut off
"""

import time
from collections.abc import Iterable
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from app.problems import Problem

# All headers of one request. nginx allows 4 of 8 KiB, most servers about as much.
MAX_HEAD_BYTES = 65_536
# From the first byte of a request to the last of its headers; the same for reading an answer that is not taken.
MAX_HEAD_S = 10.0


class GuardedProtocol(HttpToolsProtocol):
    """One connection. `max_connections` is set by the server before the first one."""

    max_connections = 1024

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._in_head = False
        self._head_bytes = 0
        self._idle_since = time.monotonic()
        self._unsent = 0

    def connection_made(self, transport: Any) -> None:
        """Refuse the connection if there are too many."""
        super().connection_made(transport)
        if len(self.connections) > self.max_connections:
            limit = self.max_connections
            self._refuse(
                Problem(
                    "too_many_connections", f"{limit} are open", retry_after_s=1, limit=limit, actual=limit
                )
            )

    def data_received(self, data: bytes) -> None:
        """Parse what came, unless the headers grow beyond their bound."""
        if self.transport.is_closing():
            return
        super().data_received(data)
        if self._in_head:
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD_BYTES:
                self._refuse(
                    Problem(
                        "headers_too_large",
                        f"expected at most {MAX_HEAD_BYTES} bytes of headers",
                        limit=MAX_HEAD_BYTES,
                        actual=self._head_bytes,
                    )
                )

    def on_message_begin(self) -> None:
        """Note that headers begin."""
        super().on_message_begin()
        self._in_head = True
        self._head_bytes = 0
        self._idle_since = time.monotonic()

    def on_headers_complete(self) -> None:
        """Note that headers are complete."""
        self._in_head = False
        super().on_headers_complete()

    def on_response_complete(self) -> None:
        """Note that the answer is complete."""
        self._idle_since = time.monotonic()
        super().on_response_complete()

    def send_400_response(self, msg: str) -> None:
        """Answer bytes that are not HTTP."""
        self._refuse(Problem("bad_http", msg))

    def sweep(self, now: float) -> None:
        """Cut this connection off if it has been between requests, or not read its answer, for too long."""
        unsent = self.transport.get_write_buffer_size()
        if unsent and unsent != self._unsent:
            self._idle_since = now  # the client reads
        self._unsent = unsent
        answering = self.cycle is not None and not self.cycle.response_complete
        if now - self._idle_since > MAX_HEAD_S and (self.transport.is_closing() or not answering):
            self.transport.abort()

    def _refuse(self, problem: Problem) -> None:
        answer = problem.answer()
        head = b"".join(b"%s: %s\r\n" % header for header in answer.headers)
        self.transport.write(STATUS_LINE[answer.status] + head + b"connection: close\r\n\r\n" + answer.body)
        self.transport.close()


def sweep_connections(connections: Iterable[object]) -> None:
    """Cut off the connections that have been idle for too long. To be called every second or so."""
    now = time.monotonic()
    for connection in list(connections):
        if isinstance(connection, GuardedProtocol):
            connection.sweep(now)
