"""The batcher: requests from the event loop, batches to one worker thread, answers back.

    tag(texts) -> QueuedRequest -> RequestQueue --take--> batch -> Worker: tagger -> results -> the waiting request

What it promises, and the fault that each promise prevents:

- An idle tagger starts at once; a busy one then takes all that came meanwhile. No timer adds latency.
- What waits is bounded in characters and in time; beyond, a request is refused, never half-served.
- A text that makes the tagger fail harms its own request alone: its batch is halved until it stands by itself.
- A request that is past its deadline, or whose client left, gives up its place and costs no inference.
- A long request is tagged a slice at a time, so that short ones pass it.
- A request keeps the tagger it began with, so no answer mixes two bundles.
"""

import asyncio
import logging
import math
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from app.problems import ClientLeft, Problem
from app.queue.queue import QueueFull, RequestQueue
from app.queue.request import QueuedRequest
from app.queue.tagger import Tagger
from app.queue.worker import Observer, Worker
from model.tagger import Tagging

# How often deadlines are looked at. A timer per request would cost more than the rest of its way through here.
SWEEP_S = 0.05
# A request that would take more of its deadline than this is refused at once. The rest is for what cannot be
# foreseen: better 429 now than 504 after all that waiting and work.
_HOPEFUL = 0.5

logger = logging.getLogger("zitag.batcher")

Receive = Callable[[], Awaitable[Any]]


class Batcher:
    """Tags texts in batches. Made anywhere; started, used and stopped on one event loop."""

    def __init__(self, *, queue_chars: int, batch_chars: int, deadline_s: float, observer: Observer) -> None:
        self._queue = RequestQueue(queue_chars, batch_chars)
        self._worker = Worker(self._queue, batch_chars, observer)
        self._deadline_s = deadline_s
        self._pending: dict[QueuedRequest, Receive | None] = {}  # in the order they came
        self._occupied = asyncio.Event()  # something is, or was, pending
        self._loop: asyncio.AbstractEventLoop
        self._sweeper: asyncio.Task[None]

    def start(self) -> None:
        """Start the worker thread."""
        self._loop = asyncio.get_running_loop()
        self._worker.start(self._deliver_from_thread)
        self._sweeper = self._loop.create_task(self._sweep())

    async def stop(self) -> None:
        """Stop the worker thread after its batch; what still waits fails with `draining`."""
        self._sweeper.cancel()
        self._queue.close()
        for request in list(self._pending):
            self._fail(
                request, Problem("draining", "the server stopped before this was tagged", retry_after_s=1)
            )
        await asyncio.to_thread(self._worker.join)

    @property
    def waiting_chars(self) -> int:
        """Characters that wait."""
        return self._queue.chars

    @property
    def unanswered(self) -> int:
        """Requests that were accepted and not yet answered."""
        return len(self._pending)

    @property
    def is_stalled(self) -> bool:
        """Whether the batch in progress has taken longer than any request may wait."""
        return self._worker.busy_s > self._deadline_s

    async def tag(
        self,
        texts: Sequence[str],
        tagger: Tagger,
        *,
        tags: bool = False,
        nbest: int = 0,
        receive: Receive | None = None,
    ) -> list[Tagging]:
        """Return what the tagger finds in each text, in order.

        receive: the ASGI callable of the request, whose body has been read; it tells when the client leaves.
        Raises Problem: queue_full, deadline_passed, tagging_failed, draining. Raises ClientLeft.
        """
        request = self.submit(texts, tagger, tags=tags, nbest=nbest, receive=receive)
        try:
            return await request.future
        finally:
            self.forget(request)

    def submit(
        self,
        texts: Sequence[str],
        tagger: Tagger,
        *,
        tags: bool = False,
        nbest: int = 0,
        receive: Receive | None = None,
    ) -> QueuedRequest:
        """Put texts in the queue and return their request, whose future will hold the results or raise as `tag` does.

        The caller calls `forget` on the request when it needs it no more. Raises Problem: queue_full.
        """
        request = QueuedRequest(texts, tagger, self._loop.create_future(), tags=tags, nbest=nbest)
        if not request.chars:
            request.all_chunks()
            request.finish()
            request.future.set_result(request.results)
            return request
        request.queued_at = time.monotonic()
        request.deadline = request.queued_at + self._deadline_s
        wait_s = self._expected_wait_s(request.chars)
        if wait_s > _HOPEFUL * self._deadline_s:
            raise self._queue_full(request, f"the answer would take about {math.ceil(wait_s)} s")
        try:
            self._queue.put(request)
        except QueueFull as full:
            raise self._queue_full(request, f"{full}, at most {self._queue.max_chars_each} may") from full
        self._pending[request] = receive
        if not self._occupied.is_set():
            self._occupied.set()
        return request

    def forget(self, request: QueuedRequest) -> None:
        """Give up a request: if it is unanswered its place is free at once."""
        if request in self._pending:
            self._fail(request, ClientLeft())
        if request.future.done() and not request.future.cancelled():
            request.future.exception()  # seen, so that asyncio does not warn that nobody looked

    def _queue_full(self, request: QueuedRequest, detail: str) -> Problem:
        retry_after_s = max(1, math.ceil(self._expected_wait_s(request.chars)))
        waiting = self._queue.chars
        return Problem(
            "queue_full",
            detail,
            retry_after_s=retry_after_s,
            limit=self._queue.max_chars_each,
            actual=waiting + request.chars,
        )

    def _expected_wait_s(self, chars: int) -> float:
        rate = self._worker.chars_per_s
        return self._queue.chars_ahead(chars) / rate if rate else 0.0

    def _deliver_from_thread(self, requests: Sequence[QueuedRequest] | None) -> None:
        """Have the event loop answer these requests; None for every request, the thread having failed."""
        try:
            self._loop.call_soon_threadsafe(self._deliver, requests)
        except RuntimeError:
            logger.warning("the event loop was closed before a batch was answered")

    def _deliver(self, requests: Sequence[QueuedRequest] | None) -> None:
        for request in list(self._pending) if requests is None else requests:
            if request in self._pending:
                if requests is None:
                    self._fail(request, Problem("tagging_failed", "the tagger failed"))
                elif request.error is not None:
                    self._fail(request, request.error)
                else:
                    self._settle(request)
                    if not request.future.done():
                        request.future.set_result(request.results)

    def _fail(self, request: QueuedRequest, error: Exception) -> None:
        if request in self._pending:
            self._settle(request)
            self._queue.withdraw(request)
            if not request.future.done():
                request.future.set_exception(error)

    def _settle(self, request: QueuedRequest) -> None:
        del self._pending[request]
        if request.watch is not None:
            request.watch.cancel()

    async def _sweep(self) -> None:
        while True:
            if not self._pending:
                self._occupied.clear()
                await self._occupied.wait()
            await asyncio.sleep(SWEEP_S)
            now = time.monotonic()
            late = [request for request in self._pending if request.deadline <= now]
            for request in late:
                self._fail(request, self._deadline_passed())
            for request, receive in self._pending.items():
                if request.watch is None and receive is not None and now - request.queued_at > SWEEP_S:
                    request.watch = self._loop.create_task(self._watch(request, receive))

    def _deadline_passed(self) -> Problem:
        return Problem(
            "deadline_passed",
            f"no answer within {self._deadline_s:g} s; {self._queue.chars} characters are waiting",
            limit=self._deadline_s,
        )

    async def _watch(self, request: QueuedRequest, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self._fail(request, ClientLeft())
