"""Word2vec files that others made: text (.txt, .vec) and .bin, each also packed; gensim's pickles only when told to.

file --vector_rows--> keys and vectors, of which the characters or the words are kept --> Vectors, with notes
"""

import re
from collections.abc import Callable
from io import BufferedReader
from pathlib import Path

import numpy as np

from model.features.lexicon import MAX_WORD_CHARS
from training.corpus.file_kinds import HEAD_BYTES, is_pickle, recognise_markup
from training.corpus.unpacked import DAMAGED, ForeignFileError, open_unpacked
from training.embeddings.gensim_pickle import SUFFIXES as PICKLES
from training.embeddings.gensim_pickle import pickled_rows
from training.embeddings.selected_keys import SelectedKeys
from training.embeddings.vector_rows import VectorFile
from training.embeddings.word2vec import Vectors, VectorsError

EXPECTED = "word2vec vectors (text, .bin or .gz)"

_CHINESE = re.compile("[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")


def load_vectors(path: Path, *, allow_pickle: bool = False) -> Vectors:
    """Return the one-character vectors of a word2vec file: text (.txt, .vec) or binary (.bin), plain or packed.

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
        raise VectorsError(f"{path}: expected {EXPECTED}, got {_no_file(path)}")
    selected = SelectedKeys(path, is_wanted)
    try:
        with open_unpacked(path) as content:
            notes = _read(path, content, allow_pickle, selected)
    except ForeignFileError as error:
        raise VectorsError(f"{path}: expected {EXPECTED}, got {error}") from error
    except (*DAMAGED, OSError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise VectorsError(f"{path}: not readable as {EXPECTED}: {reason}; fetch the file again") from error
    _check(path, selected, wanted)
    matrix = np.stack(list(selected.vectors.values()))
    return Vectors(tuple(selected.vectors), matrix, notes=(*notes, *selected.notes()))


def _no_file(path: Path) -> str:
    try:
        path.stat()
    except OSError as error:
        return f"{error.strerror!r}; check the path"
    if path.is_dir():
        return "a directory; check the path"
    return "a pipe or device; name the file itself: it is read more than once"


def _read(path: Path, content: BufferedReader, allow_pickle: bool, selected: SelectedKeys) -> list[str]:
    """Put the rows of a file into `selected`; return what is odd about the file."""
    head = content.peek(HEAD_BYTES)[:HEAD_BYTES]
    if kind := recognise_markup(head):
        raise ForeignFileError(kind)
    if is_pickle(head) or (allow_pickle and path.suffix in PICKLES):
        for row in pickled_rows(path, allow_pickle=allow_pickle):
            selected.add(row)
        return []
    file = VectorFile(path, content)
    for row in file.rows():
        selected.add(row)
    return list(file.notes())


def _check(path: Path, selected: SelectedKeys, wanted: str) -> None:
    """Raise VectorsError where the rows give no table."""
    if (torn := len(selected.torn)) * 2 > selected.rows:
        raise VectorsError(
            f"{path}: {torn:,} of {selected.rows:,} keys are no UTF-8; convert the file to UTF-8"
        )
    if not selected.vectors:
        raise VectorsError(f"{path}: none of its {selected.rows:,} keys is {wanted}; name another file")
