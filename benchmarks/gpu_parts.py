"""What the parts of `gpu.py` share."""

import statistics
import time
from collections.abc import Callable
from pathlib import Path


class Skipped(Exception):
    """A part that cannot run here; the message says why."""


def read_texts(path: Path) -> list[str]:
    """Return the sentences of a BIO file."""
    if not path.exists():
        raise Skipped(f"{path} does not exist")
    sentences = path.read_text("utf-8").split("\n\n")
    return ["".join(line[0] for line in sentence.split("\n") if line) for sentence in sentences]


def best_s(call: Callable[[], object], seconds: float) -> float:
    """Return the shortest of the times that `call` takes, after one call to warm up."""
    return min(_times(call, seconds))


def median_s(call: Callable[[], object], seconds: float) -> float:
    """Return the median of the times that `call` takes, after one call to warm up."""
    return statistics.median(_times(call, seconds))


def _times(call: Callable[[], object], seconds: float) -> list[float]:
    call()
    times: list[float] = []
    until = time.perf_counter() + seconds
    while time.perf_counter() < until or len(times) < 3:
        began = time.perf_counter()
        call()
        times.append(time.perf_counter() - began)
    return times
