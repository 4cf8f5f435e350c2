"""What the network saw of a text: the words found there and where they come from, and what it has no vector for.

pieces --Vocabulary.encode--> rows: unknown characters and bigrams; --Lexicon.find--> words
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from model.features.channels import Channel, Features, WordChannel
from model.features.vocabulary import UNK_ID

# Channel -> the setting of a fit that names its source, and what it is called.
SOURCES = {
    "word": ("word_vectors", "word vectors"),
    "type": ("lexicon", "lexicon"),
    "segment": ("dictionary", "dictionary"),
}
# Of this channel's words several share a row as they are of one type, which is all that is known of them.
TYPES = "type"
# What a word of one character pairs with at the end of a sentence.
END_OF_SENTENCE = "⏎"


class Word(NamedTuple):
    """A word of a channel that stands at start to end of a text.

    probability: how likely it is one of the words that the text is cut into; None where texts are not cut.
    """

    text: str
    start: int
    end: int
    channel: str
    source: str
    seen: int
    probability: float | None
    has_vector: bool


class Unknown(NamedTuple):
    """A character or bigram without a vector of its own: from which character on, and in which channel."""

    text: str
    start: int
    channel: str


def find_unknown(features: Features, piece: str, start: int) -> Iterator[Unknown]:
    """Yield what of a normalised piece, which stands at `start` of a text, has no row of its own."""
    for channel in features.channels:
        if not isinstance(channel, Channel):
            continue
        width = channel.vocabulary.width
        for at in np.flatnonzero(channel.vocabulary.encode(piece) == UNK_ID).tolist():
            key = piece[at : at + width]
            yield Unknown(key if len(key) == width else key + END_OF_SENTENCE, start + at, channel.name)


def find_words(features: Features, piece: str, start: int, fit: Mapping[str, Any]) -> Iterator[Word]:
    """Yield the words of a normalised piece, which stands at `start` of a text; fit: the settings of the fit."""
    for channel in features.channels:
        if not isinstance(channel, WordChannel):
            continue
        lexicon, source = channel.lexicon, source_of(channel.name, fit)
        found, probabilities = lexicon.find_weighed([piece])
        shared = last_shared_row(channel)
        for (word, first, end), probability in zip(found.tolist(), probabilities.tolist(), strict=True):
            yield Word(
                text=piece[first:end],
                start=start + first,
                end=start + end,
                channel=channel.name,
                source=source,
                seen=int(lexicon.counts[word]),
                probability=round(probability, 4) if channel.segmented else None,
                has_vector=channel.name == TYPES or int(lexicon.rows[word]) > shared,
            )


def source_of(channel: str, fit: Mapping[str, Any]) -> str:
    """Return where the words of a channel come from, as far as the bundle says.

    >>> source_of("segment", {"dictionary": "jieba"}), source_of("other", {})
    ('dictionary jieba', 'other')
    """
    setting, called = SOURCES.get(channel, ("", channel))
    given = fit.get(setting)
    names = given if isinstance(given, list | tuple) else [given] if given else []
    return " ".join([called, *map(str, names)])


def last_shared_row(channel: WordChannel) -> int:
    """Return the last row that several words share: it and those before it are of kinds, not of words."""
    shared = np.flatnonzero(np.bincount(channel.lexicon.rows) > 1) if channel.lexicon.rows.size else ()
    return int(max(shared, default=0))
