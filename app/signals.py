"""What signals do while there is no server to heed them: before it, after it, and the second time.

SIGTERM, SIGINT   exit 0, at once
SIGHUP            nothing: the bundle is about to be loaded, or no longer wanted
"""

import os
import signal

ENDING = (signal.SIGTERM, signal.SIGINT)


def heed_signals() -> None:
    """Let signals do this from now on. To be called before anything that takes time, even to be imported.

    Process 1 of a container gets no signal that it does not handle: it would be killed after the grace, seconds later.
    """
    for number in ENDING:
        signal.signal(number, end_at_once)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)


def end_at_once(*_: object) -> None:
    """End the process with 0. An exception could be caught on its way, and Python's own end waits for threads."""
    os._exit(0)
