"""How far long work has come, on standard error: a bar on a terminal, elsewhere a line a minute.

    with Progress("epoch 1/8", total=400, unit="batches") as progress:
        for batch in batches:
            ...
            progress.advance(1, "loss 1.234")

    epoch 1/8  ━━━━━━━━━━──────────  50 %  200 of 400 batches  0:42 left  loss 1.234

A bar is gone when its work is done; work of less than a minute leaves no line. Standard output is never written to.
"""

import argparse
import shutil
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Self, TextIO, TypeVar

BAR_EVERY_S, LINE_EVERY_S = 0.1, 60.0
BAR_WIDTH = 20
BYTES = "B"  # a unit that is shown in MB
_ERASE = "\r\x1b[K"

_quiet = False
T = TypeVar("T")


def be_quiet(quiet: bool = True) -> None:
    """Show no progress from now on, in this process (`--quiet`)."""
    global _quiet
    _quiet = quiet


def add_quiet(parser: argparse.ArgumentParser) -> None:
    """Give a command the flag that `be_quiet` is for."""
    parser.add_argument("--quiet", action="store_true", help="show no progress on standard error")


class Progress:
    """The progress of one piece of work, of `total` units or of nobody knows how many."""

    def __init__(
        self,
        title: str,
        total: int | None = None,
        unit: str = "",
        *,
        stream: TextIO | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._title, self._total, self._unit = title, total, unit
        self._stream = stream or sys.stderr
        self._clock = clock
        self._bar = self._stream.isatty()
        self._every = BAR_EVERY_S if self._bar else LINE_EVERY_S
        self._started = clock()
        self._due = self._started + self._every
        self._drawn = False
        self.done: float = 0

    def advance(self, count: int = 1, note: str = "") -> None:
        """Count so many units as done, and show it if it is time to."""
        self.reach(self.done + count, note)

    def reach(self, done: float, note: str = "") -> None:
        """Take what is done for this, the unit in work counted by its part, and show it if it is time to."""
        self.done = done
        now = self._clock()
        if now < self._due or _quiet:
            return
        self._due = now + self._every
        text = self._text(now - self._started, note)
        if self._bar:
            text = f"{_ERASE}{text[: shutil.get_terminal_size().columns - 1]}"
        self._stream.write(text if self._bar else f"{text}\n")
        self._stream.flush()
        self._drawn = self._bar

    @property
    def elapsed_s(self) -> float:
        """Seconds since the work began."""
        return self._clock() - self._started

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._drawn:
            self._stream.write(_ERASE)
            self._stream.flush()

    def _text(self, elapsed_s: float, note: str) -> str:
        if not self._total:
            return "  ".join(filter(None, (self._title, self._amount(self.done), note)))
        share = min(self.done / self._total, 1.0)
        full = round(share * BAR_WIDTH)
        bar = "━" * full + "─" * (BAR_WIDTH - full) if self._bar else ""
        amount = f"{self._amount(self.done, named=False)} of {self._amount(self._total)}"
        left = f"{_clock_time(elapsed_s * (1 / share - 1))} left" if share else ""
        return "  ".join(filter(None, (self._title, bar, f"{100 * share:.0f} %", amount, left, note)))

    def _amount(self, count: float, *, named: bool = True) -> str:
        number, unit = (
            (f"{count / 1e6:.1f}", "MB") if self._unit == BYTES else (f"{int(count):,}", self._unit)
        )
        return f"{number} {unit}".strip() if named else number


def tracked(things: Iterable[T], title: str, total: int | None = None, unit: str = "") -> Iterator[T]:
    """Yield the things, and show how many of them have been taken.

    >>> list(tracked("小明", "characters", 2))
    ['小', '明']
    """
    with Progress(title, total, unit) as progress:
        for thing in things:
            yield thing
            progress.advance()


def _clock_time(seconds: float) -> str:
    """Return a time as on a clock.

    >>> _clock_time(42), _clock_time(3700)
    ('0:42', '1:01:40')
    """
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
