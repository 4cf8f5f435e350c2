"""One request on a connection and its answer: what ASGI calls `receive` and `send`.

body pieces --take--> receive -> application -> send --> head and body, in one write where they come together
"""

import asyncio
import logging
from collections.abc import Iterable, MutableMapping
from enum import Enum
from http import HTTPStatus
from typing import Any, Protocol

from app.http.asgi import ASGIApp, Scope
from app.problems import Answer, Problem

logger = logging.getLogger("zitag")

Headers = Iterable[tuple[bytes, bytes]]
_STATUS_LINES = {
    int(status): b"HTTP/1.1 %d %s\r\n" % (status, status.phrase.encode("ascii")) for status in HTTPStatus
}
_NO_BODY = frozenset({204, 304})


class Framing(Enum):
    """How a client knows where the body of its answer ends."""

    LENGTH = "content-length bytes"
    CHUNKED = "chunked"
    CLOSE = "the end of the connection"  # for HTTP/1.0, which knows no chunks
    NONE = "there is no body"


class Line(Protocol):
    """What a cycle needs of its connection."""

    writable: asyncio.Event

    @property
    def default_headers(self) -> Headers:
        """The headers of every answer."""

    def write(self, data: bytes) -> None:
        """Write to the client; nothing where the connection is closing."""

    def read_or_hold(self) -> None:
        """The application has taken the body that came so far: there is room for more."""

    def answered(self) -> None:
        """The answer is complete."""

    def broken_off(self, problem: Problem | None) -> None:
        """The application has failed: there will be no more of the answer."""


def answer_bytes(answer: Answer) -> bytes:
    """Return what goes over the wire for an answer that ends its connection.

    >>> answer_bytes(Answer(404, [(b"content-length", b"0")], b""))
    b'HTTP/1.1 404 Not Found\\r\\ncontent-length: 0\\r\\nconnection: close\\r\\n\\r\\n'
    """
    lines = [_STATUS_LINES[answer.status], *(b"%s: %s\r\n" % header for header in answer.headers)]
    return b"".join(lines) + b"connection: close\r\n\r\n" + answer.body


class Cycle:
    """A request, from its head to the end of its answer."""

    def __init__(self, line: Line, scope: Scope, *, keep_alive: bool, expects_continue: bool) -> None:
        self.scope = scope
        self.body = bytearray()  # what came and was not taken
        self.more_body = True
        self.keep_alive = keep_alive
        self.is_begun = False  # the answer
        self.is_complete = False
        self.is_left = False  # the client is gone, or will be sent nothing more
        self._line = line
        self._expects_continue = expects_continue
        self._is_body_told = False
        self._changed = asyncio.Event()
        self._head = b""  # not written yet
        self._framing = Framing.CHUNKED
        self._length_left = 0

    def take(self, piece: bytes) -> None:
        """Take a piece of the request's body. What comes after the answer is read and forgotten."""
        if not self.is_complete:
            self.body += piece
            self._changed.set()

    def end_body(self) -> None:
        """Note that the request is complete."""
        self.more_body = False
        self._changed.set()

    def leave(self) -> None:
        """Note that nobody waits for the answer any more."""
        self.is_left = True
        self._changed.set()

    async def run(self, app: ASGIApp) -> None:
        """Have the application answer."""
        try:
            await app(self.scope, self.receive, self.send)
        except Exception:
            logger.exception("an answer failed")
        finally:
            if not self.is_complete and not self.is_left:
                self._line.broken_off(
                    None if self.is_begun else Problem("internal_error", "see the server's log")
                )

    async def receive(self) -> dict[str, Any]:
        """Return a part of the body, or that the client left; after the body, wait for that."""
        if self._expects_continue and not self.is_begun:
            self._line.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        self._expects_continue = False
        while not self.is_left and not self.is_complete:
            if self.body or (not self.more_body and not self._is_body_told):
                body, self.body = bytes(self.body), bytearray()
                self._is_body_told = not self.more_body
                self._line.read_or_hold()
                return {"type": "http.request", "body": body, "more_body": self.more_body}
            self._changed.clear()
            await self._changed.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: MutableMapping[str, Any]) -> None:
        """Send the head of the answer, or a part of its body, when the client has read most of what went before."""
        if not self._line.writable.is_set():
            await self._line.writable.wait()
        if self.is_left:
            return
        if message["type"] == "http.response.start":
            self._begin(message["status"], message.get("headers", ()))
        elif message["type"] == "http.response.body" and not self.is_complete:
            self._write_body(message.get("body", b""), message.get("more_body", False))

    def _begin(self, status: int, headers: Headers) -> None:
        lines = [_STATUS_LINES[status]]
        framing, closes = None, False
        for name, value in (*self._line.default_headers, *headers):
            lines.append(b"%s: %s\r\n" % (name, value))
            lowered = name.lower()
            if lowered == b"content-length":
                framing, self._length_left = Framing.LENGTH, int(value)
            elif lowered == b"connection":
                closes = b"close" in value.lower()
        if self.scope["method"] == "HEAD" or status in _NO_BODY:
            framing = Framing.NONE
        elif framing is None:
            framing = Framing.CLOSE if self.scope["http_version"] == "1.0" else Framing.CHUNKED
        if framing is Framing.CHUNKED:
            lines.append(b"transfer-encoding: chunked\r\n")
        self.keep_alive = self.keep_alive and not closes
        if not self.keep_alive and not closes:
            lines.append(b"connection: close\r\n")
        head = b"".join(lines)
        if head.count(b"\r") != len(lines) or head.count(b"\n") != len(lines):
            raise ValueError("a header of the answer holds a line break")
        self.is_begun, self._framing, self._head = True, framing, head + b"\r\n"
        # Head and body are mostly given one after the other, and each write is a call of the system and a packet.
        asyncio.get_running_loop().call_soon(self._flush)

    def _write_body(self, body: bytes, more_body: bool) -> None:
        if self._framing is Framing.NONE:
            body = b""
        elif self._framing is Framing.CHUNKED:
            body = b"%x\r\n%s\r\n" % (len(body), body) if body else b""
            body += b"" if more_body else b"0\r\n\r\n"
        elif self._framing is Framing.LENGTH:
            self._length_left -= len(body)
            if self._length_left < 0 or (self._length_left and not more_body):
                raise ValueError("the body of the answer is not as long as its content-length")
        self._line.write(self._head + body if self._head else body)
        self._head = b""
        if not more_body:
            self.is_complete = True
            self.body = bytearray()
            self._changed.set()
            self._line.answered()

    def _flush(self) -> None:
        if self._head and not self.is_left:
            self._line.write(self._head)
            self._head = b""
