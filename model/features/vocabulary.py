"""Keys to ids: which row of an embedding table belongs to a character, or to a pair of them.

normalised text --code points--> one number per position --binary search--> ids, int32 [chars]
"""

import functools
import re
from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.machine.numba_cache import compiled

PAD, UNK = "<pad>", "<unk>"
PAD_ID, UNK_ID = 0, 1

# What the last character of a text is paired with. `normalise` leaves no U+0003 in a text.
END = "\u0003"

# Half of a character of two UTF-16 units, which clients send when they cut a string there. No key holds one.
SURROGATE = re.compile("[\ud800-\udfff]")

# Where code points are that have a lower case (a test walks all of Unicode).
_CASED = (
    range(0x2E80), range(0xA000, 0xAC00), range(0xFF00, 0x12000), range(0x16000, 0x17000), range(0x1E000, 0x1F000),
)  # fmt: skip

# A code point fits in 21 bits, a pair of them in 42.
_CODE_BITS = 21
_WIDTHS = (1, 2)
# Positions of one key that a message names.
_SHOWN = 10


class VocabularyError(ValueError):
    """The keys can't be a vocabulary."""


class Vocabulary:
    """The keys of one embedding table; the position of a key is its id.

    keys: "<pad>", "<unk>", then distinct keys that are all one code point, or all two. A key of two is a
    character and the one after it; `END` follows the last.

    >>> Vocabulary(["<pad>", "<unk>", "中", "国"]).encode("中华")
    array([2, 1], dtype=int32)
    >>> Vocabulary(["<pad>", "<unk>", "中国", "国" + END]).encode("中国")
    array([2, 3], dtype=int32)
    """

    def __init__(self, keys: Sequence[str]) -> None:
        self.width = _check_keys(keys)
        # As one str: a hundred thousand short ones would take ten times the memory.
        self._joined = "".join(keys[2:])
        codes = np.zeros(len(keys) - 2, np.int64)
        for points in _code_points(self._joined).reshape(-1, self.width).T:
            codes = codes << _CODE_BITS | points
        order = np.argsort(codes)
        self._sorted = codes[order]
        _check_distinct(keys, codes, self._sorted)
        self._ids = (order + len((PAD, UNK))).astype(np.int32)

    def __len__(self) -> int:
        return len(self._ids) + len((PAD, UNK))

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys as given."""
        starts = range(0, len(self._joined), self.width)
        return (PAD, UNK, *(self._joined[start : start + self.width] for start in starts))

    def encode(self, text: str) -> NDArray[np.int32]:
        """Return the id at each position of a normalised text, int32 [chars].

        A key that isn't there is looked up once more in lower case (code point by code point, where that is
        one code point again); failing that it is `UNK_ID`. Any str is fine, lone surrogates included.
        """
        return self._look_up(text, -1)

    def encode_pieces(self, pieces: Sequence[str]) -> NDArray[np.int32]:
        """Return the ids of normalised pieces one after another, int32 [chars], each as if it were alone.

        >>> Vocabulary(["<pad>", "<unk>", "中国", "国" + END]).encode_pieces(["中国", "国"])
        array([2, 3, 3], dtype=int32)
        """
        return self._look_up(END.join(pieces), ord(END))

    def _look_up(self, text: str, mark: int) -> NDArray[np.int32]:
        points = _code_points(text + END * (self.width - 1))  # [chars + width - 1]
        ids: NDArray[np.int32] = _find_keys(points, self.width, mark, self._sorted, self._ids, _lower_case())
        return ids


def _check_keys(keys: Sequence[str]) -> int:
    """Return the width of the keys, or raise a VocabularyError that says which key is wrong."""
    if tuple(keys[:2]) != (PAD, UNK):
        raise VocabularyError(f"keys 0 and 1: expected {PAD!r} and {UNK!r}, got {list(keys[:2])!r}")
    width = len(keys[2]) if len(keys) > 2 else 1
    for position, key in enumerate(keys[2:], 2):
        if len(key) != width or width not in _WIDTHS:
            expected = f"{width} like key 2" if width in _WIDTHS else "1 or 2"
            raise VocabularyError(f"key {position}: expected code points: {expected}, got {key!r}")
    joined = "".join(keys[2:])
    if not joined.isascii():
        surrogate = SURROGATE.search(joined)
        if surrogate:  # two of them would be one character when read back from JSON
            position = surrogate.start() // width + 2
            raise VocabularyError(f"key {position}: expected no surrogate, got {keys[position]!r}")
    return width


def _check_distinct(keys: Sequence[str], codes: NDArray[np.int64], in_order: NDArray[np.int64]) -> None:
    """Raise a VocabularyError that says which key is there twice. In order, equal codes stand side by side."""
    twice = in_order[1:] == in_order[:-1]
    if twice.any():
        positions = (np.flatnonzero(codes == in_order[twice.argmax()]) + len((PAD, UNK))).tolist()
        raise VocabularyError(
            f"keys {positions[:_SHOWN]}: expected {keys[positions[0]]!r} once, got it {len(positions)} times"
        )


def _code_points(text: str) -> NDArray[np.uint32]:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)


# It holds the GIL, as everything compiled does that is done in microseconds: to give it away and wait for it again
# would take longer.
@compiled(nogil=False)
def _find_keys(points: Any, width: int, mark: int, codes: Any, ids: Any, lower: Any) -> Any:
    """Return the id of the key that starts at each position but those of `mark`, int32."""
    found = np.empty(max(points.size - width + 1, 0), np.int32)
    count = 0
    for t in range(found.size):
        if points[t] != mark:
            at = _search(codes, _code(points, t, width))
            if at < 0:
                at = _search(codes, _lower_code(points, t, width, lower))
            found[count] = ids[at] if at >= 0 else UNK_ID
            count += 1
    return found[:count]


@compiled
def _code(points: Any, start: int, width: int) -> Any:
    """Return the code points of a key packed into one number."""
    code = np.int64(0)
    for t in range(start, start + width):
        code = code << _CODE_BITS | np.int64(points[t])
    return code


@compiled
def _lower_code(points: Any, start: int, width: int, lower: Any) -> Any:
    code = np.int64(0)
    for t in range(start, start + width):
        point = np.int64(points[t])
        code = code << _CODE_BITS | (lower[point] if point < lower.size else point)
    return code


@compiled
def _search(codes: Any, code: int) -> Any:
    """Return where a code stands in the sorted codes, or -1."""
    at = np.searchsorted(codes, code)
    return at if at < codes.size and codes[at] == code else -1


@functools.cache
def _lower_case() -> NDArray[np.int64]:
    """Return the lower case of each code point as a table; above it no letter has case."""
    table = np.arange(0x20000, dtype=np.int64)
    for point in chain.from_iterable(_CASED):
        low = chr(point).lower()
        if len(low) == 1:
            table[point] = ord(low)
    return table
