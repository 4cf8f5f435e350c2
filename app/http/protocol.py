"""HTTP/1.1 on one connection, under uvicorn's server, with bounds for clients that mean harm.

bytes -> RequestParser -> Cycle -> application, one request at a time; what a client sends meanwhile waits as bytes
Once a second, `sweep` looks after the connections of those who send or read nothing.
"""

import asyncio
import time
from typing import Any

from uvicorn import Config
from uvicorn.server import ServerState

from app.http.bounds import MAX_WAITING_BYTES, RESERVE, Bounds
from app.http.cycle import Cycle, answer_bytes
from app.http.parser import Head, RequestParser
from app.http.scope import ends_of, scope_of
from app.problems import Problem


class HttpConnection(asyncio.Protocol):
    """One connection. uvicorn makes it, and calls `shutdown`."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        bounds: Bounds = Bounds(),  # noqa: B008  a constant
    ) -> None:
        self._config = config
        self._state = server_state
        self._app_state = app_state
        self.bounds = bounds
        self._loop = _loop or asyncio.get_running_loop()
        self.writable = asyncio.Event()
        self.writable.set()
        self._parser = RequestParser(self)
        self._cycle: Cycle | None = None
        self._is_reading = True
        self.is_silent = False  # nothing came since the last answer
        self.is_reserve = False  # over the limit: open for a moment, for a few paths
        self.waiting_since = time.monotonic()  # for a head, or the next request
        self.half_closed_at: float | None = None
        self.written = 0  # bytes of answers, of them taken by the client when it was last looked at
        self.taken = 0
        self.taken_at = self.waiting_since

    @property
    def default_headers(self) -> list[tuple[bytes, bytes]]:
        """The headers of every answer."""
        return self._state.default_headers

    @property
    def is_answering(self) -> bool:
        """Whether a request is unanswered."""
        return self._cycle is not None and not self._cycle.is_complete

    # What asyncio calls.

    def connection_made(self, transport: Any) -> None:
        """Refuse the connection if there are too many; a few more may ask how the service does."""
        self.transport: asyncio.Transport = transport
        self._ends = ends_of(transport)
        connections: set[Any] = self._state.connections  # of uvicorn's own protocols, by its types
        connections.add(self)
        self.is_reserve = len(connections) > self.bounds.max_connections
        if len(connections) > self.bounds.max_connections + RESERVE:
            self._refuse(self.bounds.too_many())

    def data_received(self, data: bytes) -> None:
        """Parse what came, or keep it until the request before is answered."""
        if not self.transport.is_closing():
            self.is_silent = False
            self._parser.feed(data)
            self._parse()

    def eof_received(self) -> bool:
        """Keep the connection open as long as the client may wait for an answer."""
        self.half_closed_at = time.monotonic()
        return self.is_answering and not self._reads_body

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the request that its client is gone."""
        connections: set[Any] = self._state.connections
        connections.discard(self)
        if self._cycle is not None:
            self._cycle.leave()
            self._cycle = None
        self.writable.set()
        self._parser.close()

    def pause_writing(self) -> None:
        """Hold answers back until the client has read."""
        self.writable.clear()

    def resume_writing(self) -> None:
        """Let answers go on."""
        self.writable.set()

    # What uvicorn's server calls.

    def shutdown(self) -> None:
        """Close, after the answer that is being made."""
        if self._cycle is not None and self.is_answering:
            self._cycle.keep_alive = False
        else:
            self.transport.close()

    # What the parser calls.

    def on_begin(self) -> None:
        """Note when a head begins."""
        self.waiting_since = time.monotonic()

    def on_head(self, head: Head) -> None:
        """Have the application answer. Raises Problem."""
        if self.is_reserve and head.target.partition(b"?")[0] not in self.bounds.reserve_paths:
            raise self.bounds.too_many()
        self._cycle = Cycle(
            self,
            scope_of(head, self._config.root_path, self._ends, self._app_state),
            keep_alive=head.keep_alive and not self.is_reserve,
            expects_continue=head.expects_continue,
        )
        task = self._loop.create_task(self._cycle.run(self._config.loaded_app))
        self._state.tasks.add(task)
        task.add_done_callback(self._state.tasks.discard)

    def on_body(self, piece: bytes) -> None:
        """Hand a piece of the body on."""
        assert self._cycle is not None
        self._cycle.take(piece)

    def on_end(self) -> None:
        """Note that the request is complete."""
        assert self._cycle is not None
        self._cycle.end_body()

    # What a cycle calls.

    def write(self, data: bytes) -> None:
        """Write to the client, unless the connection is closing."""
        if not self.transport.is_closing():
            self.written += len(data)
            self.transport.write(data)

    def read_or_hold(self) -> None:
        """Read on, unless much waits already."""
        if self.transport.is_closing() or self.half_closed_at is not None:
            return
        waiting = len(self._parser.unread)
        if self._cycle is not None:
            waiting = max(waiting, len(self._cycle.body))
        if (waiting <= MAX_WAITING_BYTES) != self._is_reading:
            self._is_reading = not self._is_reading
            self.transport.resume_reading() if self._is_reading else self.transport.pause_reading()

    def answered(self) -> None:
        """Begin with the next request, if it came already."""
        self._state.total_requests += 1
        if self._cycle is None or self.transport.is_closing():
            return
        if not self._cycle.keep_alive:
            self.transport.close()
            return
        self.waiting_since = time.monotonic()
        self.is_silent = not self._parser.unread
        self._parse()
        if self.half_closed_at is not None and not self.is_answering:
            self.transport.close()

    def broken_off(self, problem: Problem | None) -> None:
        """End an answer that can't be completed: what is missing of it tells the client so."""
        if problem is not None:
            self._refuse(problem)
        else:
            self.transport.close()

    @property
    def _reads_body(self) -> bool:
        return self._cycle is not None and self._cycle.more_body

    def _parse(self) -> None:
        """Parse the bytes at hand, up to the end of a request that is to be answered first."""
        while self._parser.unread and (self._reads_body or not self.is_answering):
            if self.transport.is_closing():
                return
            try:
                self._parser.parse()
            except Problem as problem:
                self._refuse(problem)
                return
        self.read_or_hold()

    def _too_many(self) -> Problem:
        limit = self.bounds.max_connections
        return Problem(
            "too_many_connections", f"{limit} are open", retry_after_s=1, limit=limit, actual=limit
        )

    def _refuse(self, problem: Problem) -> None:
        """Answer with a problem, unless an answer has begun, and close."""
        if self.transport.is_closing():
            return
        self.bounds.on_refused(problem.code)
        cycle = self._cycle if self.is_answering else None
        if cycle is not None:
            cycle.leave()
        if cycle is None or not cycle.is_begun:
            self.write(answer_bytes(problem.answer()))
        self.transport.close()
