"""Reads request bodies within limits: of bytes, of time, and of bytes over all clients together.

content-length, content-encoding --BodyReader.check_headers--> nothing, or Problem before a byte is read
receive --BodyReader.read--> bytes, or Problem: body_too_large, body_timeout, too_many_bodies
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import Any

from app.http.asgi import Receive
from app.problems import ClientLeft, Problem
from app.settings import Settings


class BodyReader:
    """Reads bodies within the limits of the settings."""

    def __init__(self, settings: Settings) -> None:
        self._max_bytes = settings.max_body_bytes
        self._max_buffered = settings.max_buffered_bytes
        self._timeout_s = settings.body_timeout_s
        self._buffered = 0  # bytes of bodies that are not complete yet
        self._beginning: dict[asyncio.Task[Any], float] = {}  # since when it waits for the first bytes
        self._late: set[asyncio.Task[Any]] = set()

    def check_headers(self, headers: Mapping[bytes, bytes], *, streamed: bool = False) -> None:
        """Raise Problem if the headers announce a body that will not be read.

        A streamed body may be of any length. Raises Problem: unsupported_encoding, body_too_large.
        """
        encoding = headers.get(b"content-encoding", b"").strip().lower()
        if encoding not in (b"", b"identity"):
            raise Problem(
                "unsupported_encoding",
                f"expected a body that is not compressed, got {encoding[:40].decode('latin-1')!r}",
                headers={"accept-encoding": "identity"},
            )
        length = headers.get(b"content-length", b"0")
        if not streamed and int(length) > self._max_bytes:
            raise self._too_large(int(length))

    async def read(self, receive: Receive) -> bytes:
        """Return the whole body. Raises Problem, and ClientLeft if the connection closes before its end."""
        message = await self._first_message(receive)
        if message["type"] == "http.disconnect":
            raise ClientLeft
        body: bytes = message.get("body", b"")
        if not message.get("more_body", False):
            if len(body) > self._max_bytes:
                raise self._too_large(len(body))
            return body
        return await self._read_on(body, receive)

    def sweep(self) -> None:
        """Give up on bodies of which nothing came in time. To be called every second or so.

        Nearly every body comes with its headers, so a timer of its own would be set and cancelled for nothing.
        """
        latest = time.monotonic() - self._timeout_s
        for task, since in self._beginning.items():
            if since < latest:
                self._late.add(task)
                task.cancel()

    async def _first_message(self, receive: Receive) -> Any:
        task = asyncio.current_task()
        assert task is not None
        self._beginning[task] = time.monotonic()
        try:
            return await receive()
        except asyncio.CancelledError:
            if task not in self._late:
                raise
            task.uncancel()
            raise self._timeout(0) from None
        finally:
            self._late.discard(task)
            del self._beginning[task]

    async def _read_on(self, first: bytes, receive: Receive) -> bytes:
        chunks = [first]
        size, is_last = 0, False
        try:
            async with asyncio.timeout(self._timeout_s):
                while True:
                    grown = size + len(chunks[-1])
                    if grown > self._max_bytes:  # first: that it will never fit is what its client must know
                        raise self._too_large(grown)
                    self.hold(len(chunks[-1]))
                    size = grown
                    if is_last:
                        return b"".join(chunks)
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise ClientLeft
                    chunks.append(message.get("body", b""))
                    is_last = not message.get("more_body", False)
        except TimeoutError:
            raise self._timeout(size) from None
        finally:
            self.release(size)

    def hold(self, size: int) -> None:
        """Count bytes of a body that is not complete. Raises Problem, counting nothing: too_many_bodies."""
        if self._buffered + size > self._max_buffered:
            raise Problem(
                "too_many_bodies", "too many large bodies are on their way; try again", retry_after_s=1
            )
        self._buffered += size

    def release(self, size: int) -> None:
        """Count bytes as no longer held."""
        self._buffered -= size

    def _timeout(self, size: int) -> Problem:
        detail = f"expected the whole body within {self._timeout_s:g} s, got {size} bytes"
        return Problem("body_timeout", detail, headers={"connection": "close"})

    def _too_large(self, size: int) -> Problem:
        return Problem(
            "body_too_large",
            f"expected a body of at most {self._max_bytes} bytes, got {size} or more",
            limit=self._max_bytes,
            actual=size,
        )


def check_texts(texts: Sequence[str], settings: Settings) -> None:
    """Raise Problem if there are too many texts, or too long ones: too_many_texts, text_too_long, request_too_long.

    >>> check_texts(["小明"], Settings(max_text_chars=2))
    """
    if len(texts) > settings.max_texts:
        raise Problem(
            "too_many_texts",
            f"expected at most {settings.max_texts} texts, got {len(texts)}",
            limit=settings.max_texts,
            actual=len(texts),
        )
    total = 0
    for index, text in enumerate(texts):
        total += len(text)
        if len(text) > settings.max_text_chars:
            raise Problem(
                "text_too_long",
                f"text {index}: expected at most {settings.max_text_chars} characters, got {len(text)}",
                limit=settings.max_text_chars,
                actual=len(text),
            )
    if total > settings.max_request_chars:
        raise Problem(
            "request_too_long",
            f"expected at most {settings.max_request_chars} characters together, got {total}",
            limit=settings.max_request_chars,
            actual=total,
        )
