"""Rows and batches cover every character once and stay within their bounds."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.runtime.batching import batch_rows, cut_rows

LENGTHS = st.lists(st.integers(1, 60), min_size=1, max_size=30)


@pytest.mark.parametrize(
    ("length", "rows", "cores"),
    [
        (9, [(0, 9)], [(0, 9)]),
        (10, [(0, 10)], [(0, 10)]),
        (11, [(0, 11), (8, 11)], [(0, 10), (10, 11)]),
        (25, [(0, 12), (8, 22), (18, 25)], [(0, 10), (10, 20), (20, 25)]),
    ],
)
def test_rows_of_one_piece(length: int, rows: list[tuple[int, int]], cores: list[tuple[int, int]]) -> None:
    cut = cut_rows(np.array([0, length]), window_chars=10, context_chars=2)
    assert list(zip(cut.start, cut.end, strict=True)) == rows
    assert list(zip(cut.core_start, cut.core_end, strict=True)) == cores


@given(lengths=LENGTHS, window=st.integers(1, 20), context=st.integers(0, 10))
def test_cores_joined_are_everything_and_rows_stay_in_their_piece(
    lengths: list[int], window: int, context: int
) -> None:
    offsets = np.cumsum([0, *lengths])
    rows = cut_rows(offsets, window, context)
    cores = [i for a, b in zip(rows.core_start, rows.core_end, strict=True) for i in range(a, b)]
    assert cores == list(range(offsets[-1]))
    assert ((rows.end - rows.start) <= window + 2 * context).all()
    piece = np.searchsorted(offsets, rows.core_start, side="right") - 1
    assert (rows.start >= offsets[piece]).all()
    assert (rows.end <= offsets[piece + 1]).all()


@given(lengths=LENGTHS, before=LENGTHS, window=st.integers(1, 20), context=st.integers(0, 10))
def test_rows_of_a_piece_do_not_depend_on_its_neighbours(
    lengths: list[int], before: list[int], window: int, context: int
) -> None:
    alone = cut_rows(np.cumsum([0, *lengths]), window, context)
    together = cut_rows(np.cumsum([0, *before, *lengths]), window, context)
    for mine, among in zip(alone, together, strict=True):
        assert (among[-len(mine) :] - sum(before) == mine).all()


@given(lengths=LENGTHS, most=st.integers(1, 200))
def test_batches_hold_every_row_once_within_the_bound(lengths: list[int], most: int) -> None:
    offsets = np.cumsum([0, *lengths])
    rows = cut_rows(offsets, 100, 0)
    batches = list(batch_rows(rows, most))
    assert sorted(np.concatenate(batches)) == list(range(len(lengths)))
    for batch in batches:
        longest = max(lengths[row] for row in batch)
        assert len(batch) * longest <= most or len(batch) == 1
        assert lengths[batch[0]] == longest
