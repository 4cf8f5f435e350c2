"""Rows of a batch, padded on the right: what a network is fed with, in training and in tagging.

Encoded of each channel, starts, lengths --pad_rows--> {"char": int32 [batch, time],
    "word": int32 [batch, time, words], "word.weights": float32 [batch, time, 4, words]}
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.bundle.onnx_graph import weights_input
from model.features.channels import Encoded
from model.features.lexicon import NO_WORD, SETS, WordSets
from model.features.vocabulary import PAD_ID
from model.machine.numba_cache import compiled

# Inputs of the network by name, but for the lengths.
Feeds = dict[str, NDArray[Any]]

_SETS = len(SETS)


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
