"""The table of traditional and simplified characters, from OpenCC's data.

every Chinese character --OpenCC, traditional to simplified--> TraditionalFolds
"""

import functools
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain

from model.bundle.traditional import TraditionalFolds
from model.text import normalise
from training.corpus.reader import Sentence

# CJK unified ideographs, with the extensions of the first three planes.
_IDEOGRAPHS = (range(0x3400, 0x4DC0), range(0x4E00, 0xA000), range(0x20000, 0x32400))


@functools.cache
def opencc_folds() -> TraditionalFolds:
    """Return which characters OpenCC turns from traditional into simplified, each by itself.

    A character of which OpenCC's answer is in turn a traditional one stays as it is.
    """
    from opencc import OpenCC

    converter = OpenCC("t2s")
    found = {char: converter.convert(char) for char in map(chr, chain.from_iterable(_IDEOGRAPHS))}
    found = {char: plain for char, plain in found.items() if plain != char and len(plain) == 1}
    found = {char: plain for char, plain in found.items() if normalise(char + plain) == char + plain}
    pairs = [(char, plain) for char, plain in found.items() if plain not in found]
    return TraditionalFolds(
        traditional="".join(char for char, _ in pairs), simplified="".join(plain for _, plain in pairs)
    )


def digest(folds: TraditionalFolds) -> str:
    """Return the sha256 of a table, for the keys of caches."""
    return hashlib.sha256(f"{folds.traditional} {folds.simplified}".encode()).hexdigest()


def fold_sentences(sentences: Iterable[Sentence], folds: TraditionalFolds) -> Iterator[Sentence]:
    """Yield the sentences with their traditional characters as simplified ones."""
    return (replace(sentence, text=folds.fold(sentence.text)) for sentence in sentences)
