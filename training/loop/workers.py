"""The workers of a fit: processes, on one machine or several, that each compute a share of every batch.

TF_CONFIG (JSON: cluster {"worker": ["host:port", ...]}, task {"type": "worker", "index": 0}) -> which of them this is
numbers of each --all-reduce--> numbers that all of them have

Worker 0 is the chief: it alone scores dev, and writes the run and the bundle.
"""

import contextlib
import json
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count

import numpy as np
import tensorflow as tf

from training.loop.checkpoint import RunError
from training.metrics.scoring import Rates
from training.settings.config import ConfigError

TF_CONFIG = "TF_CONFIG"
_PLACE = re.compile(r"\S+:\d{1,5}")
EXAMPLE = '{"cluster": {"worker": ["one:2222", "two:2222"]}, "task": {"type": "worker", "index": 0}}'
# To ask all workers is to wait for all of them: they are asked once in so many steps whether one is to stop.
ASK_EVERY = 8
# What collective operations raise when a worker is gone.
GONE = (
    tf.errors.UnavailableError,
    tf.errors.AbortedError,
    tf.errors.CancelledError,
    tf.errors.DeadlineExceededError,
    tf.errors.InternalError,
)


@dataclass(frozen=True)
class Task:
    """Which of how many workers this process is."""

    index: int = 0
    workers: int = 1

    @property
    def is_chief(self) -> bool:
        """Whether this worker scores and writes."""
        return self.index == 0

    def __str__(self) -> str:
        return f"worker {self.index + 1} of {self.workers}"


def read_task(environment: Mapping[str, str] = os.environ) -> Task:
    """Return what TF_CONFIG says; the one worker without it. Raises ConfigError for what is no list of workers.

    >>> read_task({"TF_CONFIG": '{"cluster": {"worker": ["a:1", "b:1"]}, "task": {"type": "worker", "index": 1}}'})
    Task(index=1, workers=2)
    """
    text = environment.get(TF_CONFIG, "")
    if not text:
        return Task()
    try:
        settings = json.loads(text)
        cluster, task = settings["cluster"], settings["task"]
        workers, index = cluster["worker"], task["index"]
        are_places = isinstance(workers, list) and all(map(_PLACE.fullmatch, workers))
        is_one = are_places and type(index) is int and 0 <= index < len(workers)
        if list(cluster) == ["worker"] and task["type"] == "worker" and is_one:
            return Task(index, len(workers))
    except (ValueError, KeyError, TypeError, RecursionError):
        pass
    got = f"index 1 for the second, got {text[:200]!r}"
    raise ConfigError(f"{TF_CONFIG}: expected {EXAMPLE}, {got}; correct it, or unset it to fit alone")


class Workers:
    """What the workers of `strategy` tell each other; each has to ask what the others ask, in the same order."""

    def __init__(self, strategy: tf.distribute.Strategy, task: Task) -> None:
        self._strategy = strategy
        self.task = task

    def sums(self, numbers: Sequence[float]) -> list[float]:
        """Return the sums of the numbers that the workers give. All wait for the last of them."""
        if self.task.workers == 1:
            return list(numbers)

        def reduced() -> tf.Tensor:
            given = tf.constant(np.asarray(numbers, np.float64))
            return tf.distribute.get_replica_context().all_reduce(tf.distribute.ReduceOp.SUM, given)

        with self._strategy.scope(), self.watched():
            results = self._strategy.experimental_local_results(self._strategy.run(reduced))
        shares = (
            self._strategy.num_replicas_in_sync / self.task.workers
        )  # the devices of a worker each give them
        return [float(number) / shares for number in results[0].numpy()]

    def rates(self, score: Callable[[], Rates]) -> Rates:
        """Return what the chief scores; the others do not."""
        if self.task.workers == 1:
            return score()
        rates = score() if self.task.is_chief else Rates(precision=0, recall=0, f1=0)
        precision, recall, f1 = self.sums([rates["precision"], rates["recall"], rates["f1"]])
        return Rates(precision=precision, recall=recall, f1=f1)

    def together(self, ask: Callable[[], bool]) -> Callable[[], bool]:
        """Return `ask` as all workers answer it, to be called equally often by each: yes where one of them does."""
        if self.task.workers == 1:
            return ask
        calls = count()
        return lambda: next(calls) % ASK_EVERY == 0 and self.sums([float(ask())])[0] > 0

    def check_equal(self, sha256: str) -> None:
        """Raise RunError where this worker was given other corpora or vectors than the chief."""
        mine = float(int(sha256[:12], 16))  # below 2**53: exact
        (chiefs,) = self.sums([mine if self.task.is_chief else 0.0])
        if mine != chiefs:
            raise RunError(
                f"{self.task}: its corpora or vectors are not those of worker 1; give all workers the same files and "
                "one --cache folder, on a disk that they share"
            )

    def wait_for_chief(self) -> None:
        """Wait until the chief has come so far. It goes on without the others: what it has written is whole."""
        try:
            self.sums([0.0])
        except RunError:
            if not self.task.is_chief:
                raise

    @contextlib.contextmanager
    def watched(self) -> Iterator[None]:
        """Raise RunError where another worker is gone."""
        try:
            yield
        except GONE as error:
            if self.task.workers == 1:
                raise
            raise RunError(
                f"{self.task}: another worker has gone, or cannot be reached; see its log, then start all of them "
                "again with --resume"
            ) from error
