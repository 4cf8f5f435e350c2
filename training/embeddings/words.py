"""Segmented text, and how often each word of a lexicon stands in a text.

a line --jieba--> words;   a text that comes segmented: words with spaces between

jieba without its hidden Markov model cuts into the words of its own dictionary, so that what is learnt of a word can be
found again by looking words up.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from model.features.lexicon import Lexicon
from model.machine.numba_cache import compiled
from model.text import normalise


def segment(texts: Iterable[str]) -> Iterator[list[str]]:
    """Yield the words of each text, normalised, white space left out.

    >>> list(segment(["他在北京大学读书"]))
    [['他', '在', '北京大学', '读书']]
    """
    import rjieba

    for text in texts:
        yield [word for word in rjieba.cut(normalise(text), hmm=False) if not word.isspace()]


def read_segmented(lines: Iterable[str]) -> Iterator[list[str]]:
    """Yield the words of each line of text that has spaces between its words.

    >>> list(read_segmented(["迈向 充满 希望"]))
    [['迈向', '充满', '希望']]
    """
    for line in lines:
        yield [normalise(word) for word in line.split()]


def count_words(words: Sequence[str], texts: Iterable[str]) -> list[int]:
    """Return 1 and how often each word stands in the texts outside of any longer one, as Ma et al. count.

    >>> count_words(["北京", "北京大学", "大学"], ["北京大学在北京"])
    [2, 2, 1]
    """
    lexicon = Lexicon(words, range(1, len(words) + 1), [1] * len(words))
    counts = np.ones(len(words), np.int64)
    for text in texts:
        _count_uncovered(lexicon.find(normalise(text)), counts)
    return [int(count) for count in counts]


@compiled
def _count_uncovered(found: npt.NDArray[np.int64], counts: Any) -> None:
    """Count the words found, [(word, start, end)] in order of end, that no other one covers."""
    earliest = np.iinfo(np.int64).max  # start of a word that ends later, or here and began before
    index = len(found) - 1
    while index >= 0:
        last = index
        first = found[index, 1]
        while index >= 0 and found[index, 2] == found[last, 2]:
            first = min(first, found[index, 1])
            index -= 1
        for at in range(index + 1, last + 1):  # those that end at one place: the longest alone may count
            if found[at, 1] == first and first < earliest:
                counts[found[at, 0]] += 1
        earliest = min(earliest, first)
