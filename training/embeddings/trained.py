"""Vectors trained here, kept in the cache: gensim on several threads never gives the same twice.

texts -> tokens -> gensim -> <directory>/<key>/
    keys.json     keys and counts
    matrix.npy    float32 [keys, dim]
    context.npy   the output weights, for training to go on from: of general vectors alone
"""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np

import training.corpus.reader
import training.embeddings.word2vec
from model.machine.progress import tracked
from training.data.cache import cached_folder
from training.embeddings.passes import passes_shown
from training.embeddings.texts import TextSource, WantedVectors, modules_sha256
from training.embeddings.word2vec import Vectors, VectorsError, train_vectors

KEYS_FILE, MATRIX_FILE, CONTEXT_FILE = "keys.json", "matrix.npy", "context.npy"


def cached_vectors(
    source: TextSource,
    wanted: WantedVectors,
    directory: Path,
    start: Callable[[], Vectors] | None = None,
    start_sha256: str = "",
) -> Vectors:
    """Return the vectors of `source`, trained now if no whole copy of them is in `directory`.

    With a `start`, which its hash identifies, training goes on from the vectors that it returns.
    """
    code = modules_sha256(training.corpus.reader, training.embeddings.word2vec) + wanted.code
    facts = [source.sha256, wanted.settings.model_dump(), code, start_sha256]

    def write(folder: Path) -> None:
        vectors = train_shown(wanted, source, folder, start and start())
        write_vectors(folder, vectors, context=False)

    return read_vectors(cached_folder(directory, vectors_key(facts), write))


def train_shown(
    wanted: WantedVectors, source: TextSource, folder: Path, start: Vectors | None = None
) -> Vectors:
    """Return the vectors of `source`, as `train_vectors` does, while showing how far this has come.

    Raises VectorsError, which says whose vectors they are.
    """
    settings = wanted.settings
    title = f"vectors of {('words', 'characters', 'bigrams')[settings.width]}"
    tokens = tracked(wanted.tokens(source), f"{title}: reading", unit="sentences")
    with passes_shown(f"{title}: training", settings.epochs, folder, settings.threads) as passed:
        try:
            return train_vectors(tokens, settings, folder, start, passed)
        except VectorsError as error:
            raise VectorsError(f"{title}: {error}") from error


def vectors_key(facts: object) -> str:
    """Return the name of a folder of vectors: a hash of all that decides them."""
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:24]


def write_vectors(folder: Path, vectors: Vectors, *, context: bool) -> None:
    """Write keys, counts and matrix into `folder`, with `context` also what training can go on from."""
    (folder / KEYS_FILE).write_text(json.dumps([vectors.keys, vectors.counts]), encoding="ascii")
    np.save(folder / MATRIX_FILE, vectors.matrix, allow_pickle=False)
    if context:
        assert vectors.context is not None
        np.save(folder / CONTEXT_FILE, vectors.context, allow_pickle=False)


def read_vectors(folder: Path) -> Vectors:
    """Return the vectors in `folder`, which was found whole."""
    keys, counts = json.loads((folder / KEYS_FILE).read_text(encoding="ascii"))
    context = folder / CONTEXT_FILE
    return Vectors(
        tuple(keys),
        np.load(folder / MATRIX_FILE, allow_pickle=False),
        tuple(counts),
        context=np.load(context, allow_pickle=False) if context.exists() else None,
    )
