"""The explanation of one text: taggings with their probabilities, the tags at each character, what was seen.

text --Tagger.tag_details, tag_probabilities--> taggings, marginals; --sights--> words, unknown --> Explanation
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from model.chunks import cut_chunks
from model.crf.nbest import Alternative
from model.entities import Entity
from model.explanation.sights import Unknown, Word, find_unknown, find_words
from model.tagger import Tagger
from model.text import normalise

# A page or a terminal of more is no explanation; a sentence has some 40.
MAX_CHARS = 2000


class TextTooLongError(ValueError):
    """A text of which no explanation could be read."""


@dataclass(frozen=True)
class Character:
    """One character: what it is read as, its likeliest tag, and how likely it lies in an entity of each label."""

    char: str
    read_as: str
    tag: str
    probability: float
    outside: float
    labels: Mapping[str, float]


@dataclass(frozen=True)
class Explanation:
    """All that is said of one text; offsets are code points of it."""

    text: str
    bundle: str
    entities: list[Entity]
    taggings: list[Alternative]
    characters: list[Character]
    words: list[Word]
    unknown: list[Unknown]

    @property
    def labels(self) -> list[str]:
        """The labels of the bundle."""
        return list(self.characters[0].labels) if self.characters else []

    def to_json(self) -> dict[str, Any]:
        """Return it as one JSON object."""
        return {
            "text": self.text,
            "bundle": self.bundle,
            "entities": [entity._asdict() for entity in self.entities],
            "taggings": [
                {"probability": probability, "entities": [span._asdict() for span in spans]}
                for spans, probability in self.taggings
            ],
            "characters": [vars(character) for character in self.characters],
            "words": [word._asdict() for word in self.words],
            "unknown": [unknown._asdict() for unknown in self.unknown],
        }


def explain(tagger: Tagger, text: str, nbest: int = 5) -> Explanation:
    """Return the explanation of a text, with its `nbest` likeliest taggings.

    Raises TextTooLongError above MAX_CHARS, InferenceError when the runtime fails.
    """
    if len(text) > MAX_CHARS:
        raise TextTooLongError(
            f"text: expected at most {MAX_CHARS:,} characters, got {len(text):,}; explain it sentence by sentence"
        )
    (tagging,) = tagger.tag_details([text], nbest=nbest)
    words: list[Word] = []
    unknown: list[Unknown] = []
    for chunk in cut_chunks([text], tagger.rules.max_chars):
        folds = tagger.rules.fold_traditional
        piece = folds.fold(chunk.plain) if folds else chunk.plain
        words += find_words(tagger.features, piece, chunk.start, tagger.origin.fit)
        unknown += find_unknown(tagger.features, piece, chunk.start)
    return Explanation(
        text=text,
        bundle=tagger.fingerprint[:12],
        entities=tagging.entities,
        taggings=tagging.nbest or [],
        characters=_characters(tagger, text),
        words=sorted(words, key=lambda word: (word.start, -word.end, word.channel)),
        unknown=sorted(unknown, key=lambda one: (len(one.text), one.start)),
    )


def _characters(tagger: Tagger, text: str) -> list[Character]:
    probabilities = tagger.tag_probabilities(text)  # [chars, tags]
    label_of, labels = tagger.tag_set.tag_labels, tagger.labels
    of_label = np.stack([probabilities[:, label_of == index].sum(1) for index in range(len(labels))], axis=1)
    likeliest = probabilities.argmax(1)
    folds, plain = tagger.rules.fold_traditional, normalise(text)
    plain = folds.fold(plain) if folds else plain
    return [
        Character(
            char=text[at],
            read_as=plain[at],
            tag=tagger.tag_set.tags[likeliest[at]],
            probability=round(float(probabilities[at, likeliest[at]]), 4),
            outside=round(float(probabilities[at, 0]), 4),
            labels=dict(zip(labels, of_label[at].round(4).tolist(), strict=True)),
        )
        for at in range(len(text))
    ]
