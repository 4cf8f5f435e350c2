"""What each character's vectors are in bytes: the embedding tables, quantised once, and the input put together of them.

ids or words of each channel, rows -> x [positions + 1, width] bytes; a byte stands for (byte - 128) * scale
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from model.bundle.config import ChannelConfig, NetworkConfig
from model.bundle.weights import Floats, Weights
from model.features.word_sets import SETS, WordSets
from model.machine.numba_cache import compiled
from model.runtime.base import Ids, Ints
from model.runtime.int8.cell import ZERO

_SETS = len(SETS)
_STEPS = 127  # of a byte on each side of zero
_FINE_STEPS = 32767  # of a word's vector: words are summed before they become bytes


class KeyTable(NamedTuple):
    """The table of a channel of keys as bytes; column: where its vectors begin in the input."""

    rows: NDArray[np.uint8]  # [rows, dim]
    column: int


class WordTable(NamedTuple):
    """The table of a channel of words in 16 bits; steps: how many of its steps make one of the input's."""

    rows: NDArray[np.int16]  # [rows, dim]
    column: int
    steps: float


class Inputs:
    """The input of a network, made from its tables and the largest value of each channel."""

    def __init__(self, config: NetworkConfig, weights: Weights, largest: Mapping[str, float]) -> None:
        self.width = -(-config.input_dim // 4) * 4
        self.tables: dict[str, KeyTable | WordTable] = {}
        scales = []
        column = 0
        for channel in config.channels:
            scale = largest[channel.name] / _STEPS
            self.tables[channel.name] = _table(channel, weights[f"embedding.{channel.name}"], scale, column)
            scales.append(np.full(channel.width, scale, np.float32))
            column += channel.width
        self.scale = np.concatenate(scales)  # float32 [input_dim]

    def fill(self, ids: Ids, starts: Ints, lengths: Ints, byte: type[np.uint8 | np.uint16]) -> NDArray[Any]:
        """Return the input of rows one after another, which begin at `starts` of the ids, and a position of zeros.

        byte: the type that its bytes are kept in.
        """
        x = np.full((int(lengths.sum()) + 1, self.width), ZERO, byte)
        for name, table in self.tables.items():
            encoded = ids[name]
            if isinstance(encoded, WordSets):
                assert isinstance(table, WordTable)
                _fill_words(*encoded, *table, starts, lengths, x)
            else:
                assert isinstance(table, KeyTable)
                _fill_keys(encoded, *table, starts, lengths, x)
        return x


def _table(channel: ChannelConfig, table: Floats, scale: float, column: int) -> KeyTable | WordTable:
    rows = table.astype(np.float32)
    if channel.kind == "keys":
        return KeyTable(np.clip(np.rint(rows / scale) + ZERO, 0, 255).astype(np.uint8), column)
    fine = max(float(np.abs(rows).max()), 1e-30) / _FINE_STEPS
    return WordTable(np.rint(rows / fine).astype(np.int16), column, fine / scale)


@compiled
def _fill_keys(ids: Any, rows: Any, column: int, starts: Any, lengths: Any, x: Any) -> None:
    here = 0
    for row in range(starts.size):
        for position in range(starts[row], starts[row] + lengths[row]):
            key = ids[position]
            for dim in range(rows.shape[1]):
                x[here, column + dim] = rows[key, dim]
            here += 1


@compiled
def _fill_words(
    offsets: Any,
    entry_rows: Any,
    sets: Any,
    weights: Any,
    rows: Any,
    column: int,
    steps: float,
    starts: Any,
    lengths: Any,
    x: Any,
) -> None:
    width = rows.shape[1]
    sums = np.empty((_SETS, width), np.float32)
    here = 0
    for row in range(starts.size):
        for position in range(starts[row], starts[row] + lengths[row]):
            first, last = offsets[position], offsets[position + 1]
            if first < last:
                sums[:] = 0
                for entry in range(first, last):
                    weight = weights[entry] * np.float32(steps)
                    word, which = entry_rows[entry], sets[entry]
                    for dim in range(width):
                        sums[which, dim] += weight * np.float32(rows[word, dim])
                for which in range(_SETS):
                    for dim in range(width):
                        value = min(max(sums[which, dim], np.float32(-127)), np.float32(127))
                        x[here, column + which * width + dim] = np.uint8(
                            np.int32(value + np.float32(ZERO + 0.5))
                        )
            here += 1
