"""What waits to be tagged: a lane for short requests and one for long ones, each bounded in characters.

    put -> [short][short][short] ──┐
                                   ├─> take: the parts of a batch
    put -> [long][long] ───────────┘
            └─ a long job gives one slice at a time and goes to the end of its lane

Two lanes, because in one a book would hold up every sentence behind it. While both hold something, each gets half
of every batch; alone, a lane gets all of it.
"""

import threading
from collections import deque

from app.queue.request import Job, Part


class LaneFull(Exception):
    """A job does not fit; `waiting` characters are before it."""

    def __init__(self, waiting: int) -> None:
        super().__init__(f"{waiting} characters are waiting")
        self.waiting = waiting


class Lanes:
    """The two lanes. The event loop puts and withdraws jobs, the inference thread takes their parts."""

    def __init__(self, max_chars: int, batch_chars: int) -> None:
        self.max_lane_chars = max_chars // 2
        self.slice_chars = batch_chars // 2
        self._batch_chars = batch_chars
        self._jobs: dict[bool, deque[Job]] = {False: deque(), True: deque()}  # by Job.is_long
        self._chars = {False: 0, True: 0}
        self._changed = threading.Condition(threading.Lock())
        self._idle = False
        self._closed = False

    @property
    def chars(self) -> int:
        """Characters that wait, in both lanes."""
        return self._chars[False] + self._chars[True]

    def chars_ahead(self, chars: int) -> int:
        """Return how many characters would be tagged before a job of so many, put in now, was done.

        0 if its lane is empty: then it gains nothing by coming later.
        """
        is_long = chars > self.slice_chars
        if not self._chars[is_long]:
            return 0
        own = self._chars[is_long] + chars
        return own + min(own, self._chars[not is_long])

    def put(self, job: Job) -> None:
        """Append a job to its lane. Raises LaneFull if it does not fit; an empty lane takes any job."""
        job.is_long = job.chars > self.slice_chars
        with self._changed:
            waiting = self._chars[job.is_long]
            if waiting and waiting + job.chars > self.max_lane_chars:
                raise LaneFull(waiting)
            self._chars[job.is_long] += job.chars
            job.lane_chars = job.chars
            self._jobs[job.is_long].append(job)
            if self._idle:
                self._changed.notify()

    def withdraw(self, job: Job) -> None:
        """Free the place of a job that nobody waits for any more."""
        with self._changed:
            job.is_withdrawn = True
            self._count(job, 0)
            if job in self._jobs[job.is_long]:
                self._jobs[job.is_long].remove(job)

    def close(self) -> None:
        """Make `take` return; whatever waits is left."""
        with self._changed:
            self._closed = True
            self._changed.notify()

    def take(self) -> list[Part]:
        """Return the parts of the next batch, waiting for a job if there is none; [] once closed.

        May return [] as well if the jobs are withdrawn while this looks at them.
        """
        jobs = self._take_short()
        parts = [part for job in jobs for part in job.whole_parts()]
        room = self._batch_chars - sum(job.chars for job in jobs)
        while room > 0 and (job := self._pop_long()) is not None:
            # Cutting a text into sentences takes time, so the lock is not held meanwhile.
            found = job.next_parts(min(room, self.slice_chars))
            taken_chars = sum(len(part.chunk.source) for part in found)
            self._put_back(job, taken_chars)
            parts += found
            room -= taken_chars
        return parts

    @property
    def is_closed(self) -> bool:
        """Whether `close` was called."""
        return self._closed

    def _take_short(self) -> list[Job]:
        short, long = self._jobs[False], self._jobs[True]
        taken: list[Job] = []
        with self._changed:
            while not (short or long or self._closed):
                self._idle = True
                self._changed.wait()
                self._idle = False
            room = self._batch_chars // 2 if long else self._batch_chars
            while short and short[0].chars <= room and not self._closed:
                job = short.popleft()
                room -= job.chars
                self._count(job, 0)
                taken.append(job)
        return taken

    def _pop_long(self) -> Job | None:
        with self._changed:
            long = self._jobs[True]
            return long.popleft() if long and not self._closed else None

    def _put_back(self, job: Job, taken_chars: int) -> None:
        with self._changed:
            if job.is_withdrawn:
                return
            self._count(job, 0 if job.is_taken else max(0, job.lane_chars - taken_chars))
            if not job.is_taken:
                self._jobs[True].append(job)

    def _count(self, job: Job, chars: int) -> None:
        self._chars[job.is_long] += chars - job.lane_chars
        job.lane_chars = chars
