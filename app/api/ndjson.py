"""The lines of a streamed body, one at a time, in bounded memory.

chunks as they arrive --LineReader--> lines, a Problem where a line is too long
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from app.http.asgi import Receive
from app.http.body import BodyReader
from app.problems import ClientLeft, Problem


class LineReader:
    """Iterates over the lines of a request body. Ends early with a Problem when the input stops or must stop."""

    def __init__(
        self,
        receive: Receive,
        bodies: BodyReader,
        *,
        max_line_bytes: int,
        timeout_s: float,
        stop: asyncio.Event,
    ) -> None:
        self._receive = receive
        self._bodies = bodies
        self._max_line_bytes = max_line_bytes
        self._timeout_s = timeout_s
        self._stop = stop

    async def read(self) -> AsyncIterator[bytes | Problem]:
        """Yield each line without its end, empty ones left out; a Problem in place of a line that is too long.

        A Problem other than `body_too_large` is the last. Raises ClientLeft.
        """
        line = bytearray()  # what came of the next line
        held = 0
        skipping = False  # the rest of a line that is too long
        try:
            async for chunk in self._chunks():
                if isinstance(chunk, Problem):
                    yield chunk
                    return
                *ended, rest = chunk.split(b"\n")
                for end in ended:
                    line += end
                    if not skipping and len(line) > self._max_line_bytes:
                        yield self._too_long(len(line))
                    elif not skipping and line.strip():
                        yield bytes(line)
                    line.clear()
                    skipping = False
                if not skipping:
                    line += rest
                if len(line) > self._max_line_bytes:
                    yield self._too_long(len(line))
                    line.clear()
                    skipping = True
                self._bodies.release(held)
                held = 0
                self._bodies.hold(len(line))
                held = len(line)
            if line.strip():  # of allowed length: it was looked at with the last piece
                yield bytes(line)
        except Problem as problem:
            yield problem
        finally:
            self._bodies.release(held)

    async def _chunks(self) -> AsyncIterator[bytes | Problem]:
        stop = asyncio.ensure_future(self._stop.wait())
        message: asyncio.Future[Any] | None = None
        try:
            more = True
            while more:
                message = asyncio.ensure_future(self._receive())
                await asyncio.wait(
                    (message, stop), timeout=self._timeout_s, return_when=asyncio.FIRST_COMPLETED
                )
                if not message.done():
                    yield self._why_stopped()
                    return
                received = message.result()
                if received["type"] == "http.disconnect":
                    raise ClientLeft
                more = received.get("more_body", False)
                yield received.get("body", b"")
        finally:
            stop.cancel()
            if message is not None:
                message.cancel()

    def _why_stopped(self) -> Problem:
        if self._stop.is_set():
            return Problem("draining", "this server is shutting down; send the lines without answer again")
        return Problem("body_timeout", f"nothing came for {self._timeout_s:g} s")

    def _too_long(self, size: int) -> Problem:
        detail = f"expected lines of at most {self._max_line_bytes} bytes, got {size} or more"
        return Problem("body_too_large", detail, limit=self._max_line_bytes, actual=size)
