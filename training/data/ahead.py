"""Batches made ahead, on another thread, while the device is busy with those before."""

from collections import deque
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

# So many wait at most: enough to smooth a slow one, little memory.
AHEAD = 4

T = TypeVar("T")


def made_ahead(items: Iterator[T], count: int = AHEAD) -> Generator[T, None, None]:
    """Yield `items` in their order, up to `count` of which are made before they are asked for.

    Each is made on one other thread, one after another. An error in making one is raised where it would have come.
    Close the iterator when it is not read to its end: the thread ends then.

    >>> list(made_ahead(iter("abc")))
    ['a', 'b', 'c']
    """
    end = object()
    with ThreadPoolExecutor(1, "ahead") as thread:
        waiting = deque(thread.submit(next, items, end) for _ in range(count))
        while (item := waiting.popleft().result()) is not end:
            waiting.append(thread.submit(next, items, end))
            yield item  # type: ignore[misc]  # it is not the end
