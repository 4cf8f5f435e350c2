"""Splits on processes of this machine.

Each worker has a pipe and one split at a time. A pipe that ends is a worker that died: another takes its place and its
split. A worker whose driver died ends at once.
"""

import multiprocessing
import os
import signal
import threading
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import Any, NamedTuple

from model.bulk.job import BulkError, Job, Outcome, Split
from model.bulk.tagging import tag_split
from model.bundle.manifest import BundleError
from model.machine.cpus import count_cpus
from model.runtime.base import InferenceError

# One that kills its worker so often (memory, most likely) would kill every other.
ATTEMPTS = 3


class _Worker(NamedTuple):
    process: SpawnProcess
    split: Split


def run_splits(job: Job, splits: Iterable[Split], workers: int | None = None) -> Iterator[Outcome | None]:
    """Yield what each split came to as it ends, None each second in which none does.

    workers: how many processes, None for one per CPU. Raises BulkError where workers die of a split.
    """
    waiting, deaths = deque(splits), Counter[int]()
    busy: dict[Any, _Worker] = {}  # by the pipe
    try:
        while waiting or busy:
            while waiting and len(busy) < (workers or count_cpus()):
                _start(job, waiting, busy)
            ready: list[Any] = wait(list(busy), timeout=1)
            if not ready:
                yield None
            for pipe in ready:
                worker, answer = busy.pop(pipe), _receive(pipe)
                if answer is None:
                    _bury(worker, waiting, deaths)
                    continue
                if waiting:
                    _give(pipe, worker.process, waiting, busy)
                else:
                    pipe.close()  # so the worker ends
                if isinstance(answer, Exception):
                    raise answer
                yield answer
    finally:
        for worker in busy.values():
            worker.process.kill()
            worker.process.join()


def _start(job: Job, waiting: deque[Split], busy: dict[Any, _Worker]) -> None:
    context = multiprocessing.get_context("spawn")  # a fork would inherit the other workers' pipes
    pipe, end = context.Pipe()
    process = context.Process(target=_work, args=(end, job), daemon=True)
    process.start()
    end.close()
    _give(pipe, process, waiting, busy)


def _give(pipe: Any, process: SpawnProcess, waiting: deque[Split], busy: dict[Any, _Worker]) -> None:
    split = waiting.popleft()
    busy[pipe] = _Worker(process, split)
    with suppress(OSError):  # one that died meanwhile is found when it is waited for
        pipe.send(split)


def _receive(pipe: Any) -> Outcome | Exception | None:
    with suppress(EOFError, OSError):
        answer: Outcome | Exception = pipe.recv()
        return answer
    return None


def _bury(worker: _Worker, waiting: deque[Split], deaths: Counter[int]) -> None:
    worker.process.join()
    deaths[worker.split.index] += 1
    if deaths[worker.split.index] >= ATTEMPTS:
        raise BulkError(
            f"{worker.split.input.path}: expected a worker that tags it, got {ATTEMPTS} that ended with"
            f" {worker.process.exitcode} (-9 is the kernel's, out of memory); take fewer --workers"
        )
    waiting.appendleft(worker.split)


def _work(pipe: Connection, job: Job) -> None:
    """Tag the splits that come through the pipe until it ends: what a worker process does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the driver's, who ends us
    threading.Thread(target=_end_with_driver, daemon=True).start()
    with suppress(EOFError, OSError):
        while True:
            split = pipe.recv()
            try:
                pipe.send(tag_split(job, split))
            except (BulkError, BundleError, InferenceError) as error:
                pipe.send(error)


def _end_with_driver() -> None:
    driver = multiprocessing.parent_process()
    if driver:
        driver.join()
    os._exit(1)
