"""A trie of words, compiled: all words that stand in a text, overlapping or not.

words --build--> nodes in a hash table (node, character) -> node; a text is walked from each of its characters on
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from model.machine.numba_cache import compiled

# A code point is less than this.
_CHARACTERS = 1 << 21
_EMPTY = -1
# An odd number near 2**64 over the golden ratio: its products spread keys over the table (Knuth 1973, section 6.4).
_SPREAD = np.uint64(0x9E3779B97F4A7C15)


class Trie(NamedTuple):
    """keys int64 and nodes int32 [slots]: the hash table; words int32 [nodes]: the word that ends at a node, or -1."""

    keys: NDArray[np.int64]
    nodes: NDArray[np.int32]
    words: NDArray[np.int32]


def build_trie(joined: str, ends: NDArray[np.int32]) -> Trie:
    """Return the trie of distinct words, which stand one after another in `joined`, each to its end."""
    return Trie(*_build(code_points(joined), ends))


def find_words(trie: Trie, text: str) -> NDArray[np.int64]:
    """Return every word in a text: int64 [found, (word, start, end)], by end, longer ones first.

    >>> find_words(build_trie("京北京", np.array([1, 3], np.int32)), "在北京").tolist()
    [[1, 1, 3], [0, 2, 3]]
    """
    found: NDArray[np.int64] = _find(code_points(text), *trie)
    return found


def code_points(text: str) -> NDArray[np.uint32]:
    """Return a text as numbers, halves of surrogate pairs included."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)


@compiled
def _build(characters: Any, ends: Any) -> Any:
    slots = 2
    while slots < 2 * characters.size:
        slots *= 2
    keys, nodes = np.full(slots, _EMPTY, np.int64), np.empty(slots, np.int32)
    words = np.full(characters.size + 1, _EMPTY, np.int32)
    count = 1
    start = 0
    for word in range(ends.size):
        node = 0
        for position in range(start, ends[word]):
            key = np.int64(node) * _CHARACTERS + np.int64(characters[position])
            slot = _slot(keys, key)
            if keys[slot] == _EMPTY:
                keys[slot], nodes[slot] = key, count
                count += 1
            node = nodes[slot]
        words[node] = word
        start = ends[word]
    return *_shrunk(keys, nodes, count), words[:count].copy()


@compiled
def _shrunk(keys: Any, nodes: Any, count: int) -> Any:
    """Return the table in as few slots as serve: words share their beginnings, so that there are fewer nodes."""
    slots = 2
    while slots < 2 * count:
        slots *= 2
    fewer, their_nodes = np.full(slots, _EMPTY, np.int64), np.empty(slots, np.int32)
    for slot in range(keys.size):
        if keys[slot] != _EMPTY:
            place = _slot(fewer, keys[slot])
            fewer[place], their_nodes[place] = keys[slot], nodes[slot]
    return fewer, their_nodes


@compiled
def _slot(keys: Any, key: Any) -> Any:
    """Return where `key` is, or where it would go."""
    mask = np.uint64(keys.size - 1)
    slot = ((np.uint64(key) * _SPREAD) >> np.uint64(32)) & mask
    while keys[slot] != _EMPTY and keys[slot] != key:
        slot = (slot + np.uint64(1)) & mask
    return slot


@compiled
def _find(characters: Any, keys: Any, nodes: Any, words: Any) -> Any:
    found = np.empty((characters.size + 16, 3), np.int64)
    ending = np.zeros(characters.size + 2, np.int64)  # how many end before each position
    count = 0
    for start in range(characters.size):
        node = 0
        for position in range(start, characters.size):
            key = np.int64(node) * _CHARACTERS + np.int64(characters[position])
            slot = _slot(keys, key)
            if keys[slot] == _EMPTY:
                break
            node = nodes[slot]
            if words[node] != _EMPTY:
                if count == len(found):
                    found = np.concatenate((found, np.empty_like(found)))
                found[count, 0], found[count, 1], found[count, 2] = words[node], start, position + 1
                ending[position + 2] += 1
                count += 1
    places = np.cumsum(ending)
    by_end = np.empty((count, 3), np.int64)
    for index in range(count):
        place = places[found[index, 2]]
        by_end[place] = found[index]
        places[found[index, 2]] += 1
    return by_end
