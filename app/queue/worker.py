"""The one thread in which tagging happens, so that the event loop never waits for it.

Lanes.take -> parts --(one call per tagger)--> Tagger.tag_chunks -> Job.add -> jobs that are done
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import Protocol

from app.problems import Problem
from app.queue.queue import Lanes
from app.queue.request import Job, Part

logger = logging.getLogger("zitag.inference")

# A batch this full shows how fast the tagger is under load; a small one, only what a call costs.
_FULL = 0.5
# Weight of the newest batch in the running mean of the speed.
_NEWEST = 0.2
# A batch takes milliseconds; a thread that takes this long to stop hangs, and dies with the process.
_STOP_S = 5.0

Deliver = Callable[[Sequence[Job] | None], None]


class Observer(Protocol):
    """Where the thread reports what it did."""

    def batch(self, texts: int, chars: int, seconds: float) -> None:
        """One batch was tagged."""
        ...

    def started(self, queue_seconds: float) -> None:
        """One request came out of the queue."""
        ...


class InferenceThread:
    """Takes batches from the lanes until they are closed."""

    def __init__(self, lanes: Lanes, batch_chars: int, observer: Observer) -> None:
        self.chars_per_s = 0.0  # under load; 0 until known
        self._lanes = lanes
        self._full_chars = _FULL * batch_chars
        self._observer = observer
        self._busy_since = 0.0  # 0 while idle
        self._deliver: Deliver
        self._thread = threading.Thread(target=self._run, name="inference", daemon=True)

    @property
    def busy_s(self) -> float:
        """Seconds since the batch in progress began; 0 while idle."""
        return time.monotonic() - self._busy_since if self._busy_since else 0.0

    def start(self, deliver: Deliver) -> None:
        """Start; `deliver` gets the jobs that are done after each batch, or None if the thread itself failed."""
        self._deliver = deliver
        self._thread.start()

    def join(self) -> None:
        """Wait for the batch in progress, after the lanes were closed."""
        self._thread.join(_STOP_S)

    def _run(self) -> None:
        while not self._lanes.is_closed:
            try:
                self._run_batch()
            except BaseException:
                # Not to happen; but this thread must outlive anything, or nobody is ever answered again.
                logger.exception("a batch failed as a whole")
                self._deliver(None)
            finally:
                self._busy_since = 0.0

    def _run_batch(self) -> None:
        was_waited_for = self._lanes.chars > 0
        asked = time.monotonic()
        parts = self._lanes.take()
        if not parts:
            return
        begun = self._busy_since = time.monotonic()
        jobs = list(dict.fromkeys(part.job for part in parts))
        for job in jobs:
            if not job.started_at:
                job.started_at = begun
                self._observer.started(begun - job.queued_at)
        for group in _groups(parts):
            self._tag(group)
        self._measure(parts, begun - asked if was_waited_for else 0.0, time.monotonic() - begun)
        done = [job for job in jobs if job.is_done]
        for job in done:
            if job.error is None:
                job.finish()
        self._deliver(done)

    def _tag(self, parts: Sequence[Part]) -> None:
        """Tag parts that share a tagger; should it fail on them, tag each half by itself."""
        job = parts[0].job
        try:
            found = job.tagger.tag_chunks([part.chunk for part in parts], nbest=job.nbest)
            if len(found) != len(parts):
                raise ValueError(f"expected {len(parts)} answers from the tagger, got {len(found)}")
        except Exception as error:
            if len(parts) > 1:
                middle = len(parts) // 2
                self._tag(parts[:middle])
                self._tag(parts[middle:])
            else:
                logger.exception(
                    "a text could not be tagged", extra={"fields": {"chars": len(parts[0].chunk.source)}}
                )
                job.error = Problem("tagging_failed", "the tagger failed on this request")
                job.error.__cause__ = error
            return
        for part, of_chunk in zip(parts, found, strict=True):
            part.job.add(part, of_chunk)

    def _measure(self, parts: Sequence[Part], taking_s: float, tagging_s: float) -> None:
        chars = sum(len(part.chunk.source) for part in parts)
        texts = len({(part.job, part.chunk.text) for part in parts})
        self._observer.batch(texts, chars, tagging_s)
        if chars >= self._full_chars:
            rate = chars / max(taking_s + tagging_s, 1e-6)
            self.chars_per_s += (rate - self.chars_per_s) * (_NEWEST if self.chars_per_s else 1)


def _groups(parts: Sequence[Part]) -> list[list[Part]]:
    """Return the parts in groups that one call can tag: mostly one group."""
    groups: dict[tuple[int, int], list[Part]] = {}
    for part in parts:
        groups.setdefault((id(part.job.tagger), part.job.nbest), []).append(part)
    return list(groups.values())
