"""The words at each character, each in one of four sets.

words found, weights --sort_into_sets--> offsets, rows, sets, weights of WordSets

A word belongs to set B of the character where it begins, to M of those that it runs through, to E of the one where it
ends; a word of one character belongs to S. In the network, each set becomes the weighted sum of the vectors of its
words.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from model.machine.numba_cache import compiled

SETS = "BMES"
# Row 0 of the table is zeros: it fills up rows of fewer words.
NO_WORD = 0


class WordSets(NamedTuple):
    """The words at each character, those of character t at offsets[t] to offsets[t + 1].

    offsets: int64 [chars + 1]; rows: int32 [entries], rows of the table; sets: int8 [entries], indices into
    SETS; weights: float32 [entries]. They add up to 4 at each character that has words; those of a cut are
    probabilities, and what they lack to 1 is that the character is in no word.
    """

    offsets: NDArray[np.int64]
    rows: NDArray[np.int32]
    sets: NDArray[np.int8]
    weights: NDArray[np.float32]


@compiled
def sort_into_sets(
    found: Any, word_weights: Any, total: float, piece_ends: Any, rows: Any, chars: int
) -> Any:
    """Return offsets, rows, sets and weights of the `WordSets` of pieces that lie one after another.

    found: int64 [found, (word, start, end)] by end, in the pieces joined by marks, of which piece_ends says where they
    are. total: what the weights of a character's words add up to, 0 to leave them as they are.
    """
    starts = np.empty(len(found), np.int64)
    offsets = np.zeros(chars + 1, np.int64)
    totals = np.zeros(chars)
    piece = 0
    for index in range(len(found)):
        word, start, end = found[index]
        while end > piece_ends[piece]:  # matches come in order of their ends
            piece += 1
        starts[index] = start - piece  # without the marks between the pieces
        for t in range(starts[index], starts[index] + end - start):
            offsets[t + 1] += 1
            totals[t] += word_weights[index]
    offsets = np.cumsum(offsets)
    free = offsets[:-1].copy()
    entry_rows = np.empty(offsets[-1], np.int32)
    sets = np.empty(offsets[-1], np.int8)
    weights = np.empty(offsets[-1], np.float32)
    for index in range(len(found)):
        word, start, end = found[index]
        first, last = starts[index], starts[index] + end - start - 1
        for t in range(first, last + 1):
            entry = free[t]
            free[t] += 1
            entry_rows[entry] = rows[word]
            sets[entry] = 3 if first == last else 0 if t == first else 2 if t == last else 1
            weights[entry] = total * word_weights[index] / totals[t] if total else word_weights[index]
    return offsets, entry_rows, sets, weights
