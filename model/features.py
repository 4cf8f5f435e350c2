"""What the network sees of a text: one row of ids per channel.

normalised text --> {"char": int32 [chars], "bigram": int32 [chars]}
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.vocabulary import Vocabulary


class FeaturesError(ValueError):
    """The channels, or the JSON that describes them, can't be features."""


@dataclass(frozen=True)
class Channel:
    """One embedding of each position: its name ("char", "bigram") and the keys of its table."""

    name: str
    vocabulary: Vocabulary

    def encode(self, text: str) -> NDArray[np.int32]:
        """Return the table row at each position of a normalised text, int32 [chars]."""
        return self.vocabulary.encode(text)

    def encode_pieces(self, pieces: Sequence[str]) -> NDArray[np.int32]:
        """Return the rows of normalised pieces one after another, each as if it were alone, int32 [chars]."""
        return self.vocabulary.encode_pieces(pieces)


@dataclass(frozen=True)
class Features:
    """The channels of a network, in the order in which their vectors are joined.

    >>> chars = Channel("char", Vocabulary(["<pad>", "<unk>", "中", "国"]))
    >>> bigrams = Channel("bigram", Vocabulary(["<pad>", "<unk>", "中国"]))
    >>> Features((chars, bigrams)).encode("中国")
    {'char': array([2, 3], dtype=int32), 'bigram': array([2, 1], dtype=int32)}
    """

    channels: tuple[Channel, ...]

    def __post_init__(self) -> None:
        names = [channel.name for channel in self.channels]
        if not names or len(set(names)) < len(names):
            raise FeaturesError(f"channels: expected one or more with distinct names, got {names!r}")

    def encode(self, text: str) -> dict[str, NDArray[np.int32]]:
        """Return the ids of a normalised text by channel name, each int32 [chars]."""
        return {channel.name: channel.encode(text) for channel in self.channels}

    def encode_pieces(self, pieces: Sequence[str]) -> dict[str, NDArray[np.int32]]:
        """Return the ids of normalised pieces one after another by channel name, each int32 [chars].

        A piece's ids are those that it has alone.
        """
        return {channel.name: channel.encode_pieces(pieces) for channel in self.channels}

    def to_json(self) -> str:
        """Return the content of a bundle's vocabulary.json: channel name to keys, in ASCII alone."""
        return json.dumps({channel.name: channel.vocabulary.keys for channel in self.channels})

    @classmethod
    def from_json(cls, text: str | bytes) -> "Features":
        """Return the features that `to_json` wrote.

        Raises FeaturesError if this isn't a JSON object of lists of strings, VocabularyError on wrong keys.
        """
        try:
            tables = json.loads(text)
        except ValueError as error:
            raise FeaturesError(f"vocabulary: expected JSON: {error}") from error
        if not isinstance(tables, dict):
            raise FeaturesError(f"vocabulary: expected an object of channels, got {type(tables).__name__}")
        return cls(tuple(Channel(name, Vocabulary(_keys(name, keys))) for name, keys in tables.items()))


def _keys(name: str, keys: Any) -> list[str]:
    if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
        raise FeaturesError(f"vocabulary: channel {name!r}: expected a list of strings")
    return keys
