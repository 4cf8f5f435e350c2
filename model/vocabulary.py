"""Keys to ids: which row of an embedding table belongs to a character, or to a pair of them.

normalised text --code points--> one number per position --sorted lookup--> ids, int32 [chars]
"""

import functools
import re
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

PAD, UNK = "<pad>", "<unk>"
PAD_ID, UNK_ID = 0, 1

# What the last character of a text is paired with. `normalise` leaves no U+0003 in a text.
END = "\u0003"

# A code point fits in 21 bits, a pair of them in 42.
_CODE_BITS = 21
_WIDTHS = (1, 2)

_Codes = NDArray[np.int64]


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
        self.keys = tuple(keys)
        self.width = _check_keys(self.keys)
        codes = _codes(_code_points("".join(self.keys[2:])).reshape(-1, self.width).T)  # [keys - 2]
        order = np.argsort(codes)
        # The sentinel keeps a lookup beyond the last key inside the arrays; no text holds it.
        self._sorted = np.append(codes[order], np.iinfo(np.int64).max)
        self._ids = np.append(order + len((PAD, UNK)), UNK_ID).astype(np.int32)

    def __len__(self) -> int:
        return len(self.keys)

    def encode(self, text: str) -> NDArray[np.int32]:
        """Return the id at each position of a normalised text, int32 [chars].

        A key that isn't there is looked up once more in lower case (code point by code point, where that is
        one code point again); failing that it is `UNK_ID`. Any str is fine, lone surrogates included.
        """
        points = _code_points(text + END * (self.width - 1))  # [chars + width - 1]
        ids = self._find(self._windows(points))
        missing = np.flatnonzero(ids == UNK_ID)
        if missing.size:
            ids[missing] = self._find(self._windows(_lower(points))[missing])
        return ids

    def _windows(self, points: _Codes) -> _Codes:
        """Return the code of the key that starts at each position, [chars]."""
        chars = max(points.size - self.width + 1, 0)
        return _codes([points[shift : shift + chars] for shift in range(self.width)])

    def _find(self, codes: _Codes) -> NDArray[np.int32]:
        at = np.searchsorted(self._sorted, codes)
        return np.where(self._sorted[at] == codes, self._ids[at], np.int32(UNK_ID))


def _check_keys(keys: tuple[str, ...]) -> int:
    """Return the width of the keys, or raise a VocabularyError that says which key is wrong."""
    if keys[:2] != (PAD, UNK):
        raise VocabularyError(f"keys 0 and 1: expected {PAD!r} and {UNK!r}, got {list(keys[:2])!r}")
    width = len(keys[2]) if len(keys) > 2 else 1
    for position, key in enumerate(keys[2:], 2):
        if len(key) != width or width not in _WIDTHS:
            expected = f"{width} like key 2" if width in _WIDTHS else "1 or 2"
            raise VocabularyError(f"key {position}: expected code points: {expected}, got {key!r}")
    joined = "".join(keys[2:])
    if not joined.isascii():
        surrogate = re.search("[\ud800-\udfff]", joined)
        if surrogate:  # two of them would be one character when read back from JSON
            position = surrogate.start() // width + 2
            raise VocabularyError(f"key {position}: expected no surrogate, got {keys[position]!r}")
    if len(set(keys)) < len(keys):
        key, count = Counter(keys).most_common(1)[0]
        positions = [position for position, other in enumerate(keys) if other == key]
        raise VocabularyError(f"keys {positions}: expected {key!r} once, got it {count} times")
    return width


def _code_points(text: str) -> _Codes:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4").astype(np.int64)


def _codes(columns: Iterable[_Codes]) -> _Codes:
    """Return the code points of each key packed into one number."""
    packed: _Codes = np.zeros((), np.int64)
    for points in columns:
        packed = packed << _CODE_BITS | points
    return packed


def _lower(points: _Codes) -> _Codes:
    table = _lower_case()
    return np.where(points < table.size, table[np.minimum(points, table.size - 1)], points)


@functools.cache
def _lower_case() -> _Codes:
    """Return the lower case of each code point as a table; above it no letter has case."""
    lowered = (chr(point).lower() for point in range(0x20000))
    return np.array([ord(low) if len(low) == 1 else point for point, low in enumerate(lowered)], np.int64)
