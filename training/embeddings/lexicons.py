"""Lexicons of typed words: a user's lists of names, places and the like, as a channel of their own.

word <TAB> type --read_lexicon--> {word: types} --typed_table--> Lexicon; table [sets of types, types] of 0 and 1

A line without a type has the type `word`. A word of two types stands on two lines.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from model.features.lexicon import MAX_WORD_CHARS, Lexicon
from model.text import normalise
from training.corpus.errors import CorpusError, quote
from training.corpus.lines import read_lines

UNTYPED = "word"
MAX_TYPES = 64  # each is a column of the table, four of which each character gets

Types = Mapping[str, frozenset[str]]


def read_lexicon(paths: Sequence[Path]) -> Types:
    """Return the types of each word, normalised like texts. Raises CorpusError with file and line."""
    found: dict[str, frozenset[str]] = {}
    for path in paths:
        for _, word, rest in read_words(path, "word TAB type"):
            found[word] = found.get(word, frozenset()) | {(rest[0] if rest else "") or UNTYPED}
    if not found:
        raise CorpusError(
            str(paths[0]), "a word on a line", "none", "write one word a line, or leave the file out"
        )
    if len(types := sorted(set().union(*found.values()))) > MAX_TYPES:
        raise CorpusError(
            str(paths[0]),
            f"at most {MAX_TYPES} types",
            f"{len(types)}",
            "join types that mean about the same",
        )
    return found


def typed_table(types: Types) -> tuple[Lexicon, npt.NDArray[np.float16]]:
    """Return the lexicon and its table, float16 [rows, types]: a row for each set of types that a word has.

    >>> lexicon, table = typed_table({"北京": frozenset({"LOC"}), "长城": frozenset({"LOC", "ORG"})})
    >>> lexicon.rows.tolist(), table.tolist()
    ([1, 2], [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0]])
    """
    columns = sorted(set().union(*types.values()))
    sets = sorted(set(types.values()), key=sorted)
    rows = {kinds: row for row, kinds in enumerate(sets, 1)}
    table = np.zeros((len(sets) + 1, len(columns)), np.float16)
    for kinds, row in rows.items():
        table[row, [columns.index(kind) for kind in kinds]] = 1
    return Lexicon(list(types), [rows[kinds] for kinds in types.values()], [1] * len(types)), table


def read_words(path: Path, fields: str) -> Iterator[tuple[str, str, list[str]]]:
    """Yield file:line, word and what stands after it, between tabs, of each line that is not blank.

    The word is normalised like texts. `fields` says what a line should have. Raises CorpusError.
    """
    for number, line in read_lines(path):
        if not line.strip():
            continue
        word, *rest = (field.strip() for field in line.split("\t"))
        where, word = f"{path}:{number}", normalise(word)
        if len(rest) > fields.count("TAB"):
            raise CorpusError(where, fields, quote(line), "put one tab between two of them")
        if not 0 < len(word) <= MAX_WORD_CHARS:
            raise CorpusError(
                where, f"a word of 1 to {MAX_WORD_CHARS} characters", quote(line), "leave it out"
            )
        yield where, word, rest
