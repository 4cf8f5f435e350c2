"""Cuts of a text into dictionary words, under a unigram model: how likely each word is, and the likeliest cut.

words found [(word, start, end)] by end, log shares --word_probabilities--> how likely each is one of the cut
                                                    --likeliest_words-----> which are the likeliest cut

The probability of a cut is the product of its words' shares in all that was seen, over the sum for all cuts. A
character may also be in no word: that counts as a word seen once, whose log share is the last one given.
"""

from typing import Any

import numpy as np

from model.machine.numba_cache import compiled


@compiled
def word_probabilities(found: Any, piece_ends: Any, log_shares: Any) -> Any:
    """Return how likely each of the words found, by end, is one of its piece's cut: float64 [found].

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
    """Return which of the words found make up the likeliest cut of a text: bool [found].

    Of two equal cuts it is the one whose last word is longer.
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
def _piece_probabilities(found: Any, origin: int, chars: int, log_shares: Any, result: Any) -> Any:
    # Logs of the sums over all cuts of what stands before t, and of what stands after it.
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
