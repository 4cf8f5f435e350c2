"""Word2vec files that others made: text (.txt, .vec), .bin, each also .gz; gensim's pickles only when told to.

file --gensim--> keys and vectors, of which the characters or the words are kept --> Vectors
"""

import re
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
from gensim.models import KeyedVectors, Word2Vec
from gensim.utils import open as open_maybe_zipped

from model.features.lexicon import MAX_WORD_CHARS
from model.text import normalise
from training.embeddings.word2vec import Vectors, VectorsError

_CHINESE = re.compile("[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")


def load_vectors(path: Path, *, allow_pickle: bool = False) -> Vectors:
    """Return the one-character vectors of a word2vec file: text (.txt, .vec, plain or .gz) or binary (.bin, .bin.gz).

    gensim's own .kv and .model files are pickles, which run code when read: only with `allow_pickle`.
    Longer keys are left out, keys are normalised, and the first of two equal keys is kept.
    """
    return _load(path, allow_pickle, lambda key: len(key) == 1, "a single character")


def load_word_vectors(path: Path, *, allow_pickle: bool = False) -> Vectors:
    """Return the vectors of the Chinese words of a word2vec file; see `load_vectors` for formats.

    Words of one character count too; what holds no Chinese character, or more than MAX_WORD_CHARS, is left out.
    """
    return _load(path, allow_pickle, _is_word, "a Chinese word")


def _is_word(key: str) -> bool:
    return len(key) <= MAX_WORD_CHARS and _CHINESE.search(key) is not None and not any(map(str.isspace, key))


def _load(path: Path, allow_pickle: bool, is_wanted: Callable[[str], bool], wanted: str) -> Vectors:
    if not path.is_file():
        raise VectorsError(f"{path}: no such file; expected word2vec vectors (text, .bin or .gz)")
    words = _read_keyed_vectors(path, allow_pickle)
    rows: dict[str, int] = {}
    for row, key in enumerate(words.index_to_key):
        if is_wanted(key):
            rows.setdefault(normalise(key), row)
    if not rows:
        raise VectorsError(f"{path}: none of its {len(words)} keys is {wanted}")
    if not words.vector_size:
        raise VectorsError(f"{path}: expected vectors of one number or more, got a width of 0")
    matrix = np.ascontiguousarray(words.vectors[list(rows.values())], dtype=np.float32)
    if not np.isfinite(matrix).all():
        raise VectorsError(f"{path}: holds values that are not finite numbers")
    constant = np.flatnonzero((np.ptp(matrix, axis=1) == 0) & (matrix[:, 0] != 0))
    if matrix.shape[1] > 1 and constant.size:  # gensim spreads a lone number over the whole row
        key = list(rows)[int(constant[0])]
        raise VectorsError(f"{path}: the vector of {key!r} has one number, expected {matrix.shape[1]}")
    return Vectors(tuple(rows), matrix)


def _read_keyed_vectors(path: Path, allow_pickle: bool) -> KeyedVectors:
    suffixes = [suffix for suffix in path.suffixes if suffix != ".gz"]
    kind = suffixes[-1] if suffixes else ""
    if kind in (".kv", ".model"):
        if not allow_pickle:
            raise VectorsError(
                f"{path}: a {kind} file is a pickle and may run code when read; if you trust it pass "
                "--allow-pickle, or save it again with save_word2vec_format"
            )
        return _unpickled(path, kind)
    try:
        if kind == ".bin":
            return KeyedVectors.load_word2vec_format(str(path), binary=True, unicode_errors="replace")
        words = KeyedVectors.load_word2vec_format(str(path))
        _check_count(path)
        return words
    except (ValueError, EOFError, OSError, zlib.error, KeyError, IndexError, MemoryError) as error:
        raise VectorsError(
            f"{path}: not readable as word2vec {'binary' if kind == '.bin' else 'text'} "
            f"(first line: number of keys and width; then key and values): {error}"
        ) from error


def _check_count(path: Path) -> None:
    """Raise VectorsError where more lines follow the first one than it says: gensim leaves them out."""
    with open_maybe_zipped(str(path), "rb") as file:
        said = int(file.readline().split()[0])
        there = sum(not line.isspace() for line in file)
    if there > said:
        raise VectorsError(f"{path}:1: says {said:,} keys, but {there:,} follow; correct the number")


def _unpickled(path: Path, kind: str) -> KeyedVectors:
    try:
        words = KeyedVectors.load(str(path)) if kind == ".kv" else Word2Vec.load(str(path)).wv
    except Exception as error:  # a pickle raises what it likes
        raise VectorsError(
            f"{path}: not readable as gensim's {kind}: {type(error).__name__}: {error}"
        ) from error
    if not isinstance(words, KeyedVectors):
        raise VectorsError(f"{path}: expected gensim's vectors, got {type(words).__name__}")
    return words
