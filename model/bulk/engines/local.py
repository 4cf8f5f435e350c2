"""Splits on processes of this machine, each with a pipe; one that ends is a worker that died, its split another's."""

import multiprocessing
from collections import Counter, deque
from collections.abc import Generator, Iterable
from contextlib import suppress
from multiprocessing.connection import wait
from multiprocessing.context import SpawnProcess
from typing import Any

from model.bulk.engines.worker import work
from model.bulk.job import BulkError, Job, Outcome, Split
from model.machine.cpus import count_cpus

ATTEMPTS = 3  # one that kills its worker so often (memory, most likely) would kill every other
Busy = dict[Any, tuple[SpawnProcess, Split]]  # by the pipe: a worker, and what it tags


def run_splits(
    job: Job, splits: Iterable[Split], workers: int | None = None
) -> Generator[Outcome | None, None, None]:
    """Yield what each split came to as it ends, None each second in which none does.

    workers: how many processes, None for one per CPU. Raises BulkError where workers die of a split.
    """
    left, deaths = deque(splits), Counter[int]()
    busy: Busy = {}
    try:
        while left or busy:
            while left and len(busy) < (workers or count_cpus()):
                _give(*_start(job), left, busy)
            ready: list[Any] = wait(list(busy), timeout=1)
            if not ready:
                yield None
            for pipe in ready:
                (process, split), answer = busy.pop(pipe), None
                with suppress(EOFError, OSError):
                    answer = pipe.recv()
                if answer is None:
                    left.appendleft(_bury(process, split, deaths))
                    continue
                if left:
                    _give(pipe, process, left, busy)
                else:
                    pipe.close()  # so the worker ends
                if isinstance(answer, Exception):
                    raise answer
                yield answer
    finally:
        for process, _ in busy.values():
            process.kill()
            process.join()


def _start(job: Job) -> tuple[Any, SpawnProcess]:
    context = multiprocessing.get_context("spawn")  # a fork would inherit the other workers' pipes
    pipe, end = context.Pipe()
    process = context.Process(target=work, args=(end, job), daemon=True)
    process.start()
    end.close()
    return pipe, process


def _give(pipe: Any, process: SpawnProcess, left: deque[Split], busy: Busy) -> None:
    busy[pipe] = process, left.popleft()
    with suppress(OSError):  # one that died meanwhile is found when it is waited for
        pipe.send(busy[pipe][1])


def _bury(process: SpawnProcess, split: Split, deaths: "Counter[int]") -> Split:
    process.join()
    deaths[split.index] += 1
    if deaths[split.index] >= ATTEMPTS:
        raise BulkError(
            f"{split.input.path}: expected a worker that tags it, got {ATTEMPTS} that ended with {process.exitcode}"
            " (-9 is the kernel's, out of memory); take fewer --workers"
        )
    return split
