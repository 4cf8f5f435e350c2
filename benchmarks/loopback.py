"""Server processes on loopback and a small HTTP client, for the benchmarks and for the tests of the service.

The client is made by hand, because what matters here is what well-behaved clients never do: bodies that stop midway,
several requests in one packet, connections that are dropped.
"""

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parent.parent
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


class Server:
    """A server process: `with Server(...) as server:` starts it, waits until it is ready, and stops it."""

    def __init__(
        self,
        settings: Mapping[str, object],
        command: Sequence[str] = ("-m", "app"),
        *,
        wait_ready: bool = True,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        given = {f"ZITAG_{name.upper()}": str(value) for name, value in settings.items()}
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("ZITAG_")}
        self._environment = {
            **inherited,
            "PYTHONPATH": str(ROOT),
            "ZITAG_PORT": "0",
            **given,
            **(environment or {}),
        }
        self._command = [sys.executable, *command]
        self._wait_ready = wait_ready
        self.log: list[dict[str, Any]] = []
        self.port = 0

    def __enter__(self) -> "Server":
        self.process = subprocess.Popen(
            self._command,
            env=self._environment,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
        )
        self._reader = threading.Thread(target=self._read_log, daemon=True)
        self._reader.start()
        try:
            self.port = int(self.wait_for("listening on")["port"])
            if self._wait_ready:
                self.wait_for("ready: serving")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(10)
        self._reader.join(10)
        assert self.process.stdout is not None
        self.process.stdout.close()

    def wait_for(self, message: str, *, after: int = 0, timeout_s: float = 60) -> dict[str, Any]:
        """Return the first entry of the log, from number `after` on, whose message begins so."""
        deadline = time.monotonic() + timeout_s
        while True:
            for entry in self.log[after:]:
                if str(entry["message"]).startswith(message):
                    return entry
            if time.monotonic() > deadline or (
                self.process.poll() is not None and not self._reader.is_alive()
            ):
                raise TimeoutError(f"no {message!r} in the log: {self.log[-20:]}")
            time.sleep(0.01)

    def stop(self, timeout_s: float = 30) -> int:
        """Send SIGTERM and return the exit code."""
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout_s)
        self._reader.join(10)
        return code

    def rss_bytes(self) -> int:
        """Return the resident memory of the process."""
        status = Path(f"/proc/{self.process.pid}/status").read_text("ascii")
        return int(status.split("VmRSS:")[1].split()[0]) * 1024

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> Reply:
        """Return the answer to a GET."""
        return self._ask("GET", path, None, headers or {})

    def post(self, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Reply:
        """Return the answer to a POST; what is not bytes is sent as JSON."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self._ask("POST", path, raw, {"content-type": "application/json", **(headers or {})})

    def _ask(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Reply:
        url = f"http://{HOST}:{self.port}{path}"
        request = urllib.request.Request(url, body, dict(headers), method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return Reply(answer.status, _lower(answer.headers), answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return Reply(error.code, _lower(error.headers), error.read())

    def _read_log(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.log.append(json.loads(line) if line.startswith("{") else {"message": line.rstrip("\n")})


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


def _lower(headers: Any) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
