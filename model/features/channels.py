"""What the network sees of a text, channel by channel: a row of a table at each character, or several.

normalised text --> {"char": int32 [chars], "bigram": int32 [chars], "word": WordSets}
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from model.features.lexicon import Lexicon
from model.features.vocabulary import UNK_ID, Vocabulary
from model.features.word_sets import WordSets

_Item = TypeVar("_Item")

# What is parsed takes at most a dozen times its size. Lists: three for each channel, and brackets in keys and words.
# Strings: distinct ones of a channel are as long as this on average, but for so many short ones.
_MAX_LISTS = 65_536
_STRING_BYTES, _SHORT_STRINGS = 9, 65_536
# A longer file is in ASCII, as `to_json` writes it: unescaped, the same characters are a third of the bytes.
_MAX_UNESCAPED_BYTES = 1 << 20

# Of one channel.
Encoded = NDArray[np.int32] | WordSets


def count_unknown(encoded: Encoded) -> int:
    """Return at how many characters a channel has nothing to say: no row of their own, or no word."""
    if isinstance(encoded, WordSets):
        return int(np.count_nonzero(np.diff(encoded.offsets) == 0))
    return int(np.count_nonzero(encoded == UNK_ID))


def weights_input(channel: str) -> str:
    """Return the name of the input that weighs the words of a channel."""
    return f"{channel}.weights"


class FeaturesError(ValueError):
    """The channels, or the JSON that describes them, can't be features."""


@dataclass(frozen=True)
class Channel:
    """One embedding of each position: its name ("char", "bigram") and the keys of its table."""

    name: str
    vocabulary: Vocabulary

    @property
    def rows(self) -> int:
        """How many rows the table has."""
        return len(self.vocabulary)

    def encode_pieces(self, pieces: Sequence[str]) -> NDArray[np.int32]:
        """Return the table row at each position of normalised pieces one after another, int32 [chars]."""
        return self.vocabulary.encode_pieces(pieces)

    def to_json(self) -> Any:
        """Return what describes the keys."""
        return self.vocabulary.keys


@dataclass(frozen=True)
class WordChannel:
    """The dictionary words at each position: the channel's name and its words.

    `segmented`: weighted by how likely they are when the text is segmented, instead of by how often they were seen.
    """

    name: str
    lexicon: Lexicon
    segmented: bool = False

    @property
    def rows(self) -> int:
        """How many rows the table has."""
        return self.lexicon.table_rows

    def encode_pieces(self, pieces: Sequence[str]) -> WordSets:
        """Return the words at each position of normalised pieces one after another."""
        return self.lexicon.segment_pieces(pieces) if self.segmented else self.lexicon.encode_pieces(pieces)

    def to_json(self) -> Any:
        """Return what describes the words."""
        lexicon = self.lexicon
        described = {"words": lexicon.words, "rows": lexicon.rows.tolist(), "counts": lexicon.counts.tolist()}
        return described | ({"cut": True} if self.segmented else {})


@dataclass(frozen=True)
class Features:
    """The channels of a network, in the order in which their vectors are joined.

    >>> chars = Channel("char", Vocabulary(["<pad>", "<unk>", "中", "国"]))
    >>> bigrams = Channel("bigram", Vocabulary(["<pad>", "<unk>", "中国"]))
    >>> Features((chars, bigrams)).encode("中国")
    {'char': array([2, 3], dtype=int32), 'bigram': array([2, 1], dtype=int32)}
    """

    channels: tuple[Channel | WordChannel, ...]

    def __post_init__(self) -> None:
        names = [channel.name for channel in self.channels]
        if not names or len(set(names)) < len(names):
            raise FeaturesError(f"channels: expected one or more with distinct names, got {names!r}")

    def encode(self, text: str) -> dict[str, Encoded]:
        """Return what each channel has of a normalised text, by name."""
        return self.encode_pieces([text])

    def encode_pieces(self, pieces: Sequence[str]) -> dict[str, Encoded]:
        """Return what each channel has of normalised pieces one after another, each as if it were alone."""
        return {channel.name: channel.encode_pieces(pieces) for channel in self.channels}

    def to_json(self) -> str:
        """Return the content of a bundle's vocabulary.json: channel name to keys or words, in ASCII alone."""
        return json.dumps({channel.name: channel.to_json() for channel in self.channels})

    @classmethod
    def from_json(cls, text: str | bytes) -> "Features":
        """Return the features that `to_json` wrote.

        Raises FeaturesError if this isn't a JSON object of channels, VocabularyError or LexiconError on wrong keys
        or words.
        """
        content = text.encode() if isinstance(text, str) else text
        _check_cost(content)
        try:
            tables = json.loads(content)
        except ValueError as error:
            raise FeaturesError(f"vocabulary: expected JSON: {error}") from error
        if not isinstance(tables, dict):
            raise FeaturesError(f"vocabulary: expected an object of channels, got {type(tables).__name__}")
        # Each list is let go of once it is read.
        return cls(tuple(_channel(name, tables.pop(name)) for name in list(tables)))


def _check_cost(content: bytes) -> None:
    """Raise FeaturesError where JSON would take far more memory than its size, before it is parsed."""
    lists = content.count(b"[") + content.count(b"{")
    if lists > _MAX_LISTS:
        raise FeaturesError(f"vocabulary: expected at most {_MAX_LISTS} lists and objects, got {lists}")
    strings, most = content.count(b'"') // 2, len(content) // _STRING_BYTES + _SHORT_STRINGS
    if strings > most:
        raise FeaturesError(f"vocabulary: expected at most {most} strings in so many bytes, got {strings}")
    if len(content) > _MAX_UNESCAPED_BYTES and not content.isascii():
        raise FeaturesError("vocabulary: expected JSON in ASCII, every other character as \\uXXXX")


def _channel(name: str, content: Any) -> Channel | WordChannel:
    if not isinstance(content, dict):
        return Channel(name, Vocabulary(_list_of(str, name, content)))
    if content.keys() - {"cut"} != {"words", "rows", "counts"}:
        raise FeaturesError(
            f"vocabulary: channel {name!r}: expected words, rows and counts, got {sorted(content)}"
        )
    if not isinstance(cut := content.get("cut", False), bool):
        raise FeaturesError(f"vocabulary: channel {name!r}: cut: expected true or false, got {cut!r}")
    rows, counts = (_list_of(int, name, content[key]) for key in ("rows", "counts"))
    return WordChannel(name, Lexicon(_list_of(str, name, content["words"]), rows, counts), cut)


def _list_of(kind: type[_Item], name: str, values: Any) -> list[_Item]:
    if not isinstance(values, list) or set(map(type, values)) - {kind}:
        raise FeaturesError(f"vocabulary: channel {name!r}: expected a list of {kind.__name__}")
    return values
