"""Ctrl-C and SIGTERM during a fit: none is lost, and none interrupts an update halfway.

Before the epochs and after them a signal raises KeyboardInterrupt; while they run it is noted, and acted on between two
steps. It is noted before them too: an exception that is raised while a library calls back into Python, or in a
finaliser, may be swallowed there, and the fit would go on.
"""

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)

_came: list[int] = []


def raise_interrupts() -> None:
    """Have each of the signals raise KeyboardInterrupt from now on, and forget those that came before."""
    _came.clear()
    for number in SIGNALS:
        signal.signal(number, _interrupt)


def _interrupt(number: int, frame: FrameType | None) -> None:
    _came.append(number)
    raise KeyboardInterrupt(*(["stopped by SIGTERM"] if number == signal.SIGTERM else []))


@contextlib.contextmanager
def deferred_interrupts() -> Iterator[Callable[[], bool]]:
    """Yield a function that says whether a signal to stop has come; until the end they interrupt nothing.

    One that came after `raise_interrupts` counts, whatever became of its KeyboardInterrupt.

    In a thread that is not the main one Python takes no signals, and the answer is always no.
    """
    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return
    before = {number: signal.signal(number, lambda number, _: _came.append(number)) for number in SIGNALS}
    try:
        yield lambda: bool(_came)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
