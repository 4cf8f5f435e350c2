"""A worker process of the local engine: splits come through its pipe, what they came to goes back."""

import multiprocessing
import os
import signal
import threading
from contextlib import suppress
from multiprocessing.connection import Connection

from model.bulk.job import Job
from model.bulk.tagging import answer_split


def work(pipe: Connection, job: Job) -> None:
    """Tag splits until the pipe ends, or the driver does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the driver's, who ends us
    threading.Thread(target=_end_with_driver, daemon=True).start()
    with suppress(EOFError, OSError):
        while True:
            pipe.send(answer_split(job, pipe.recv()))


def _end_with_driver() -> None:
    driver = multiprocessing.parent_process()
    if driver:
        driver.join()
    os._exit(1)
