"""Words found in a text: how likely each is one of its segmentation, and which of them stand at each character.

words found [(word, start, end)] by end, log shares --word_probabilities--> how likely each is one of the segmentation
                                                    --likeliest_words-----> which are the likeliest segmentation
                                         weights    --sort_into_sets------> the fields of WordSets

The probability of a segmentation is the product of its words' shares in all that was seen, over the sum for all
segmentations. A character may also be in no word: that counts as a word seen once, whose log share is the last given.
"""

from typing import Any

import numpy as np

from model.machine.numba_cache import compiled


@compiled
def word_probabilities(found: Any, piece_ends: Any, log_shares: Any) -> Any:
    """Return how likely each word found is one of its piece's segmentation: float64 [found].

    Piece by piece, so that each gives the very numbers that it gives alone.
    """
    result = np.empty(len(found))
    first = 0
    start = 0
    for end in piece_ends:
        last = first
        while last < len(found) and found[last, 2] <= end:
            last += 1
        _piece_probabilities(found[first:last], start, end - 1 - start, log_shares, result[first:last])
        first, start = last, end
    return result


@compiled
def likeliest_words(found: Any, log_shares: Any, chars: int) -> Any:
    """Return which of the words found make up the likeliest segmentation of a text: bool [found].

    Of two equal ones it is that whose last word is longer.
    """
    best = np.zeros(chars + 1)  # of the text up to here
    last = np.full(chars + 1, -1)  # its last word
    index = 0
    for t in range(1, chars + 1):
        best[t] = best[t - 1] + log_shares[-1]
        while index < len(found) and found[index, 2] == t:
            word, start = found[index, 0], found[index, 1]
            score = best[start] + log_shares[word]
            longer = last[t] < 0 or start < found[last[t], 1]
            if score > best[t] or (score == best[t] and longer):
                best[t], last[t] = score, index
            index += 1
    chosen = np.zeros(len(found), np.bool_)
    t = chars
    while t > 0:
        if last[t] < 0:
            t -= 1
        else:
            chosen[last[t]] = True
            t = found[last[t], 1]
    return chosen


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


@compiled
def _piece_probabilities(found: Any, origin: int, chars: int, log_shares: Any, result: Any) -> Any:
    # Logs of the sums over all segmentations of what stands before t, and of what stands after it.
    before, after = np.zeros(chars + 1), np.zeros(chars + 1)
    index = 0
    for t in range(1, chars + 1):
        before[t] = before[t - 1] + log_shares[-1]
        while index < len(found) and found[index, 2] - origin == t:
            reached = before[found[index, 1] - origin] + log_shares[found[index, 0]]
            before[t] = np.logaddexp(before[t], reached)
            index += 1
    after[:chars] = -np.inf
    for t in range(chars, 0, -1):
        after[t - 1] = np.logaddexp(after[t - 1], after[t] + log_shares[-1])
        while index > 0 and found[index - 1, 2] - origin == t:
            index -= 1
            start = found[index, 1] - origin
            after[start] = np.logaddexp(after[start], after[t] + log_shares[found[index, 0]])
    for index in range(len(found)):
        word, start, end = found[index, 0], found[index, 1] - origin, found[index, 2] - origin
        result[index] = np.exp(before[start] + log_shares[word] + after[end] - before[chars])
