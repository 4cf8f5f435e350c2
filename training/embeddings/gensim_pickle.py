"""The vectors of gensim's own files, .kv and .model: pickles, which run code when they are read."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from training.embeddings.vector_rows import Row
from training.embeddings.word2vec import VectorsError

SUFFIXES = (".kv", ".model")


def pickled_rows(path: Path, *, allow_pickle: bool) -> Iterator[Row]:
    """Yield the rows of gensim's vectors. Raises VectorsError, unread where pickles are not allowed."""
    if not allow_pickle:
        kind = f"a {path.suffix} file" if path.suffix in SUFFIXES else "this file"
        raise VectorsError(
            f"{path}: {kind} is a pickle and may run code when read; if you trust it pass "
            "--allow-pickle, or save it again with save_word2vec_format"
        )
    from gensim.models import KeyedVectors, Word2Vec

    kind = ".model" if path.suffix == ".model" else ".kv"
    try:
        words = Word2Vec.load(str(path)).wv if kind == ".model" else KeyedVectors.load(str(path))
    except Exception as error:  # a pickle raises what it likes
        raise VectorsError(
            f"{path}: not readable as gensim's {kind}: {type(error).__name__}: {error}"
        ) from error
    words = getattr(words, "wv", words)  # a whole model under another name
    if not isinstance(words, KeyedVectors):
        raise VectorsError(f"{path}: expected gensim's vectors, got {type(words).__name__}")
    vectors = np.asarray(words.vectors, np.float32)
    for index, key in enumerate(words.index_to_key):
        if isinstance(key, str):  # gensim leaves None where a key stood twice in a text
            yield Row(f"{path}: key {index + 1:,}", None if "\ufffd" in key else key, vectors[index])
