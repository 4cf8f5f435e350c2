"""Which fold a sentence belongs to: copies of a text share one, so that no tagger has seen a sentence it judges."""

import random
from collections.abc import Sequence

from training.corpus.comparison import folded
from training.corpus.reader import Sentence


def assign_folds(sentences: Sequence[Sentence], folds: int, seed: int) -> list[int]:
    """Return the fold of each sentence, 0 to folds - 1; different texts are dealt out evenly.

    >>> assign_folds([Sentence(text, ("O",)) for text in "甲乙甲丙"], folds=3, seed=1)
    [2, 0, 2, 1]
    """
    texts = list(dict.fromkeys(folded(sentence.text) for sentence in sentences))
    random.Random(seed).shuffle(texts)
    fold_of = {text: index % folds for index, text in enumerate(texts)}
    return [fold_of[folded(sentence.text)] for sentence in sentences]
