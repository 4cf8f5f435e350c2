"""Lines of log to a file by a thread of their own: who logs never waits for who reads.

logger -> LineHandler: one line, queued, or dropped and counted -> a thread -> the file

A pipe whose reader has stopped takes 64 KiB, and then each write waits, on the event loop for ever. Here lines wait in
a queue; when it is full further ones are dropped, counted, and told of once there is room.
"""

import logging
import os
import threading
from collections import deque
from collections.abc import Callable
from typing import TextIO

# Some ten thousand lines.
MAX_QUEUED_CHARS = 2_000_000
# What waits when the process ends gets so long to be read.
_FLUSH_S = 1.0


class LineHandler(logging.Handler):
    """Writes records to a stream as lines, from a thread. Its formatter makes one line of a record."""

    def __init__(self, stream: TextIO, max_queued_chars: int = MAX_QUEUED_CHARS) -> None:
        super().__init__()
        self.on_dropped: Callable[[], None] = lambda: None
        self._write = _writer(stream)
        self._max_queued_chars = max_queued_chars
        self._lines: deque[str] = deque()
        self._queued_chars = 0
        self._dropped = 0  # since that was last told
        self._is_writing = False
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None  # from the first line on

    def emit(self, record: logging.LogRecord) -> None:
        """Queue a record, or drop it if too much waits. Never waits, never raises."""
        try:
            line = self.format(record) + "\n"
        except Exception:
            self.handleError(record)
            return
        with self._changed:
            if self._queued_chars + len(line) > self._max_queued_chars and self._lines:
                self._dropped += 1
                self.on_dropped()
                return
            if self._dropped:
                line = self._told() + line
            self._lines.append(line)
            self._queued_chars += len(line)
            self._changed.notify_all()
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="log", daemon=True)
                self._thread.start()

    def flush(self) -> None:
        """Wait until what is queued is written, but not for a reader that has stopped."""
        with self._changed:
            self._changed.wait_for(lambda: not self._lines and not self._is_writing, _FLUSH_S)

    def _told(self) -> str:
        """Return the line that says how many were dropped."""
        args = (self._dropped,)
        told = logging.LogRecord(
            "zitag",
            logging.WARNING,
            __file__,
            0,
            "%d lines of log were dropped: nobody read them",
            args,
            None,
        )
        self._dropped = 0
        return self.format(told) + "\n"

    def _run(self) -> None:
        while True:
            with self._changed:
                self._is_writing = False
                self._changed.notify_all()
                self._changed.wait_for(lambda: self._lines)
                lines = list(self._lines)
                self._lines.clear()
                self._queued_chars = 0
                self._is_writing = True
            if not self._write("".join(lines)):
                self._count_dropped(len(lines))

    def _count_dropped(self, lines: int) -> None:
        with self._changed:
            self._dropped += lines
        for _ in range(lines):
            self.on_dropped()


def _writer(stream: TextIO) -> Callable[[str], bool]:
    """Return what writes a line, and returns whether it could.

    Where there is a file descriptor, it goes there by itself: a thread that waits within a stream of Python's would
    keep the process from ending.
    """
    try:
        descriptor = stream.fileno()
    except (OSError, AttributeError, ValueError):  # in memory, or closed
        return lambda line: _try(lambda: stream.write(line))
    return lambda line: _try(lambda: _write_all(descriptor, line.encode("utf-8", "backslashreplace")))


def _write_all(descriptor: int, content: bytes) -> None:
    while content:
        content = content[os.write(descriptor, content) :]


def _try(write: Callable[[], object]) -> bool:
    try:
        write()
    except (OSError, ValueError, AttributeError):  # nobody will ever read it, or there is no stream at all
        return False
    return True
