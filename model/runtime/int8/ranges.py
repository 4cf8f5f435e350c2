"""How large the values of each channel get in the network's input: what its largest byte stands for.

A few larger ones are cut off, so that all others are finer.
"""

from collections.abc import Sequence

import numpy as np

from model.bundle.config import ChannelConfig, NetworkConfig
from model.bundle.manifest import MIN_RANGE
from model.bundle.weights import Floats, Weights
from model.features.channels import Features
from model.features.word_sets import SETS, WordSets

# Of a normal distribution one in 150,000 values lies beyond.
_DEVIATIONS = 4.5
# Weights of a character's words add up to four over its sets: a set may be a vector twice over.
_OF_A_SET = 2.0


def default_ranges(config: NetworkConfig, weights: Weights) -> dict[str, float]:
    """Return the largest value of each channel as its table alone suggests it."""
    return {
        channel.name: _deviations(weights[f"embedding.{channel.name}"], channel)
        for channel in config.channels
    }


def measured_ranges(
    config: NetworkConfig, weights: Weights, features: Features, pieces: Sequence[str]
) -> dict[str, float]:
    """Return the largest value of each channel on normalised text: as many deviations of what really comes in."""
    ids = features.encode_pieces(pieces)
    ranges = default_ranges(config, weights)
    for channel in config.channels:
        encoded = ids[channel.name]
        table = weights[f"embedding.{channel.name}"]
        values = _sums(encoded, table) if isinstance(encoded, WordSets) else table[encoded].astype(np.float32)
        values = values[values != 0]
        if values.size:
            ranges[channel.name] = float(max(_DEVIATIONS * np.sqrt(np.square(values).mean()), MIN_RANGE))
    return ranges


def _sums(words: WordSets, table: Floats) -> Floats:
    """Return the weighted sum of the words in each set of each character: float32 [chars, 4, dim]."""
    sums = np.zeros(((len(words.offsets) - 1) * len(SETS), table.shape[1]), np.float32)
    chars = np.repeat(np.arange(len(words.offsets) - 1), np.diff(words.offsets))
    np.add.at(sums, chars * len(SETS) + words.sets, table[words.rows] * words.weights[:, None])
    return sums


def _deviations(table: Floats, channel: ChannelConfig) -> float:
    spread = _DEVIATIONS * float(np.sqrt(np.square(table, dtype=np.float32).mean()))
    return max(spread * (_OF_A_SET if channel.kind == "words" else 1.0), MIN_RANGE)
