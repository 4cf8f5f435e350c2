"""Batches made ahead are those that would have come, errors included."""

import threading
from collections.abc import Iterator

import pytest

from training.data.ahead import made_ahead


@pytest.mark.parametrize("count", [1, 3, 20])
def test_items_come_in_their_order(count: int) -> None:
    assert list(made_ahead(iter(range(10)), count)) == list(range(10))
    assert list(made_ahead(iter([None, None]), count)) == [None, None]


def test_no_more_than_so_many_are_made_before_they_are_asked_for() -> None:
    made: list[int] = []

    def items() -> Iterator[int]:
        for item in range(10):
            made.append(item)
            yield item

    stream = made_ahead(items(), 3)
    assert made == []
    assert next(stream) == 0
    stream.close()  # waits for the thread
    assert made == [0, 1, 2, 3]


def test_an_error_comes_where_it_would_have_come() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise ValueError("the file is gone")

    stream = made_ahead(items())
    assert next(stream) == 1
    with pytest.raises(ValueError, match="the file is gone"):
        next(stream)


def test_no_thread_is_left() -> None:
    before = threading.active_count()
    for stop in (0, 2):
        stream = made_ahead(iter(range(10)))
        for _ in range(stop):
            next(stream)
        stream.close()
    assert threading.active_count() == before
