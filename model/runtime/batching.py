"""What goes through the network at once: rows of bounded length, in batches of bounded size, padded on the right.

    piece of 700 characters --cut_rows--> rows (core 256, context 64)   |core...|context
                                                                  context|core...|context
                                                                          context|core|
    rows of all pieces --batch_rows--> sorted by length, batches of at most max_batch_chars padded characters
    rows of a batch --pad_rows--> {"char": int32 [batch, time],
        "word": int32 [batch, time, words], "word.weights": float32 [batch, time, 4, words]}

Where the rows lie depends on the piece alone, so that a text is read alike alone and in any batch. Training pads its
batches here too.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.features.channels import Encoded, weights_input
from model.features.vocabulary import PAD_ID
from model.features.word_sets import NO_WORD, SETS, WordSets
from model.machine.numba_cache import compiled
from model.runtime.base import Ints, Rows

# Inputs of the network by name, but for the lengths.
Feeds = dict[str, NDArray[Any]]

_SETS = len(SETS)


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


def pad_rows(channels: Mapping[str, Encoded], starts: NDArray[np.int64], lengths: NDArray[np.int64]) -> Feeds:
    """Return the rows that begin at `starts`; beyond a row's length all is padding.

    >>> ids = np.array([5, 6, 7], np.int32)
    >>> pad_rows({"char": ids}, np.array([0, 2]), np.array([2, 1]))["char"].tolist()
    [[5, 6], [7, 0]]
    """
    feeds: Feeds = {}
    for name, encoded in channels.items():
        if isinstance(encoded, WordSets):
            feeds[name], feeds[weights_input(name)] = _pad_words(*encoded, starts, lengths)
        else:
            feeds[name] = pad(encoded, starts, lengths)
    return feeds


def pad(values: NDArray[Any], starts: NDArray[np.int64], lengths: NDArray[np.int64]) -> NDArray[np.int32]:
    """Return values[start : start + length] of each row, int32 [batch, time]; 0 beyond."""
    padded: NDArray[np.int32] = _pad(values, starts, lengths)
    return padded


@compiled(nogil=False)
def _pad(values: Any, starts: Any, lengths: Any) -> Any:
    padded = np.full((starts.size, lengths.max()), PAD_ID, np.int32)
    for row in range(starts.size):
        for t in range(lengths[row]):
            padded[row, t] = values[starts[row] + t]
    return padded


@compiled(nogil=False)
def _pad_words(offsets: Any, rows: Any, sets: Any, weights: Any, starts: Any, lengths: Any) -> Any:
    """Return rows [batch, time, words] and weights [batch, time, 4, words]; words is at least 1."""
    words = 1
    for row in range(starts.size):
        for t in range(starts[row], starts[row] + lengths[row]):
            words = max(words, offsets[t + 1] - offsets[t])
    padded = np.full((starts.size, lengths.max(), words), NO_WORD, np.int32)
    padded_weights = np.zeros((starts.size, lengths.max(), _SETS, words), np.float32)
    for row in range(starts.size):
        for t in range(lengths[row]):
            first = offsets[starts[row] + t]
            for entry in range(first, offsets[starts[row] + t + 1]):
                padded[row, t, entry - first] = rows[entry]
                padded_weights[row, t, sets[entry], entry - first] = weights[entry]
    return padded, padded_weights
