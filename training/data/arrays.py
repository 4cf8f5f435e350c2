"""Sentences to flat, memory-mapped arrays: what a fit reads, whatever the corpus' size.

sentences -> files in <directory>/<key>/, unless they are there complete -> CorpusArrays
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from model.features.channels import Encoded, Features
from model.features.word_sets import WordSets
from model.tags.tag_set import TagSet
from training.data.cache import cached_folder, code_sha256
from training.corpus.reader import Sentence
from training.data.encode import (
    COUNTS,
    IDS,
    OFFSETS,
    TAGS,
    ArrayCounts,
    ArraysError,
    word_files,
    write_arrays,
)

__all__ = ["ArrayCounts", "ArraysError", "CorpusArrays", "build_arrays", "cache_key", "open_arrays"]


@dataclass(frozen=True)
class CorpusArrays:
    """A corpus as flat arrays, memory-mapped and read-only; piece p is [offsets[p], offsets[p + 1])."""

    path: Path
    ids: Mapping[str, Encoded]  # per channel, of all characters
    tag_ids: npt.NDArray[np.int16]  # [chars]
    offsets: npt.NDArray[np.int64]  # [pieces + 1]
    counts: ArrayCounts

    @property
    def n_pieces(self) -> int:
        """The number of pieces, the rows that batches are made of."""
        return self.counts.pieces

    @property
    def n_chars(self) -> int:
        """The number of characters in all pieces together."""
        return self.counts.chars

    @property
    def lengths(self) -> npt.NDArray[np.int64]:
        """The number of characters in each piece, [pieces]."""
        return np.diff(self.offsets)

    @property
    def unknown_share(self) -> dict[str, float]:
        """Per channel: the share of characters, between 0 and 1, that it has no row for."""
        return {name: count / self.n_chars for name, count in self.counts.unknown.items()}


def cache_key(
    texts: Sequence[str],
    features: Features,
    tag_set: TagSet,
    max_chars: int,
    reader_options: Mapping[str, str] | None = None,
) -> str:
    """Return the hash of all that decides the arrays: texts, vocabularies, tags, cut, reader and code.

    `texts` are the sha256 of the corpus' files, in their order. `reader_options` are what decides which sentences are
    read from them: the arguments of `read_sentences`, and the blocks that dev was cut out of.
    """
    facts = {
        "code": code_sha256(Path(__file__)),
        "corpora": list(texts),
        "features": features.to_json(),
        "scheme": tag_set.scheme,
        "labels": list(tag_set.labels),
        "max_chars": max_chars,
        "reader": dict(reader_options or {}),
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:32]


def build_arrays(
    sentences: Iterable[Sentence],
    features: Features,
    tag_set: TagSet,
    directory: Path,
    key: str,
    max_chars: int,
) -> CorpusArrays:
    """Return the arrays of `sentences`, from `directory/key` if it is complete there, else built into it.

    `sentences` is read only if the arrays have to be built, and streamed: memory does not grow with it.
    `max_chars` is that of `split_sentences`; a cut inside an entity is not made.
    Raises ArraysError for a label that `tag_set` has not and for no sentences at all, and CacheError.
    """
    return open_arrays(
        cached_folder(
            directory, key, lambda folder: write_arrays(sentences, features, tag_set, folder, max_chars)
        )
    )


def open_arrays(folder: Path) -> CorpusArrays:
    """Return the arrays in `folder`, mapped, without checking them."""
    counts = ArrayCounts(**json.loads((folder / COUNTS).read_text("utf-8")))
    return CorpusArrays(
        path=folder,
        ids={name: _channel(folder, name) for name in counts.unknown},
        tag_ids=_mapped(folder / TAGS, np.int16),
        offsets=np.fromfile(folder / OFFSETS, np.int64),  # in memory: every epoch needs all lengths
        counts=counts,
    )


def _channel(folder: Path, name: str) -> Encoded:
    if (folder / IDS.format(name)).exists():
        return _mapped(folder / IDS.format(name), np.int32)
    return WordSets(*(_mapped(path, dtype) for path, dtype in word_files(folder, name)))


def _mapped(path: Path, dtype: Any) -> npt.NDArray[Any]:
    if not path.stat().st_size:  # no word of a lexicon stands in the corpus: nothing cannot be mapped
        return np.empty(0, dtype)
    # A plain ndarray over the map: slicing np.memmap itself is several times slower.
    return np.asarray(np.memmap(path, dtype, mode="r"))
