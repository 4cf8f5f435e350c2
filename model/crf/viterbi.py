"""The best paths of a linear-chain CRF: Viterbi (1967) and its list version, compiled.

Sentences lie one after another: emissions [chars, tags] and offsets [sentences + 1]. weights: float64
[tags + 2, tags], the transitions [from_tag, to_tag], then start, then end; -inf where illegal.
"""

from typing import Any

import numpy as np

from model.crf.forward_backward import END, START
from model.machine.numba_cache import compiled


@compiled
def best_paths(emissions: Any, offsets: Any, weights: Any) -> Any:
    """Return the tag ids of each sentence's best path, int32 [chars]; among equals the lowest tag id wins."""
    chars, tags = emissions.shape
    path = np.empty(chars, np.int32)
    source = np.empty((chars, tags), np.int32)  # the best tag before each tag
    columns = np.ascontiguousarray(weights[:START].T)  # [to_tag, from_tag]
    score, reached = np.empty(tags), np.empty(tags)
    for sentence in range(offsets.size - 1):
        start, stop = offsets[sentence], offsets[sentence + 1]
        for t in range(start, stop):
            for tag in range(tags):
                if t == start:
                    reached[tag] = weights[START, tag]
                else:
                    source[t, tag], reached[tag] = _best_sum(score, columns[tag])
            for tag in range(tags):
                score[tag] = reached[tag] + emissions[t, tag]
        if start < stop:
            path[stop - 1] = _best_sum(score, weights[END])[0]
        for t in range(stop - 1, start, -1):
            path[t - 1] = source[t, path[t]]
    return path


@compiled
def _best_sum(left: Any, right: Any) -> Any:
    """Return the first index of the largest left + right, and that sum."""
    best, largest = 0, left[0] + right[0]
    for index in range(1, left.size):
        if left[index] + right[index] > largest:
            best, largest = index, left[index] + right[index]
    return best, largest


@compiled
def best_path_list(emissions: Any, weights: Any, count: int) -> Any:
    """Return the paths [count, chars] of one sentence, best first, and their scores [count]; -inf: no path.

    Keeps the count best ways to reach each tag. Among equals the lowest tag id wins, then the better way.
    """
    chars, tags = emissions.shape
    columns = np.ascontiguousarray(weights[:START].T)  # [to_tag, from_tag]
    scores, reached = np.empty((tags, count)), np.empty((tags, count))
    source = np.zeros((chars + 1, tags, count), np.int32)  # tag before * count + its rank; the end comes last
    for t in range(chars):
        for tag in range(tags):
            if t == 0:
                reached[tag, 0], reached[tag, 1:] = weights[START, tag], -np.inf
            else:
                _best_ways(scores, columns[tag], reached[tag], source[t, tag])
        for tag in range(tags):
            for rank in range(count):
                scores[tag, rank] = reached[tag, rank] + emissions[t, tag]
    _best_ways(scores, weights[END], reached[0], source[chars, 0])
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
    """Return the paths [count, chars] that end in source[-1, 0]."""
    chars, _, count = source.shape
    paths = np.empty((count, chars - 1), np.int32)
    for rank in range(count):
        way = source[chars - 1, 0, rank]
        for t in range(chars - 2, -1, -1):
            paths[rank, t] = way // count
            way = source[t, way // count, way % count]
    return paths
