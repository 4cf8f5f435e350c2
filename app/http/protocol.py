"""HTTP on one connection, as uvicorn has it, with what uvicorn leaves open: bounds for clients that mean harm.

connection -> headers: bounded in bytes and time -> request, 503 if too many -> answer: read in time, or cut off
"""

import logging
import time
from collections.abc import Callable, Iterable
from typing import Any

import httptools
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from app.http.joined import JoinedTransport
from app.problems import Problem

logger = logging.getLogger("zitag")

# Connections beyond the limit, for those who ask how the service does: a full instance is not a dead one.
RESERVE = 16
RESERVE_PATHS = frozenset({b"/healthz/live", b"/healthz/ready", b"/health", b"/metrics"})
RESERVE_WAIT_S = 2.0
# All headers of one request. nginx allows 4 of 8 KiB, most servers about as much.
MAX_HEAD_BYTES = 65_536
# How long a client may take to send headers, to read an answer, or to begin after it connected.
MAX_WAIT_S = 10.0


class GuardedProtocol(HttpToolsProtocol):
    """One connection. The server sets, before the first one, what holds for all."""

    max_connections = 1024
    on_refused: Callable[[str], None] = staticmethod(lambda code: None)  # is told the code of each refusal

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._in_head = False
        self._again = False  # the parser sees the head of a request that is known already
        self._head_bytes = 0
        self._waiting_since = time.monotonic()
        self._unsent = 0
        self._is_reserve = False  # over the limit: open for a moment, for a few paths
        self._problem: Problem | None = None  # why the request whose head was read is refused

    def connection_made(self, transport: Any) -> None:
        """Refuse the connection if there are too many; a few more may ask how the service does."""
        super().connection_made(transport)
        self._is_reserve = len(self.connections) > self.max_connections
        if len(self.connections) > self.max_connections + RESERVE:
            self._refuse(self._too_many())

    def data_received(self, data: bytes) -> None:
        """Parse what came, unless the headers grow beyond their bound."""
        if self.transport.is_closing():
            return
        self._unset_keepalive_if_required()
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserError:
            self._refuse(self._problem or Problem("bad_http", "the bytes received are not HTTP/1.1"))
        except httptools.HttpParserUpgrade as upgrade:
            self._ignore_upgrade(data[upgrade.args[0] :])
        if self._in_head:
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD_BYTES:
                detail = f"expected at most {MAX_HEAD_BYTES} bytes of headers"
                self._refuse(
                    Problem("headers_too_large", detail, limit=MAX_HEAD_BYTES, actual=self._head_bytes)
                )

    def _ignore_upgrade(self, rest: bytes) -> None:
        """Go on with the request as if it had not asked to change protocols (RFC 9110, 7.8).

        Java's HttpClient asks for HTTP/2 so, with its first request. The parser leaves off after the headers, and
        its server would take the request for one without a body. A new parser reads the body on.
        """
        framing = [
            (name, value) for name, value in self.headers if name in (b"content-length", b"transfer-encoding")
        ]
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
        if framing:
            self.cycle.more_body = True
            self.cycle.message_event.clear()
        self._again = True
        lines = b"".join(b"%s: %s\r\n" % header for header in framing)
        self.parser.feed_data(b"POST / HTTP/1.1\r\n" + lines + b"\r\n")
        self._again = False
        if rest:
            self.data_received(rest)

    def on_message_begin(self) -> None:
        """Note that headers begin."""
        if self._again:
            return
        super().on_message_begin()
        self._in_head = True
        self._head_bytes = 0
        self._waiting_since = time.monotonic()

    def on_url(self, url: bytes) -> None:
        """Take a part of the request's target."""
        if not self._again:
            super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take one header."""
        if not self._again:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Note that headers are complete."""
        if self._again:
            return
        self._in_head = False
        if self._is_reserve and self.url.partition(b"?")[0] not in RESERVE_PATHS:
            self._problem = self._too_many()
            raise ConnectionRefusedError  # which ends the parsing
        # The cycle that super() makes writes to this in place of the transport.
        transport, self.transport = self.transport, JoinedTransport(self.transport, self.loop)  # type: ignore[assignment]
        try:
            super().on_headers_complete()  # raises for a target that is no URL
        finally:
            self.transport = transport
        if self._is_reserve:
            self.cycle.keep_alive = False

    def on_response_complete(self) -> None:
        """Note that the answer is complete."""
        self._waiting_since = time.monotonic()
        super().on_response_complete()

    def sweep(self, now: float) -> None:
        """Cut this connection off if its client keeps it busy with nothing.

        That is a request whose headers do not end, a refused body that goes on and on, an answer that is not read.
        A connection that is silent between requests is uvicorn's to close, after the keep-alive time.
        """
        unsent = self.transport.get_write_buffer_size()
        if unsent and unsent != self._unsent:
            self._waiting_since = now  # the client reads
        self._unsent = unsent
        answering = self.cycle is not None and not self.cycle.response_complete
        if answering and not self.transport.is_closing():
            return
        is_silent = self.timeout_keep_alive_task is not None and not unsent
        patience_s = RESERVE_WAIT_S if self._is_reserve else MAX_WAIT_S
        if not is_silent and now - self._waiting_since > patience_s:
            self.transport.abort()

    def _too_many(self) -> Problem:
        limit = self.max_connections
        return Problem(
            "too_many_connections", f"{limit} are open", retry_after_s=1, limit=limit, actual=limit
        )

    def _refuse(self, problem: Problem) -> None:
        if self.transport.is_closing():  # refused already, for another fault of the same bytes
            return
        self.on_refused(problem.code)
        answer = problem.answer()
        head = b"".join(b"%s: %s\r\n" % header for header in answer.headers)
        self.transport.write(STATUS_LINE[answer.status] + head + b"connection: close\r\n\r\n" + answer.body)
        self.transport.close()


def sweep_connections(connections: Iterable[object]) -> None:
    """Cut off the connections that have been idle for too long. To be called every second or so."""
    now = time.monotonic()
    for connection in list(connections):
        if not isinstance(connection, GuardedProtocol):
            continue
        try:
            connection.sweep(now)
        except Exception:  # it would end the server, and with it all other connections
            logger.exception("a connection could not be looked after")
