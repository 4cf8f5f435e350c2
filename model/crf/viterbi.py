"""The likeliest tags under a linear-chain CRF: Viterbi (1967) and its list version, compiled.

Sentences lie one after another: emissions [chars, tags] and offsets [sentences + 1]; no_edge: bool [chars], where no
entity may begin or end. logs and columns are those of `model.crf.weights.Tables`; the table of a step is chosen by
`no_edge` on its two sides.
"""

from typing import Any

import numpy as np

from model.crf.weights import END, START
from model.machine.numba_cache import compiled


@compiled
def likeliest_tags(emissions: Any, offsets: Any, no_edge: Any, logs: Any, columns: Any) -> Any:
    """Return the tag ids of each sentence's likeliest tagging, int32 [chars]; among equals the lowest tag id wins."""
    chars, tags = emissions.shape
    tag_ids = np.empty(chars, np.int32)
    source = np.empty((chars, tags), np.int32)  # the best tag before each tag
    score, reached = np.empty(tags), np.empty(tags)
    for sentence in range(offsets.size - 1):
        start, stop = offsets[sentence], offsets[sentence + 1]
        for t in range(start, stop):
            step = columns[no_edge[t] if t == start else 2 * no_edge[t - 1] + no_edge[t]]
            for tag in range(tags):
                if t == start:
                    reached[tag] = step[START, tag]
                else:
                    source[t, tag], reached[tag] = _best_sum(score, step[tag])
            for tag in range(tags):
                score[tag] = reached[tag] + emissions[t, tag]
        if start < stop:
            tag_ids[stop - 1] = _best_sum(score, logs[2 * no_edge[stop - 1], END])[0]
        for t in range(stop - 1, start, -1):
            tag_ids[t - 1] = source[t, tag_ids[t]]
    return tag_ids


@compiled
def _best_sum(left: Any, right: Any) -> Any:
    """Return the first index of the largest left + right, and that sum."""
    best, largest = 0, left[0] + right[0]
    for index in range(1, left.size):
        if left[index] + right[index] > largest:
            best, largest = index, left[index] + right[index]
    return best, largest


@compiled
def likeliest_taggings(emissions: Any, no_edge: Any, logs: Any, columns: Any, count: int) -> Any:
    """Return the taggings [count, chars] of one sentence, best first, and their scores [count]; -inf: there is none.

    Keeps the count best ways to reach each tag. Among equals the lowest tag id wins, then the better way.
    """
    chars, tags = emissions.shape
    scores, reached = np.empty((tags, count)), np.empty((tags, count))
    source = np.zeros((chars + 1, tags, count), np.int32)  # tag before * count + its rank; the end comes last
    for t in range(chars):
        step = columns[no_edge[t] if t == 0 else 2 * no_edge[t - 1] + no_edge[t]]
        for tag in range(tags):
            if t == 0:
                reached[tag, 0], reached[tag, 1:] = step[START, tag], -np.inf
            else:
                _best_ways(scores, step[tag], reached[tag], source[t, tag])
        for tag in range(tags):
            for rank in range(count):
                scores[tag, rank] = reached[tag, rank] + emissions[t, tag]
    _best_ways(scores, logs[2 * no_edge[-1], END], reached[0], source[chars, 0])
    return _trace(source), reached[0]


@compiled
def _best_ways(scores: Any, weights: Any, best: Any, ways: Any) -> None:
    """Fill best with the largest scores[tag, rank] + weights[tag], sorted, and ways with tag * count + rank."""
    tags, count = scores.shape
    for place in range(count):
        best[place], ways[place] = -np.inf, 0
    for tag in range(tags):
        for rank in range(count):
            total = scores[tag, rank] + weights[tag]
            if not total > best[count - 1]:
                break  # the later ranks of this tag are no better
            place = count - 1
            while place > 0 and total > best[place - 1]:
                best[place], ways[place] = best[place - 1], ways[place - 1]
                place -= 1
            best[place], ways[place] = total, tag * count + rank


@compiled
def _trace(source: Any) -> Any:
    """Return the taggings [count, chars] that end in source[-1, 0]."""
    chars, _, count = source.shape
    taggings = np.empty((count, chars - 1), np.int32)
    for rank in range(count):
        way = source[chars - 1, 0, rank]
        for t in range(chars - 2, -1, -1):
            taggings[rank, t] = way // count
            way = source[t, way // count, way % count]
    return taggings
