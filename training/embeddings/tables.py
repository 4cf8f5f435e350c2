"""The frozen channels of a fit: for each a vocabulary, and its embedding table in vocabulary order.

texts -> tokens -> Vectors (kept in the cache: gensim on several threads never gives the same twice)
      -> characters, bigrams: keys <pad>, <unk>, ... ; table float16 [rows, dim]: zeros, the mean of all, the vectors
      -> words: a lexicon;                             table float16 [rows, dim]: zeros, the vectors
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt

import model.features.lexicon
import model.features.segmentation
import training.corpus.reader
import training.embeddings.dictionary
import training.embeddings.word2vec
import training.embeddings.words
from model.features.channels import Channel, Features, WordChannel
from model.features.lexicon import MAX_WORD_CHARS, Lexicon
from model.features.vocabulary import PAD, SURROGATE, UNK, Vocabulary
from model.machine.hashing import file_sha256
from training.data.cache import cached_folder, code_sha256
from training.embeddings.dictionary import Entries, dictionary_table, read_dictionary, segment_words
from training.embeddings.lexicons import read_lexicon, typed_table
from training.embeddings.word2vec import (
    Vectors,
    VectorsError,
    VectorSettings,
    character_tokens,
    train_vectors,
)
from training.embeddings.word2vec_files import load_vectors, load_word_vectors
from training.embeddings.words import count_words
from training.settings.config import FitConfig

# Channels of words: with vectors, with types, and those that the text is segmented into.
WORDS, TYPES, SEGMENTS = "word", "type", "segment"
KEYS_FILE, MATRIX_FILE = "keys.json", "matrix.npy"

Table = npt.NDArray[np.float16]


@dataclass(frozen=True)
class Channels:
    """Features that give ids, and the tables those ids are rows of."""

    features: Features
    tables: Mapping[str, Table]  # name -> float16 [rows, dim]
    notes: tuple[str, ...] = ()  # what is odd about the files of vectors


@dataclass(frozen=True)
class TextSource:
    """Texts to train vectors on: each call gives them anew, `sha256` says which they are."""

    texts: Callable[[], Iterable[str]]
    words: Callable[[], Iterable[Sequence[str]]]  # the same, segmented
    sha256: str
    word_vectors: Path | None = None  # the file of the words' vectors, where they are not trained here
    lexicons: tuple[Path, ...] = ()  # files of typed words
    dictionary: Path | None = None  # the words that texts are segmented into

    def tokens(self, width: int) -> Iterable[Sequence[str]]:
        """Return sentences of characters (width 1), of bigrams (2) or of words (0)."""
        return character_tokens(self.texts(), width) if width else self.words()


def build_channels(config: FitConfig, source: TextSource) -> Channels:
    """Return the channels of `config`: vectors read from `config.vectors`, or trained on `source` and cached."""
    channels: list[Channel | WordChannel] = []
    tables = {}
    notes: list[str] = []
    for name, settings in channel_settings(config).items():
        if name == "char" and config.vectors is not None:
            vectors = load_vectors(config.vectors, allow_pickle=config.allow_pickle)
        else:
            vectors = cached_vectors(source, settings, config.cache / "vectors")
        notes += vectors.notes
        vocabulary, tables[name] = embedding_table(vectors, config.vector_scale)
        channels.append(Channel(name, vocabulary))
    words: list[Vectors] = []
    if config.word_vectors != "none":
        words.append(_word_vectors(config, source))
        notes += words[0].notes
        lexicon, tables[WORDS] = word_table(words[0], config.vector_scale)
        channels.append(WordChannel(WORDS, lexicon))
    if source.lexicons:
        lexicon, tables[TYPES] = typed_table(read_lexicon(source.lexicons))
        channels.append(WordChannel(TYPES, lexicon))
    if source.dictionary:
        entries = read_dictionary(source.dictionary)
        if config.dictionary_dim:
            words.append(_dictionary_vectors(config, source, entries))
        scaled = [_scaled(vectors, config.vector_scale)[:2] for vectors in words]
        lexicon, tables[SEGMENTS] = dictionary_table(entries, scaled)
        channels.append(WordChannel(SEGMENTS, lexicon, segmented=True))
    return Channels(Features(tuple(channels)), tables, tuple(notes))


def _dictionary_vectors(config: FitConfig, source: TextSource, entries: Entries) -> Vectors:
    """Return the vectors of the dictionary's words, trained on the texts segmented into them."""
    assert source.dictionary is not None
    code = _code_sha256(model.features.lexicon, model.features.segmentation, training.embeddings.dictionary)
    segmented = replace(
        source,
        words=lambda: segment_words(entries, source.texts()),
        sha256=f"{source.sha256} {file_sha256(source.dictionary)} {code}",
    )
    return cached_vectors(segmented, _word_settings(config, config.dictionary_dim), config.cache / "vectors")


def _word_vectors(config: FitConfig, source: TextSource) -> Vectors:
    if config.word_vectors == "trained":
        return cached_vectors(source, _word_settings(config, config.word_dim), config.cache / "vectors")
    path = source.word_vectors
    assert path is not None
    vectors = load_word_vectors(path, allow_pickle=config.allow_pickle)
    return replace(vectors, counts=tuple(count_words(vectors.keys, source.texts())))


def _word_settings(config: FitConfig, dim: int) -> VectorSettings:
    return VectorSettings(
        width=0,
        dim=dim,
        min_count=config.word_min_count,
        window=config.word_window,
        epochs=config.vector_epochs,
        sample=config.vector_sample,
    )


def channel_settings(config: FitConfig) -> dict[str, VectorSettings]:
    """Return the word2vec settings of each channel of keys that `config` asks for, by name."""
    wanted = [("char", 1, config.char_dim, config.char_min_count)]
    if config.bigram_dim:
        wanted.append(("bigram", 2, config.bigram_dim, config.bigram_min_count))
    return {
        name: VectorSettings(
            width=width,
            dim=dim,
            min_count=min_count,
            window=config.vector_window,
            epochs=config.vector_epochs,
            sample=config.vector_sample,
        )
        for name, width, dim, min_count in wanted
    }


def cached_vectors(source: TextSource, settings: VectorSettings, directory: Path) -> Vectors:
    """Return the vectors of `source` under `settings`, trained now if no whole copy of them is in `directory`."""
    code = _code_sha256(training.corpus.reader, training.embeddings.word2vec, training.embeddings.words)
    identity = json.dumps([source.sha256, settings.model_dump(), code], sort_keys=True)

    def write(folder: Path) -> None:
        vectors = train_vectors(source.tokens(settings.width), settings, directory)
        (folder / KEYS_FILE).write_text(json.dumps([vectors.keys, vectors.counts]), encoding="ascii")
        np.save(folder / MATRIX_FILE, vectors.matrix, allow_pickle=False)

    folder = cached_folder(directory, hashlib.sha256(identity.encode()).hexdigest()[:24], write)
    keys, counts = json.loads((folder / KEYS_FILE).read_text(encoding="ascii"))
    return Vectors(tuple(keys), np.load(folder / MATRIX_FILE, allow_pickle=False), tuple(counts))


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


def _code_sha256(*modules: ModuleType) -> str:
    """Return the hash of the code between a file and its tokens, all that it imports included: the rest is stale."""
    return "".join(code_sha256(Path(str(module.__file__))) for module in modules)
