"""The one thread in which tagging happens, so that the event loop never waits for it.

RequestQueue.take -> chunks --(one call per tagger)--> Tagger.tag_chunks -> QueuedRequest.add -> requests that are done
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import Protocol

from app.problems import Problem
from app.queue.queue import RequestQueue
from app.queue.request import QueuedChunk, QueuedRequest

logger = logging.getLogger("zitag.worker")

# A batch this full shows how fast the tagger is under load; a small one, only what a call costs.
_FULL = 0.5
# Weight of the newest batch in the running mean of the speed.
_NEWEST = 0.2
# A batch takes milliseconds; a thread that takes this long to stop hangs, and dies with the process.
_STOP_S = 5.0

Deliver = Callable[[Sequence[QueuedRequest] | None], None]


class Observer(Protocol):
    """What the worker tells its measurements to: the metrics."""

    def batch(self, texts: int, chars: int, seconds: float) -> None:
        """Observe a tagged batch."""
        ...

    def started(self, queue_seconds: float) -> None:
        """Observe how long a request waited in the queue."""
        ...


class Worker:
    """Takes batches from the queue until it is closed."""

    def __init__(self, queue: RequestQueue, batch_chars: int, observer: Observer) -> None:
        self.chars_per_s = 0.0  # under load; 0 until known
        self._queue = queue
        self._full_chars = _FULL * batch_chars
        self._observer = observer
        self._busy_since = 0.0  # 0 while idle
        self._deliver: Deliver
        self._thread = threading.Thread(target=self._run, name="worker", daemon=True)

    @property
    def busy_s(self) -> float:
        """Seconds since the batch in progress began; 0 while idle."""
        return time.monotonic() - self._busy_since if self._busy_since else 0.0

    def start(self, deliver: Deliver) -> None:
        """Start; `deliver` gets the requests that are done after each batch, or None if the thread itself failed."""
        self._deliver = deliver
        self._thread.start()

    def join(self) -> None:
        """Wait for the batch in progress, after the queue was closed."""
        self._thread.join(_STOP_S)

    def _run(self) -> None:
        while not self._queue.is_closed:
            try:
                self._run_batch()
            except BaseException:
                # This should not happen; but if this thread ended, no request would ever be answered again.
                logger.exception("a batch failed as a whole")
                self._deliver(None)
            finally:
                self._busy_since = 0.0

    def _run_batch(self) -> None:
        was_waited_for = self._queue.chars > 0
        asked = time.monotonic()
        chunks = self._queue.take()
        if not chunks:
            return
        begun = self._busy_since = time.monotonic()
        requests = list(dict.fromkeys(queued.request for queued in chunks))
        for request in requests:
            if not request.started_at:
                request.started_at = begun
                self._observer.started(begun - request.queued_at)
        for group in _groups(chunks):
            self._tag(group)
        self._measure(chunks, begun - asked if was_waited_for else 0.0, time.monotonic() - begun)
        done = [request for request in requests if request.is_done]
        for request in done:
            if request.error is None:
                request.finish()
        self._deliver(done)

    def _tag(self, chunks: Sequence[QueuedChunk]) -> None:
        """Tag chunks that share a tagger; should it fail on them, tag each half by itself."""
        request = chunks[0].request
        try:
            found = request.tagger.tag_chunks([queued.chunk for queued in chunks], nbest=request.nbest)
            if len(found) != len(chunks):
                raise ValueError(f"expected {len(chunks)} answers from the tagger, got {len(found)}")
        except Exception as error:
            if len(chunks) > 1:
                middle = len(chunks) // 2
                self._tag(chunks[:middle])
                self._tag(chunks[middle:])
            else:
                logger.exception(
                    "a text could not be tagged", extra={"fields": {"chars": len(chunks[0].chunk.source)}}
                )
                request.error = Problem("tagging_failed", "the tagger failed on this request")
                request.error.__cause__ = error
            return
        for queued, result in zip(chunks, found, strict=True):
            queued.request.add(queued, result)

    def _measure(self, chunks: Sequence[QueuedChunk], taking_s: float, tagging_s: float) -> None:
        chars = sum(len(queued.chunk.source) for queued in chunks)
        texts = len({(queued.request, queued.chunk.text) for queued in chunks})
        self._observer.batch(texts, chars, tagging_s)
        if chars >= self._full_chars:
            rate = chars / max(taking_s + tagging_s, 1e-6)
            self.chars_per_s += (rate - self.chars_per_s) * (_NEWEST if self.chars_per_s else 1)


def _groups(chunks: Sequence[QueuedChunk]) -> list[list[QueuedChunk]]:
    """Return the chunks in groups that one call can tag: mostly one group."""
    groups: dict[tuple[int, int], list[QueuedChunk]] = {}
    for queued in chunks:
        groups.setdefault((id(queued.request.tagger), queued.request.nbest), []).append(queued)
    return list(groups.values())
