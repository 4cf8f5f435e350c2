"""One write for head and body of an answer."""

import asyncio


class JoinedTransport:
    """The transport of one answer, whose head and body go out in one write.

    uvicorn writes them apart. Each write is a call of the system and a packet; the second one took a tenth of all
    processor time of a short request.
    """

    __slots__ = ("_is_begun", "_loop", "_waiting", "is_closing", "transport")

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self.transport = transport
        self.is_closing = transport.is_closing
        self._loop = loop
        self._waiting = b""
        self._is_begun = False

    def write(self, data: bytes) -> None:
        """Write, but keep the first piece until the second, or until the event loop turns."""
        if self._is_begun:
            self.transport.write(data)
        elif self._waiting:
            self._is_begun = True
            self.transport.write(self._waiting + data)
            self._waiting = b""
        else:
            self._waiting = data
            self._loop.call_soon(self._flush)

    def close(self) -> None:
        """Write what waits, and close."""
        self._flush()
        self.transport.close()

    def _flush(self) -> None:
        if self._waiting:
            self._is_begun = True
            self.transport.write(self._waiting)
            self._waiting = b""
