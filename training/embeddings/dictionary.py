"""The dictionary that texts are segmented by: words, each of a kind and with how often it was seen.

word <TAB> kind <TAB> count --read_dictionary--> {word: (kind, count)}
             (with vectors) --dictionary_table--> Lexicon; table [rows, kinds + dim]
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from model.features.lexicon import Lexicon
from model.text import normalise
from training.corpus.errors import CorpusError, quote
from training.embeddings.lexicons import MAX_TYPES, read_words

FIELDS = "word TAB kind TAB count"
MAX_COUNT = 2**31 - 1

KeyedMatrix = tuple[Sequence[str], npt.NDArray[np.floating[Any]]]  # a vector for each key
Entries = Mapping[str, tuple[str, int]]


def read_dictionary(path: Path) -> Entries:
    """Return kind and count of each word, normalised like texts. Raises CorpusError with file and line.

    Of a word on several lines the counts add up, and the kind is that of the line with the largest.
    """
    found: dict[str, tuple[str, int]] = {}
    largest: dict[str, int] = {}
    for word, kind, count in _entries(path):
        kind = kind if count > largest.get(word, 0) else found[word][0]
        largest[word] = max(count, largest.get(word, 0))
        found[word] = kind, min(count + found.get(word, ("", 0))[1], MAX_COUNT)
    if not found:
        raise CorpusError(
            str(path), "a word on a line", "none", "write one word a line, or --dictionary none"
        )
    if (kinds := len({kind for kind, _ in found.values()})) > MAX_TYPES:
        raise CorpusError(
            str(path), f"at most {MAX_TYPES} kinds", f"{kinds}", "join kinds that mean about the same"
        )
    return found


def dictionary_table(
    entries: Entries, vectors: Sequence[KeyedMatrix] = ()
) -> tuple[Lexicon, npt.NDArray[np.float16]]:
    """Return the lexicon and its table, float16 [rows, kinds + dims]: a word's kind, then its vector from each source.

    Row 0 is zeros, then comes a row for each kind, which is that of its words without any vector, then one for each
    word that has one; what a source lacks is zeros.

    >>> entries = {"看": ("v", 9), "北京": ("ns", 5), "天津": ("ns", 4)}
    >>> lexicon, table = dictionary_table(entries, [(["天津"], np.array([[0.5]]))])
    >>> lexicon.rows.tolist(), lexicon.counts.tolist()
    ([2, 1, 3], [9, 5, 4])
    >>> table.tolist()
    [[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [1.0, 0.0, 0.5]]
    """
    kinds = sorted({kind for kind, _ in entries.values()})
    columns = {kind: column for column, kind in enumerate(kinds)}
    known = {key for keys, _ in vectors for key in keys} & entries.keys()
    rows = {word: row for row, word in enumerate((word for word in entries if word in known), len(kinds) + 1)}
    of_kind = np.eye(len(kinds) + 1, dtype=np.float16)[:, 1:]  # row 0 is zeros
    parts = [of_kind[[*range(len(kinds) + 1), *(columns[entries[word][0]] + 1 for word in rows)]]]
    for keys, matrix in vectors:
        part = np.zeros((len(parts[0]), matrix.shape[1]), np.float16)
        places = [place for place, key in enumerate(keys) if key in rows]
        part[[rows[keys[place]] for place in places]] = matrix[places]
        parts.append(part)
    lexicon = Lexicon(
        list(entries),
        [rows.get(word, columns[kind] + 1) for word, (kind, _) in entries.items()],
        [count for _, count in entries.values()],
    )
    return lexicon, np.concatenate(parts, 1)


def segment_words(entries: Entries, texts: Iterable[str]) -> Iterator[list[str]]:
    """Yield each text segmented: its words, and the characters between them; white space is left out.

    >>> list(segment_words({"北京": ("ns", 5), "看": ("v", 9)}, ["他在 北京看"]))
    [['他', '在', '北京', '看']]
    """
    lexicon, _ = dictionary_table(entries)
    for text in map(normalise, texts):
        words, done = [], 0
        for _, start, end in lexicon.segment(text).tolist():
            words += [*text[done:start], text[start:end]]
            done = end
        yield [word for word in [*words, *text[done:]] if not word.isspace()]


def _entries(path: Path) -> Iterator[tuple[str, str, int]]:
    for where, word, rest in read_words(path, FIELDS):
        if len(rest) != 2:
            raise CorpusError(where, FIELDS, quote("\t".join([word, *rest])), "write all three")
        kind, count = rest
        if not (count.isascii() and count.isdigit() and 0 < int(count) <= MAX_COUNT):
            remedy = "write how often the word was seen, or 1"
            raise CorpusError(where, f"a count from 1 to {MAX_COUNT}", quote(count), remedy)
        yield word, kind, int(count)
