"""What goes through the network at once: rows of bounded length, in batches of bounded size.

    piece of 700 characters --> rows (core 256, context 64)   |core...|context
                                                       context|core...|context
                                                               context|core|
    rows of all pieces --sorted by length--> batches of at most max_batch_chars padded characters

Where the rows lie depends on the piece alone, so that a text is read alike alone and in any batch.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


class Rows(NamedTuple):
    """Rows of the network's input, each int64 [rows]; all count from the start of the ids.

    A row reads ids[start:end]; of what comes out, core_start to core_end is kept.
    """

    start: Ints
    end: Ints
    core_start: Ints
    core_end: Ints


def cut_rows(offsets: Ints, window_chars: int, context_chars: int) -> Rows:
    """Return the rows of pieces that lie one after another, piece i at offsets[i] to offsets[i + 1].

    A piece of up to window_chars is one row. A longer one is cut into cores of window_chars (the last may
    be shorter), each read with context_chars more at both sides where the piece has them.

    >>> cut_rows(np.array([0, 5, 30]), window_chars=10, context_chars=2).start
    array([ 0,  5, 13, 23])
    """
    starts, ends = offsets[:-1], offsets[1:]
    if not starts.size or (ends - starts).max() <= window_chars:
        return Rows(starts, ends, starts, ends)
    counts = -(-(ends - starts) // window_chars)  # rows of each piece, rounded up
    first, last = np.repeat(starts, counts), np.repeat(ends, counts)
    position = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)  # in its piece
    core_start = first + position * window_chars
    core_end = np.minimum(core_start + window_chars, last)
    row_start = np.maximum(core_start - context_chars, first)
    row_end = np.minimum(core_end + context_chars, last)
    return Rows(row_start, row_end, core_start, core_end)


def batch_rows(rows: Rows, max_batch_chars: int) -> Iterator[Ints]:
    """Yield the indices of the rows of each batch, longest rows first.

    rows x longest row is at most max_batch_chars, unless one row alone is longer.
    """
    lengths = rows.end - rows.start
    order = np.argsort(-lengths, kind="stable")
    position = 0
    while position < order.size:
        count = max(1, int(max_batch_chars // lengths[order[position]]))
        yield order[position : position + count]
        position += count
