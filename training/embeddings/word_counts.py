"""How often each word of a lexicon stands in the texts of a fit: those of raw text are counted once and kept.

words, raw texts -> <directory>/<key>/counts.npy  ┐
words, train      -> counted each time            ┴-> a count for each word
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

import training.corpus.lines
import training.embeddings.words
from training.data.cache import cached_folder
from training.embeddings.texts import TextSource, modules_sha256
from training.embeddings.trained import vectors_key
from training.embeddings.words import count_words

COUNTS_FILE = "counts.npy"


def cached_counts(words: Sequence[str], source: TextSource, directory: Path) -> tuple[int, ...]:
    """Return what `count_words` does of all texts of `source`."""
    raw, train = source.raw, source.train
    if raw is None or train is None:
        return tuple(count_words(words, source.texts()))
    code = modules_sha256(training.corpus.lines, training.embeddings.words)
    key = vectors_key(["counts", raw.sha256, list(words), code])

    def write(folder: Path) -> None:
        np.save(folder / COUNTS_FILE, np.array(count_words(words, raw.texts()), np.int64), allow_pickle=False)

    of_raw = np.load(cached_folder(directory, key, write) / COUNTS_FILE, allow_pickle=False)
    # Both begin at 1.
    return tuple((of_raw - 1 + count_words(words, train.texts())).tolist())
