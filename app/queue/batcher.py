"""The batcher: requests from the event loop, batches to one inference thread, answers back.

    tag(texts) -> Job -> Lanes --take--> batch -> tagger (inference thread) -> results -> the waiting request

What it promises, and the fault that each promise prevents:

- An idle tagger starts at once; a busy one then takes all that came meanwhile. No timer adds latency.
- What waits is bounded in characters and in time; beyond, a request is refused, never half-served.
- A text that makes the tagger fail harms its own request alone: its batch is halved until it stands by itself.
- A request that is past its deadline, or whose client left, gives up its place and costs no inference.
- A long request is tagged a slice at a time, so that short ones pass it.
- A job keeps the tagger it began with, so no answer mixes two bundles.
"""

import asyncio
import logging
import math
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from app.problems import ClientLeft, Problem
from app.queue.queue import LaneFull, Lanes
from app.queue.request import Job
from app.queue.tagger import Tagger
from app.queue.worker import InferenceThread, Observer
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
        self._lanes = Lanes(queue_chars, batch_chars)
        self._thread = InferenceThread(self._lanes, batch_chars, observer)
        self._deadline_s = deadline_s
        self._pending: dict[Job, Receive | None] = {}  # in the order they came
        self._occupied = asyncio.Event()  # something is, or was, pending
        self._loop: asyncio.AbstractEventLoop
        self._sweeper: asyncio.Task[None]

    def start(self) -> None:
        """Start the inference thread."""
        self._loop = asyncio.get_running_loop()
        self._thread.start(self._deliver_from_thread)
        self._sweeper = self._loop.create_task(self._sweep())

    async def stop(self) -> None:
        """Stop the inference thread after its batch; what still waits fails with `draining`."""
        self._sweeper.cancel()
        self._lanes.close()
        for job in list(self._pending):
            self._fail(job, Problem("draining", "the server stopped before this was tagged", retry_after_s=1))
        await asyncio.to_thread(self._thread.join)

    @property
    def waiting_chars(self) -> int:
        """Characters that wait."""
        return self._lanes.chars

    @property
    def unanswered(self) -> int:
        """Requests that were accepted and not yet answered."""
        return len(self._pending)

    @property
    def is_stalled(self) -> bool:
        """Whether the batch in progress has taken longer than any request may wait."""
        return self._thread.busy_s > self._deadline_s

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
        job = self.submit(texts, tagger, tags=tags, nbest=nbest, receive=receive)
        try:
            return await job.future
        finally:
            self.forget(job)

    def submit(
        self,
        texts: Sequence[str],
        tagger: Tagger,
        *,
        tags: bool = False,
        nbest: int = 0,
        receive: Receive | None = None,
    ) -> Job:
        """Put texts in the queue and return their job, whose future will hold the results or raise as `tag` does.

        The caller calls `forget` on the job when it needs it no more. Raises Problem: queue_full.
        """
        job = Job(texts, tagger, self._loop.create_future(), tags=tags, nbest=nbest)
        if not job.chars:
            job.whole_parts()
            job.finish()
            job.future.set_result(job.results)
            return job
        job.queued_at = time.monotonic()
        job.deadline = job.queued_at + self._deadline_s
        wait_s = self._expected_wait_s(job.chars)
        if wait_s > _HOPEFUL * self._deadline_s:
            raise self._queue_full(job, f"the answer would take about {math.ceil(wait_s)} s")
        try:
            self._lanes.put(job)
        except LaneFull as full:
            raise self._queue_full(job, f"{full}, at most {self._lanes.max_lane_chars} may") from full
        self._pending[job] = receive
        if not self._occupied.is_set():
            self._occupied.set()
        return job

    def forget(self, job: Job) -> None:
        """Give up a job: if it is unanswered its place is free at once."""
        if job in self._pending:
            self._fail(job, ClientLeft())
        if job.future.done() and not job.future.cancelled():
            job.future.exception()  # seen, so that asyncio does not warn that nobody looked

    def _queue_full(self, job: Job, detail: str) -> Problem:
        retry_after_s = max(1, math.ceil(self._expected_wait_s(job.chars)))
        waiting = self._lanes.chars
        return Problem(
            "queue_full",
            detail,
            retry_after_s=retry_after_s,
            limit=self._lanes.max_lane_chars,
            actual=waiting + job.chars,
        )

    def _expected_wait_s(self, chars: int) -> float:
        rate = self._thread.chars_per_s
        return self._lanes.chars_ahead(chars) / rate if rate else 0.0

    def _deliver_from_thread(self, jobs: Sequence[Job] | None) -> None:
        """Have the event loop answer these jobs; None for every job, the thread having failed."""
        try:
            self._loop.call_soon_threadsafe(self._deliver, jobs)
        except RuntimeError:
            logger.warning("the event loop was closed before a batch was answered")

    def _deliver(self, jobs: Sequence[Job] | None) -> None:
        for job in list(self._pending) if jobs is None else jobs:
            if job in self._pending:
                if jobs is None:
                    self._fail(job, Problem("tagging_failed", "the tagger failed"))
                elif job.error is not None:
                    self._fail(job, job.error)
                else:
                    self._settle(job)
                    if not job.future.done():
                        job.future.set_result(job.results)

    def _fail(self, job: Job, error: Exception) -> None:
        if job in self._pending:
            self._settle(job)
            self._lanes.withdraw(job)
            if not job.future.done():
                job.future.set_exception(error)

    def _settle(self, job: Job) -> None:
        del self._pending[job]
        if job.watch is not None:
            job.watch.cancel()

    async def _sweep(self) -> None:
        while True:
            if not self._pending:
                self._occupied.clear()
                await self._occupied.wait()
            await asyncio.sleep(SWEEP_S)
            now = time.monotonic()
            late = [job for job in self._pending if job.deadline <= now]
            for job in late:
                self._fail(job, self._deadline_passed())
            for job, receive in self._pending.items():
                if job.watch is None and receive is not None and now - job.queued_at > SWEEP_S:
                    job.watch = self._loop.create_task(self._watch(job, receive))

    def _deadline_passed(self) -> Problem:
        return Problem(
            "deadline_passed",
            f"no answer within {self._deadline_s:g} s; {self._lanes.chars} characters are waiting",
            limit=self._deadline_s,
        )

    async def _watch(self, job: Job, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self._fail(job, ClientLeft())
