"""What words of one's own are worth to the decoder: a bonus to the tags that they speak for.

normalised pieces --trie--> words found --stand alone?--> bonus [chars, tags], added to the emissions

A word at characters s to e with a label adds, in BIOES, half of the strength to B-label at s and half to E-label at e
(a word of one character: all of it to S-label). A tagging that has just this entity gains the whole strength, one with
an entity of the label that begins or ends there gains half, any other nothing. A word inside a longer entity that is
found without words adds nothing: it is part of a longer name. Viterbi, scores and n-best see the same emissions, so a
score is the probability that takes the words into account, and the strength is what is added to log odds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Self

import numpy as np
from numpy.typing import NDArray

from model.features.trie import Trie, build_trie, code_points, find_words
from model.features.vocabulary import END
from model.tags.tag_set import SpanArrays, TagSet
from model.words.file import Word
from model.words.strength import DEFAULT_STRENGTH

_Ints = NDArray[np.int64]
# Of each ASCII character, and of all others.
_IS_LATIN = np.array([*(chr(point).isalnum() for point in range(0x80)), False])


@dataclass(frozen=True, eq=False)
class WordBonus:
    """Words with their tags, as one index.

    pairs: int64 [words + 1], the rows of `tags` that belong to each distinct word; tags: int64 [pairs, 3], the first,
    last and only tag of a label. digest: SHA-256 over all that answers depend on.
    """

    trie: Trie
    pairs: _Ints
    tags: _Ints
    strength: float
    digest: str

    @classmethod
    def build(cls, words: Sequence[Word], tag_set: TagSet, strength: float = DEFAULT_STRENGTH) -> Self:
        """Return the bonus of normalised words, at least one; their labels are the tag set's."""
        ordered = sorted(set(words))
        first_of_each = [
            index for index, word in enumerate(ordered) if not index or word.text != ordered[index - 1].text
        ]
        distinct = [ordered[index].text for index in first_of_each]
        ends = np.cumsum([len(text) for text in distinct], dtype=np.int32)
        ids = {label: index for index, label in enumerate(tag_set.labels)}
        first, _, last, only = tag_set.label_tags[[ids[word.label] for word in ordered]].T
        content = repr((ordered, strength)).encode("utf-8", "surrogatepass")
        return cls(
            build_trie("".join(distinct), ends),
            np.array([*first_of_each, len(ordered)], np.int64),
            np.stack([first, last, only], axis=1),
            strength,
            sha256(content).hexdigest(),
        )

    def add_to(
        self, emissions: NDArray[np.float32], pieces: Sequence[str], offsets: _Ints, spans: SpanArrays
    ) -> None:
        """Add the bonus of the words in normalised pieces to their emissions, float32 [chars, tags]; see `Prediction`.

        spans: what is found there without words.
        """
        found = self._find(pieces, offsets)
        found = found[~_in_longer(found, spans, offsets)]
        if not len(found):
            return
        counts = np.diff(self.pairs)[found[:, 0]]
        pair = np.repeat(self.pairs[found[:, 0]], counts) + _count_up(counts)
        start, last = np.repeat(found[:, 1], counts), np.repeat(found[:, 2], counts) - 1
        is_single = start == last
        bonus = np.zeros_like(emissions)  # a tag gets its bonus once, however many words speak for it
        tags, half = self.tags[pair], np.float32(self.strength / 2)
        np.maximum.at(bonus, (start[~is_single], tags[~is_single, 0]), half)
        np.maximum.at(bonus, (last[~is_single], tags[~is_single, 1]), half)
        np.maximum.at(bonus, (start[is_single], tags[is_single, 2]), np.float32(self.strength))
        emissions += bonus

    def _find(self, pieces: Sequence[str], offsets: _Ints) -> _Ints:
        """Return the words in pieces, int64 [found, (word, start, end)], counted as the emissions are."""
        joined = END.join(pieces)
        found = find_words(self.trie, joined)
        found = found[_stand_alone(joined, found)]
        # Each piece after the first stands one character further, behind the END between.
        found[:, 1:] -= np.searchsorted(offsets[1:] + np.arange(1, len(offsets)), found[:, 1:2], "right")
        return found


def _in_longer(found: _Ints, spans: SpanArrays, offsets: _Ints) -> NDArray[np.bool_]:
    """Return which words lie in a longer span; spans are in order and do not overlap."""
    starts = np.append(offsets[spans.sentence] + spans.start, offsets[-1] + 1)
    ends = np.append(offsets[spans.sentence] + spans.end, offsets[-1] + 1)
    before = np.searchsorted(starts, found[:, 1], "right") - 1  # -1, the last: none begins before the word
    inside = (starts[before] <= found[:, 1]) & (found[:, 2] <= ends[before])
    in_longer: NDArray[np.bool_] = inside & (ends[before] - starts[before] > found[:, 2] - found[:, 1])
    return in_longer


def _stand_alone(text: str, found: _Ints) -> NDArray[np.bool_]:
    """Return which words are no part of a longer run of Latin letters or digits: "AI" is not in "MAIN"."""
    points = code_points(text)
    is_latin = _IS_LATIN[np.minimum(points, len(_IS_LATIN) - 1)]
    goes_on = np.zeros(len(points) + 1, np.bool_)  # between the character before and this one
    goes_on[1:-1] = is_latin[1:] & is_latin[:-1]
    alone: NDArray[np.bool_] = ~(goes_on[found[:, 1]] | goes_on[found[:, 2]])
    return alone


def _count_up(counts: _Ints) -> _Ints:
    """Return 0, 1, ... count - 1 of each count, one after another."""
    return np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
