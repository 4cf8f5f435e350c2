"""Sentences of one split that stand in another, word for word or nearly.

    sentence -> normalised, without white space -> hash of the whole, hashes of all 13-grams (shingles)
    Each sentence of a later split is looked up in an index of one split: linear in the characters of both.

Nearly: at least half of the sentence's 13-grams stand somewhere in the other split.
"""

from dataclasses import dataclass, field
from itertools import accumulate

import numpy as np
import numpy.typing as npt

from model.tags.schemes import EntitySpan, spans_from_tags
from model.text import normalise
from training.corpus.comparison import folded
from training.corpus.reader import Sentence

# Two texts that share 13 characters in a row seldom do so by chance; names of offices rarely reach it.
SHINGLE_CHARS = 13
NEAR_SHARE = 0.5
Hashes = npt.NDArray[np.uint64]

# A polynomial hash modulo 2**64; the base is an odd number without pattern (2**64 divided by the golden ratio).
_POWERS = np.array([pow(0x9E3779B97F4A7C15, power, 1 << 64) for power in range(SHINGLE_CHARS)], np.uint64)


@dataclass(frozen=True)
class Leak:
    """A sentence that stands in an earlier split: where, and how much of it."""

    place: str  # file:line
    other: str  # file:line of the sentence there that shares most with it
    text: str
    share: float  # of its 13-grams; 1.0 if all of it is there word for word
    exact: bool
    same_tags: bool  # only told for an exact one
    entities: int = 0  # that the sentence has


@dataclass
class TextIndex:
    """The sentences of one split, as leaks are looked for."""

    places: list[str] = field(default_factory=list)
    repeats: list[Leak] = field(default_factory=list)  # sentences that had stood in the same split before
    _exact: dict[str, int] = field(default_factory=dict)  # text -> its first index
    _tagged: set[tuple[int, int]] = field(
        default_factory=set
    )  # that index, hash of the entities of one of its copies
    _shingles: list[Hashes] = field(default_factory=list)
    _sorted: tuple[Hashes, npt.NDArray[np.int64]] | None = None

    def add(self, sentence: Sentence) -> None:
        """Add a sentence of the split."""
        text = folded(sentence.text)
        if repeat := self._find_exact(text, sentence):
            self.repeats.append(repeat)
        self._tagged.add((self._exact.setdefault(text, len(self.places)), hash(folded_entities(sentence))))
        self._shingles.append(shingles(text))
        self.places.append(sentence.place_of(0))
        self._sorted = None

    def find(self, sentence: Sentence) -> Leak | None:
        """Return where a sentence of another split stands in this one; None if it does not."""
        text = folded(sentence.text)
        if exact := self._find_exact(text, sentence):
            return exact
        index, share = self._nearest(shingles(text))
        if share < NEAR_SHARE:
            return None
        entities = len(folded_entities(sentence))
        return Leak(sentence.place_of(0), self.places[index], sentence.text, share, False, False, entities)

    def _find_exact(self, text: str, sentence: Sentence) -> Leak | None:
        if text not in self._exact:
            return None
        index, entities = self._exact[text], folded_entities(sentence)
        same_tags = (index, hash(entities)) in self._tagged
        return Leak(
            sentence.place_of(0), self.places[index], sentence.text, 1.0, True, same_tags, len(entities)
        )

    def _nearest(self, wanted: Hashes) -> tuple[int, float]:
        """Return the sentence that has most of these shingles, and the share that the split has."""
        known, sentences = self._index()
        if not len(wanted) or not len(known):
            return 0, 0.0
        starts, ends = (np.searchsorted(known, wanted, side) for side in ("left", "right"))
        counts = ends - starts  # how often each stands in the split
        places = np.repeat(starts - np.cumsum(counts) + counts, counts) + np.arange(counts.sum())
        holders = sentences[places]
        return int(np.bincount(holders).argmax()) if len(holders) else 0, float(np.mean(counts > 0))

    def _index(self) -> tuple[Hashes, npt.NDArray[np.int64]]:
        """Return all shingles, sorted, and the sentence of each."""
        if self._sorted is None:
            everything = np.concatenate([*self._shingles, np.empty(0, np.uint64)])
            counts = [len(each) for each in self._shingles]
            order = np.argsort(everything, kind="stable")
            self._sorted = everything[order], np.repeat(np.arange(len(counts)), counts)[order]
        return self._sorted


def folded_entities(sentence: Sentence) -> tuple[EntitySpan, ...]:
    """Return the entities of a sentence, where they stand in its folded text.

    >>> folded_entities(Sentence("在 北 京", ("O", "O", "B-LOC", "I-LOC", "I-LOC")))
    (EntitySpan(start=1, end=3, label='LOC'),)
    """
    before = [0, *accumulate(not char.isspace() for char in normalise(sentence.text))]
    return tuple(
        EntitySpan(before[span.start], before[span.end], span.label)
        for span in spans_from_tags(sentence.tags)
    )


def shingles(text: str) -> Hashes:
    """Return the hash of each run of 13 characters, uint64 [len(text) - 12]; none for a shorter text.

    >>> len(shingles("x" * 15)), len(shingles("x" * 12))
    (3, 0)
    """
    if len(text) < SHINGLE_CHARS:
        return np.empty(0, np.uint64)
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.uint64)
    windows = np.lib.stride_tricks.sliding_window_view(codes, SHINGLE_CHARS)  # [len - 12, 13]
    return np.asarray(windows @ _POWERS, np.uint64)
