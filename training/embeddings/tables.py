"""The frozen channels of a fit: for each a vocabulary, and its embedding table in vocabulary order.

texts -choice-> Vectors (of general texts or of the corpus; or read from a file)
      -> characters, bigrams: keys <pad>, <unk>, ... ; table float16 [rows, dim]: zeros, the mean of all, the vectors
      -> words: a lexicon;                             table float16 [rows, dim]: zeros, the vectors
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from model.features.channels import Channel, Features, WordChannel
from model.features.lexicon import MAX_WORD_CHARS, Lexicon
from model.features.vocabulary import PAD, SURROGATE, UNK, Vocabulary
from training.embeddings.choice import LearntVectors, VectorsOrigin, learn_vectors
from training.embeddings.dictionary import Entries, dictionary_table, read_dictionary
from training.embeddings.lexicons import read_lexicon, typed_table
from training.embeddings.texts import SEGMENTS, WORDS, TextSource, channel_settings, wanted_vectors
from training.embeddings.word2vec import Vectors, VectorsError
from training.embeddings.word2vec_files import load_vectors, load_word_vectors
from training.embeddings.word_counts import cached_counts
from training.settings.config import FitConfig

TYPES = "type"  # the channel of words with types

Table = npt.NDArray[np.float16]


@dataclass(frozen=True)
class Channels:
    """Features that give ids, and the tables those ids are rows of."""

    features: Features
    tables: Mapping[str, Table]  # name -> float16 [rows, dim]
    notes: tuple[str, ...] = ()  # what is odd about the files of vectors
    origin: VectorsOrigin | None = None  # of the vectors learnt here

    @property
    def record(self) -> dict[str, str]:
        """What the report of a fit says of the vectors learnt here; nothing where none are."""
        return asdict(self.origin) if self.origin else {}


def build_channels(
    config: FitConfig, source: TextSource, say: Callable[[str], None] = lambda line: None
) -> Channels:
    """Return the channels of `config`: vectors read from files, or learnt on the texts of `source` and cached."""
    entries = read_dictionary(source.dictionary) if source.dictionary else {}
    learnt = learn_vectors(config, source, wanted_vectors(config, source.dictionary, entries), say)
    channels: list[Channel | WordChannel] = []
    tables = {}
    notes: list[str] = []
    for name in channel_settings(config):
        vectors = learnt.vectors[name] if name in learnt.vectors else _char_vectors(config)
        notes += vectors.notes
        vocabulary, tables[name] = embedding_table(vectors, config.vector_scale)
        channels.append(Channel(name, vocabulary))
    words: list[Vectors] = []
    if config.word_vectors != "none":
        words.append(_word_vectors(config, source, learnt))
        notes += words[0].notes
        lexicon, tables[WORDS] = word_table(words[0], config.vector_scale)
        channels.append(WordChannel(WORDS, lexicon))
    if source.lexicons:
        lexicon, tables[TYPES] = typed_table(read_lexicon(source.lexicons))
        channels.append(WordChannel(TYPES, lexicon))
    if source.dictionary:
        words += [learnt.vectors[SEGMENTS]] if SEGMENTS in learnt.vectors else []
        lexicon, tables[SEGMENTS] = _segments_table(config, entries, words)
        channels.append(WordChannel(SEGMENTS, lexicon, segmented=True))
    return Channels(Features(tuple(channels)), tables, tuple(notes), learnt.origin)


def _char_vectors(config: FitConfig) -> Vectors:
    assert config.vectors is not None
    return load_vectors(config.vectors, allow_pickle=config.allow_pickle)


def _word_vectors(config: FitConfig, source: TextSource, learnt: LearntVectors) -> Vectors:
    if WORDS in learnt.vectors:
        return learnt.vectors[WORDS]
    assert source.word_vectors is not None
    vectors = load_word_vectors(source.word_vectors, allow_pickle=config.allow_pickle)
    return replace(vectors, counts=cached_counts(vectors.keys, source, config.cache / "counts"))


def _segments_table(config: FitConfig, entries: Entries, words: list[Vectors]) -> tuple[Lexicon, Table]:
    return dictionary_table(entries, [_scaled(vectors, config.vector_scale)[:2] for vectors in words])


def embedding_table(vectors: Vectors, scale: float) -> tuple[Vocabulary, Table]:
    """Return the vocabulary of `vectors` and its table, float16 [rows, dim], scaled to root mean square `scale`.

    Row 0 (`<pad>`) is zeros, row 1 (`<unk>`) the mean of all. Half precision from the start: the network is
    fitted on the very numbers that are served.

    >>> vocabulary, table = embedding_table(Vectors(("中", "国"), np.array([[3, 0], [0, -3]], np.float32)), 2**-0.5)
    >>> vocabulary.keys, table.tolist()
    (('<pad>', '<unk>', '中', '国'), [[0.0, 0.0], [0.5, -0.5], [1.0, 0.0], [0.0, -1.0]])
    """
    keys, matrix, _ = _scaled(vectors, scale)
    table = np.concatenate([np.zeros((1, matrix.shape[1])), matrix.mean(0, keepdims=True), matrix])
    return Vocabulary((PAD, UNK, *keys)), table.astype(np.float16)


def word_table(vectors: Vectors, scale: float) -> tuple[Lexicon, Table]:
    """Return the lexicon of `vectors` and its table, float16 [rows, dim], scaled to root mean square `scale`.

    Row 0 is zeros.
    """
    keys, matrix, counts = _scaled(vectors, scale)
    table = np.concatenate([np.zeros((1, matrix.shape[1])), matrix])
    return Lexicon(keys, range(1, len(table)), counts), table.astype(np.float16)


def _scaled(vectors: Vectors, scale: float) -> tuple[list[str], npt.NDArray[np.floating[Any]], list[int]]:
    """Return keys, vectors of root mean square `scale`, and counts, of the keys that a bundle can hold."""
    rows = [
        row
        for row, key in enumerate(vectors.keys)
        if not SURROGATE.search(key) and len(key) <= MAX_WORD_CHARS
    ]
    matrix = vectors.matrix[rows]
    matrix = matrix * (scale / max(float(np.sqrt(np.square(matrix, dtype=np.float64).mean())), 1e-12))
    if not np.abs(matrix).max() <= np.finfo(np.float16).max:
        key = vectors.keys[rows[int(np.abs(matrix).max(1).argmax())]]
        raise VectorsError(
            f"the vector of {key!r} is thousands of times larger than the others; leave it out"
        )
    return (
        [vectors.keys[row] for row in rows],
        matrix,
        [vectors.counts[row] for row in rows if vectors.counts],
    )
