"""The bytes of one connection into requests, one at a time, with a bound on everything that is not body.

bytes --feed--> unread --parse--> on_begin, on_head, on_body ..., on_end;  what follows on_end stays unread

llhttp parses, through httptools. It can't be paused, so bytes are given to it up to where a request may end and no
further: a head and a chunked body end in an empty line, any other body after content-length bytes.
"""

from typing import NamedTuple, Protocol

import httptools

from app.problems import Problem

# The head of one request; the trailers of a chunked body as much again. nginx allows 4 headers of 8 KiB, most
# servers about as much.
MAX_HEAD_BYTES = 65_536
MAX_HEADERS = 256
# What is no body of a known length is parsed in pieces of this, so that it is counted before there is much.
_PIECE = 16_384
_EMPTY_LINE = b"\r\n\r\n"
_FRAMING = (b"content-length", b"transfer-encoding")


class Head(NamedTuple):
    """All of a request but its body; header names in lower case."""

    method: str
    target: bytes
    version: str
    headers: list[tuple[bytes, bytes]]
    keep_alive: bool
    expects_continue: bool


class Sink(Protocol):
    """What is told of requests. `on_head` may raise Problem, which ends the parsing."""

    def on_begin(self) -> None:
        """The first byte of a request came."""

    def on_head(self, head: Head) -> None:
        """A head is complete."""

    def on_body(self, piece: bytes) -> None:
        """A piece of the body came."""

    def on_end(self) -> None:
        """The request is complete."""


class RequestParser:
    """Parses one connection. After a Problem it must not be used again."""

    def __init__(self, sink: Sink) -> None:
        self.unread = b""
        self._sink = sink
        self._parser = _new_parser(self)
        self._is_replay = False  # the parser sees the framing of a head that is known already
        self._problem: Problem | None = None  # why a callback ended the parsing
        self._framing_bytes = 0  # since the last byte of a body, or the last request
        self._tail = b""  # the last of them
        self._begin_head()

    def feed(self, data: bytes) -> None:
        """Take bytes, to be parsed when `parse` is called."""
        self.unread = self.unread + data if self.unread else data

    def parse(self) -> None:
        """Parse up to the end of the request, or of the bytes. Raises Problem: bad_http, headers_too_large."""
        data, at = memoryview(self.unread), 0
        self._is_at_end = False
        try:
            while at < len(data) and not self._is_at_end:
                end = self._end_of_piece(at)
                self._parse_piece(data[at:end])
                at = end
        finally:
            self.unread = self.unread[at:]

    def close(self) -> None:
        """Let go of everything."""
        self.unread = b""
        del self._parser, self._sink

    # What httptools calls.

    def on_message_begin(self) -> None:
        """Note that a request begins."""
        if not self._is_replay:
            self._begin_head()
            self._sink.on_begin()

    def on_url(self, target: bytes) -> None:
        """Take a part of the target."""
        if not self._is_replay:
            self._target += target

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take one header. Trailers are read past: a header that comes after the body could undo a check."""
        if self._is_replay or self._in_body:
            return
        if len(self._headers) == MAX_HEADERS:
            self._problem = _too_large("headers", MAX_HEADERS, MAX_HEADERS + 1)
            raise ValueError
        name = name.lower()
        if name == b"content-length":
            self._length = int(value)
        elif name == b"expect":
            self._expects_continue = value.lower() == b"100-continue"
        self._headers.append((name, value))

    def on_headers_complete(self) -> None:
        """Hand on the head."""
        if self._is_replay:
            return
        parser, version = self._parser, self._parser.get_http_version()
        self._in_body = True
        self._body_left = self._length
        keep_alive = version != "1.0" and parser.should_keep_alive()
        method = parser.get_method().decode("ascii")
        head = Head(method, self._target, version, self._headers, keep_alive, self._expects_continue)
        try:
            self._sink.on_head(head)
        except Problem as problem:
            self._problem = problem
            raise

    def on_body(self, piece: bytes) -> None:
        """Hand on a piece of the body."""
        self._framing_bytes = 0
        self._body_left = max(0, self._body_left - len(piece))
        self._sink.on_body(piece)

    def on_message_complete(self) -> None:
        """Hand on the end, unless the parser takes what follows for another protocol."""
        if not self._parser.should_upgrade():
            self._end_request()

    def _begin_head(self) -> None:
        self._target = b""
        self._headers: list[tuple[bytes, bytes]] = []
        self._length = 0
        self._expects_continue = False
        self._in_body = False
        self._body_left = 0  # of content-length

    def _end_request(self) -> None:
        self._is_at_end = True
        self._in_body = False
        self._body_left = 0
        self._framing_bytes = 0
        self._tail = b""
        self._sink.on_end()

    def _end_of_piece(self, at: int) -> int:
        """Return where the piece ends that is to be parsed next."""
        unread = self.unread
        if self._body_left:
            return min(at + self._body_left, len(unread))
        # An empty line may lie across two reads.
        across = (self._tail + unread[at : at + 3]).find(_EMPTY_LINE)
        if across >= 0:
            return at + across + len(_EMPTY_LINE) - len(self._tail)
        found = unread.find(_EMPTY_LINE, at)
        end = len(unread) if found < 0 else found + len(_EMPTY_LINE)
        return min(end, at + _PIECE)

    def _parse_piece(self, piece: memoryview) -> None:
        if not self._body_left:
            self._framing_bytes += len(piece)
            if self._framing_bytes > MAX_HEAD_BYTES:
                raise _too_large("bytes of headers", MAX_HEAD_BYTES, self._framing_bytes)
            self._tail = (self._tail + bytes(piece[-3:]))[-3:]
        try:
            self._parser.feed_data(piece)
        except httptools.HttpParserUpgrade:
            self._ignore_upgrade()
        except httptools.HttpParserCallbackError:
            if self._problem is None:
                raise
            problem, self._problem = self._problem, None
            raise problem from None
        except httptools.HttpParserError:
            raise _bad_http() from None

    def _ignore_upgrade(self) -> None:
        """Go on with the request as if it had not asked to change protocols (RFC 9110, 7.8).

        Java's HttpClient asks for HTTP/2 so, with its first request. The parser leaves off after the head
        (https://github.com/MagicStack/httptools/issues/124, for uvicorn https://github.com/Kludex/uvicorn/issues/2722),
        and its server would take the request for one without a body. A new parser reads the body on.
        """
        framing = [header for header in self._headers if header[0] in _FRAMING]
        self._parser = _new_parser(self)
        lines = b"".join(b"%s: %s\r\n" % header for header in framing)
        self._is_replay = True
        try:
            # Without framing this is a whole request, and ends the one that it stands for.
            self._parser.feed_data(b"POST / HTTP/1.1\r\n" + lines + b"\r\n")
        except httptools.HttpParserError:
            raise _bad_http() from None
        finally:
            self._is_replay = False


def _new_parser(target: RequestParser) -> httptools.HttpRequestParser:
    parser = httptools.HttpRequestParser(target)
    # Requests that follow one that says `connection: close` are never parsed, but they are no fault of that one.
    parser.set_dangerous_leniencies(lenient_data_after_close=True)
    return parser


def _bad_http() -> Problem:
    return Problem("bad_http", "the bytes received are not HTTP/1.1")


def _too_large(what: str, limit: int, actual: int) -> Problem:
    return Problem("headers_too_large", f"expected at most {limit} {what}", limit=limit, actual=actual)
