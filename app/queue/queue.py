"""What waits to be tagged: short requests in one queue, long ones in another, each bounded in characters.

    put -> [short][short][short] ──┐
                                   ├─> take: the chunks of a batch
    put -> [long][long] ───────────┘
            └─ a long request gives one slice at a time and goes to the end again

Two, because in one a book would hold up every sentence behind it. While both hold something, each gets half of every
batch; alone, either gets all of it.
"""

import threading
from collections import deque

from app.queue.request import QueuedChunk, QueuedRequest


class QueueFull(Exception):
    """A request does not fit; `waiting` characters are before it."""

    def __init__(self, waiting: int) -> None:
        super().__init__(f"{waiting} characters are waiting")
        self.waiting = waiting


class RequestQueue:
    """The two queues. The event loop puts and withdraws requests, the worker thread takes their chunks."""

    def __init__(self, max_chars: int, batch_chars: int) -> None:
        self.max_chars_each = max_chars // 2
        self.slice_chars = batch_chars // 2
        self._batch_chars = batch_chars
        # Both by QueuedRequest.is_long.
        self._requests: dict[bool, deque[QueuedRequest]] = {False: deque(), True: deque()}
        self._chars = {False: 0, True: 0}
        self._changed = threading.Condition(threading.Lock())
        self._idle = False
        self._closed = False

    @property
    def chars(self) -> int:
        """Characters that wait, in both queues."""
        return self._chars[False] + self._chars[True]

    def chars_ahead(self, chars: int) -> int:
        """Return how many characters would be tagged before a request of so many, put in now, was done.

        0 if its queue is empty: then it gains nothing by coming later.
        """
        is_long = chars > self.slice_chars
        if not self._chars[is_long]:
            return 0
        own = self._chars[is_long] + chars
        return own + min(own, self._chars[not is_long])

    def put(self, request: QueuedRequest) -> None:
        """Append a request to its queue. Raises QueueFull if it does not fit; an empty queue takes any request."""
        request.is_long = request.chars > self.slice_chars
        with self._changed:
            waiting = self._chars[request.is_long]
            if waiting and waiting + request.chars > self.max_chars_each:
                raise QueueFull(waiting)
            self._chars[request.is_long] += request.chars
            request.queued_chars = request.chars
            self._requests[request.is_long].append(request)
            if self._idle:
                self._changed.notify()

    def withdraw(self, request: QueuedRequest) -> None:
        """Free the place of a request that nobody waits for any more."""
        with self._changed:
            request.is_withdrawn = True
            self._count(request, 0)
            if request in self._requests[request.is_long]:
                self._requests[request.is_long].remove(request)

    def close(self) -> None:
        """Make `take` return; whatever waits is left."""
        with self._changed:
            self._closed = True
            self._changed.notify()

    def take(self) -> list[QueuedChunk]:
        """Return the chunks of the next batch, waiting for a request if there is none; [] once closed.

        May return [] as well if the requests are withdrawn while this looks at them.
        """
        requests = self._take_short()
        chunks = [queued for request in requests for queued in request.all_chunks()]
        room = self._batch_chars - sum(request.chars for request in requests)
        while room > 0 and (request := self._pop_long()) is not None:
            # Cutting a text into sentences takes time, so the lock is not held meanwhile.
            found = request.next_chunks(min(room, self.slice_chars))
            taken_chars = sum(len(queued.chunk.source) for queued in found)
            self._put_back(request, taken_chars)
            chunks += found
            room -= taken_chars
        return chunks

    @property
    def is_closed(self) -> bool:
        """Whether `close` was called."""
        return self._closed

    def _take_short(self) -> list[QueuedRequest]:
        short, long = self._requests[False], self._requests[True]
        taken: list[QueuedRequest] = []
        with self._changed:
            while not (short or long or self._closed):
                self._idle = True
                self._changed.wait()
                self._idle = False
            room = self._batch_chars // 2 if long else self._batch_chars
            while short and short[0].chars <= room and not self._closed:
                request = short.popleft()
                room -= request.chars
                self._count(request, 0)
                taken.append(request)
        return taken

    def _pop_long(self) -> QueuedRequest | None:
        with self._changed:
            long = self._requests[True]
            return long.popleft() if long and not self._closed else None

    def _put_back(self, request: QueuedRequest, taken_chars: int) -> None:
        with self._changed:
            if request.is_withdrawn:
                return
            self._count(request, 0 if request.is_taken else max(0, request.queued_chars - taken_chars))
            if not request.is_taken:
                self._requests[True].append(request)

    def _count(self, request: QueuedRequest, chars: int) -> None:
        self._chars[request.is_long] += chars - request.queued_chars
        request.queued_chars = chars
