"""A small HTTP client for what well-behaved clients never do.

Bodies that stop midway, several requests in one packet, connections that are dropped.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any, NamedTuple

HOST = "127.0.0.1"


class Reply(NamedTuple):
    """An HTTP answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


class Connection:
    """One connection to a server, kept open between requests."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(
        self,
        body: bytes,
        *,
        path: str = "/tag",
        method: str = "POST",
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Send a request and return its answer. Raises ConnectionError if the connection ends before it."""
        reader, writer = await self.open()
        try:
            writer.write(request_bytes(body, path=path, method=method, headers=headers))
            await writer.drain()
            reply = await read_reply(reader, method)
        except (OSError, asyncio.IncompleteReadError) as error:
            await self.close()
            raise ConnectionError(str(error)) from error
        if reply.headers.get("connection") == "close":
            await self.close()
        return reply

    async def open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Return the streams of the connection, made if need be."""
        if self._streams is None:
            self._streams = await asyncio.open_connection(HOST, self._port, limit=2**24)
        return self._streams

    async def close(self) -> None:
        """Close the connection, if it is open."""
        if self._streams is not None:
            writer = self._streams[1]
            self._streams = None
            await drop(writer)


@asynccontextmanager
async def open_streams(port: int) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """Connect; drop the connection at the end."""
    reader, writer = await asyncio.open_connection(HOST, port, limit=2**24)
    try:
        yield reader, writer
    finally:
        await drop(writer)


async def drop(writer: asyncio.StreamWriter) -> None:
    """Close a connection without goodbye."""
    writer.transport.abort()
    with suppress(OSError):
        await writer.wait_closed()


def request_bytes(
    body: bytes, *, path: str = "/tag", method: str = "POST", headers: Mapping[str, str] | None = None
) -> bytes:
    """Return a whole HTTP request."""
    given = {
        "host": HOST,
        "content-type": "application/json",
        "content-length": str(len(body)),
        **(headers or {}),
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in given.items())
    return f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode("latin-1") + body


async def read_reply(reader: asyncio.StreamReader, method: str = "POST") -> Reply:
    """Read one answer. Raises IncompleteReadError if it does not come whole."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.rstrip().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    status = int(first.split()[1])
    if status == 100:
        return await read_reply(reader, method)
    body = b""
    if method != "HEAD":
        if headers.get("transfer-encoding") == "chunked":
            while size := int(await reader.readuntil(b"\r\n"), 16):
                body += await reader.readexactly(size)
                await reader.readexactly(2)
            await reader.readexactly(2)
        else:
            body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Reply(status, headers, body)
