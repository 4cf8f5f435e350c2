"""The texts that vectors are learnt from, and the channels of vectors that are learnt from them.

settings -> wanted_vectors -> for each channel: its tokens (characters, bigrams, words), and how gensim trains them
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import ModuleType

import model.features.lexicon
import model.features.segmentation
import training.embeddings.dictionary
import training.embeddings.words
from model.machine.cpus import count_cpus
from model.machine.hashing import file_sha256
from training.data.cache import code_sha256
from training.embeddings.dictionary import Entries, segment_words
from training.embeddings.word2vec import VectorSettings, character_tokens
from training.settings.config import FitConfig

# Channels: characters, bigrams, words with vectors, words that the text is segmented into.
CHARS, BIGRAMS, WORDS, SEGMENTS = "char", "bigram", "word", "segment"
MAX_THREADS = 8  # of word2vec: more would mostly wait for each other


@dataclass(frozen=True)
class TextSource:
    """Texts to learn vectors from: each call gives them anew, `sha256` says which they are."""

    texts: Callable[[], Iterable[str]]
    words: Callable[[], Iterable[Sequence[str]]]  # the same, segmented
    sha256: str
    word_vectors: Path | None = None  # the file of the words' vectors, where they are not trained here
    lexicons: tuple[Path, ...] = ()  # files of typed words
    dictionary: Path | None = None  # the words that texts are segmented into
    # Of the same texts those of the corpus and the raw ones, where there are both.
    train: "TextSource | None" = None
    raw: "TextSource | None" = None


@dataclass(frozen=True)
class WantedVectors:
    """One channel's vectors to learn: from which tokens of a text, and how."""

    settings: VectorSettings
    tokens: Callable[[TextSource], Iterable[Sequence[str]]]
    code: str  # hash of what makes tokens of a text: code, and the dictionary


def wanted_vectors(config: FitConfig, dictionary: Path | None, entries: Entries) -> dict[str, WantedVectors]:
    """Return the vectors that `config` has trained here, by channel; `entries` are those of `dictionary`."""
    wanted = {}
    for name, settings in channel_settings(config).items():
        if name == CHARS and config.vectors is not None:
            continue  # read from a file
        wanted[name] = WantedVectors(settings, partial(_pieces, settings.width), "")
    if config.word_vectors == "trained":
        code = modules_sha256(training.embeddings.words)
        wanted[WORDS] = WantedVectors(_word_settings(config, config.word_dim), _words, code)
    if dictionary and config.dictionary_dim:
        code = modules_sha256(
            model.features.lexicon, model.features.segmentation, training.embeddings.dictionary
        )
        wanted[SEGMENTS] = WantedVectors(
            _word_settings(config, config.dictionary_dim),
            partial(_segments, entries),
            f"{file_sha256(dictionary)} {code}",
        )
    return wanted


def channel_settings(config: FitConfig) -> dict[str, VectorSettings]:
    """Return the word2vec settings of each channel of keys that `config` asks for, by name."""
    wanted = [(CHARS, 1, config.char_dim, config.char_min_count)]
    if config.bigram_dim:
        wanted.append((BIGRAMS, 2, config.bigram_dim, config.bigram_min_count))
    return {
        name: VectorSettings(
            width=width,
            dim=dim,
            min_count=min_count,
            window=config.vector_window,
            epochs=config.vector_epochs,
            sample=config.vector_sample,
            threads=vector_threads(config.threads),
        )
        for name, width, dim, min_count in wanted
    }


def vector_threads(threads: int) -> int:
    """Return how many threads train vectors where a fit has so many, 0 for all CPUs.

    >>> vector_threads(1), vector_threads(64)
    (1, 8)
    """
    return min(MAX_THREADS, threads or count_cpus())


def modules_sha256(*modules: ModuleType) -> str:
    """Return the hash of modules and of all of ours that they import: what other code made is stale."""
    return "".join(code_sha256(Path(str(module.__file__))) for module in modules)


def _word_settings(config: FitConfig, dim: int) -> VectorSettings:
    return VectorSettings(
        width=0,
        dim=dim,
        min_count=config.word_min_count,
        window=config.word_window,
        epochs=config.vector_epochs,
        sample=config.vector_sample,
        threads=vector_threads(config.threads),
    )


def _pieces(width: int, source: TextSource) -> Iterable[Sequence[str]]:
    return character_tokens(source.texts(), width)


def _words(source: TextSource) -> Iterable[Sequence[str]]:
    return source.words()


def _segments(entries: Entries, source: TextSource) -> Iterable[Sequence[str]]:
    return segment_words(entries, source.texts())
