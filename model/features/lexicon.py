"""Dictionary words in a text: SoftLexicon (Ma et al. 2020, aclanthology.org/2020.acl-main.528).

normalised pieces --trie--> words found (word, start, end) --sort_into_sets--> WordSets

All words that are found count, by how often each was seen. Or the text is segmented into words, one after another: then
each counts by the probability that it is one of these, which follows from how often it and the words beside it were
seen (a unigram model, summed over all segmentations by forward-backward).
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from itertools import pairwise
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from model.features.segmentation import likeliest_words, sort_into_sets, word_probabilities
from model.features.trie import build_trie, find_words
from model.features.vocabulary import END, SURROGATE
from model.features.word_sets import WordSets

# Longer ones are no words; nested in each other they would multiply.
MAX_WORD_CHARS = 32

# Less likely words of a segmentation are left out: hardly any would count, and each costs time.
MIN_PROBABILITY = 0.02

_TOO_MANY = 2**31
_BUILDERS = ThreadPoolExecutor(2, "lexicon")


class LexiconError(ValueError):
    """The words can't be a lexicon."""


class Lexicon:
    """Words, each with its row in the table and how often it was seen.

    rows: from 1; row 0 stands for no word. Words that share a row are of one type. counts: at least 1.

    >>> from model.features.word_sets import SETS
    >>> lexicon = Lexicon(["北京", "京", "京城"], [1, 2, 3], [6, 3, 1])
    >>> found = lexicon.encode_pieces(["北京城"])
    >>> [(int(row), SETS[which], float(weight)) for row, which, weight in zip(*found[1:])][:2]
    [(1, 'B', 4.0), (1, 'E', 2.4000000953674316)]
    """

    def __init__(self, words: Sequence[str], rows: Sequence[int], counts: Sequence[int]) -> None:
        _check(words, rows, counts)
        # As one str: a hundred thousand short ones would take ten times the memory.
        self._joined = "".join(words)
        self._ends = np.cumsum([len(word) for word in words], dtype=np.int32)
        self.rows = np.array(rows, np.int32)
        self.counts = np.array(counts, np.int32)
        # Outside the GIL, and nothing needs it until the first text.
        self._building = _BUILDERS.submit(build_trie, self._joined, self._ends) if words else None

    @property
    def words(self) -> tuple[str, ...]:
        """The words as given."""
        ends = self._ends.tolist()
        return tuple(self._joined[start:end] for start, end in pairwise([0, *ends]))

    @property
    def table_rows(self) -> int:
        """How many rows the table has."""
        return int(self.rows.max(initial=0)) + 1

    def encode_pieces(self, pieces: Sequence[str]) -> WordSets:
        """Return the words at each character of normalised pieces one after another, each as if it were alone."""
        found = self.find(END.join(pieces))
        return self._word_sets(pieces, found, self.counts[found[:, 0]].astype(np.float64), total=4.0)

    def segment_pieces(self, pieces: Sequence[str]) -> WordSets:
        """Return the words that each character may lie in when its piece is segmented, and how likely each is.

        See `model.features.segmentation`.

        >>> from model.features.word_sets import SETS
        >>> lexicon = Lexicon(["研究", "研究生", "生命", "命"], [1, 2, 3, 4], [9, 3, 4, 2])
        >>> sets = lexicon.segment_pieces(["研究生命"])
        >>> "".join(SETS[which] for which in sets.sets), sets.rows.tolist()
        ('BBEMEBES', [1, 2, 1, 2, 2, 3, 3, 4])
        >>> [int(100 * weight) for weight in sets.weights]
        [80, 19, 80, 19, 19, 77, 77, 14]
        """
        found, probabilities = self.find_weighed(pieces)
        likely = probabilities >= MIN_PROBABILITY
        return self._word_sets(pieces, found[likely], probabilities[likely], total=0.0)

    def find_weighed(self, pieces: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return every word of the pieces joined by marks, as `find`, and how likely each is one of a segmentation."""
        found = self.find(END.join(pieces))
        probabilities: NDArray[np.float64] = word_probabilities(found, _ends(pieces), self._log_shares)
        return found, probabilities

    def segment(self, text: str) -> NDArray[np.int64]:
        """Return the words of the likeliest segmentation of a normalised text: int64 [words, (word, start, end)].

        Characters between them are in no word. Of two equal ones it is that whose last word is longer.
        """
        found = self.find(text)
        words: NDArray[np.int64] = found[likeliest_words(found, self._log_shares, len(text))]
        return words

    @cached_property
    def _log_shares(self) -> NDArray[np.float64]:
        """The log of each word's share in all that was seen; last that of one that was seen once."""
        counts = np.append(self.counts, 1).astype(np.float64)
        return np.asarray(np.log(counts / counts.sum()))

    def _word_sets(
        self, pieces: Sequence[str], found: NDArray[np.int64], weights: NDArray[np.float64], total: float
    ) -> WordSets:
        return WordSets(
            *sort_into_sets(found, weights, total, _ends(pieces), self.rows, sum(map(len, pieces)))
        )

    def find(self, text: str) -> NDArray[np.int64]:
        """Return every word in a normalised text, overlapping or not: int64 [found, (word, start, end)] by end."""
        if self._building is None:
            return np.empty((0, 3), np.int64)
        return find_words(self._building.result(), text)


def _ends(pieces: Sequence[str]) -> NDArray[np.int64]:
    """Return where each piece ends in all of them joined by marks, its mark included."""
    return np.cumsum([len(piece) + 1 for piece in pieces], dtype=np.int64)


def _check(words: Sequence[str], rows: Sequence[int], counts: Sequence[int]) -> None:
    if not len(words) == len(rows) == len(counts):
        raise LexiconError(
            f"expected a row and a count for each of {len(words)} words, got {len(rows)} and {len(counts)}"
        )
    if len(set(words)) < len(words):
        raise LexiconError("expected distinct words, got one twice")
    if words and not (_are_words(words) and _are_numbers(rows) and _are_numbers(counts)):
        _refuse(words, rows, counts)


def _are_words(words: Sequence[str]) -> bool:
    # All at once: one by one, a hundred thousand words take a good part of a second at every start.
    joined = "".join(words)
    lengths = list(map(len, words))
    sound = min(lengths) > 0 and max(lengths) <= MAX_WORD_CHARS and END not in joined
    return sound and SURROGATE.search(joined) is None


def _are_numbers(values: Sequence[int]) -> bool:
    return min(values) > 0 and max(values) < _TOO_MANY


def _refuse(words: Sequence[str], rows: Sequence[int], counts: Sequence[int]) -> NoReturn:
    for word, row, count in zip(words, rows, counts, strict=True):
        if not _are_words([word]):
            raise LexiconError(
                f"word {word[:40]!r}: expected 1 to {MAX_WORD_CHARS} characters, no surrogate and no U+0003"
            )
        if not (_are_numbers([row]) and _are_numbers([count])):
            raise LexiconError(f"word {word!r}: expected a row and a count from 1, got {row} and {count}")
    raise AssertionError("expected a word that is wrong")
