"""Columns of tokens and tags: how many a file has and which is the tag, by its first lines; files that only look so.

小 B-PER          two columns, as training.corpus reads them
EU NNP B-NP B-ORG  CoNLL-2003: the token is the first, the tag the last unless --column says another
"""

import re
from collections.abc import Collection, Iterable, Iterator
from itertools import islice
from typing import TextIO, cast

from model.tags.schemes import SchemeName, spans_from_tags, tags_from_spans
from training.corpus.errors import CorpusError, quote
from training.corpus.faults.lines import DOCUMENT_MARK
from training.corpus.faults.tokens import TAG
from training.corpus.lines import read_blocks
from training.corpus.sentences import TWO_COLUMNS, Layout, RawSentence, Tokens, read_raw
from training.corpus.tally import Finding, Tally
from training.formats.documents import Document
from training.formats.sources import Source

SPACES = Finding(
    "text has white space, which columns cannot hold",
    "texts have white space, which columns cannot hold",
    "written without it",
)
_HEAD_LINES = 200
_NOT_IN_COLUMNS = re.compile("[\\s\0\ufeff]")

_WORD = r"[^\s/]+/[a-z][a-zA-Z]{0,4}(?:\][a-zA-Z]{1,5})?"  # with its part of speech, as 中国/ns

# Files that are no columns of entity tags, though they look like it: a line that all of the first ones are like.
_LOOK_ALIKES = (
    (
        re.compile(rf"{_WORD}(?:\s+{_WORD})*"),
        "words with their parts of speech",
        "parts of speech are no entities (nr, ns and nt are close to persons, places and organisations): tag the "
        "entities, a character a line, as 张<TAB>B-PER",
    ),
    (
        re.compile(r"\S+[\t ]\d+"),
        "tags that are numbers",
        "write the name that each number stands for, O and B-PER for example",
    ),
    (
        re.compile(r"\d+(?:[-.]\d+)?\t(?:[^\t]*\t){8}[^\t]*"),
        "CoNLL-U, with words, parts of speech and syntax",
        "name a file that has entities, tagged in a column of its own",
    ),
)


def read_columns(source: Source, prefixes: Collection[str]) -> Iterator[RawSentence]:
    """Yield the sentences of a file as written. Raises CorpusError."""
    return read_raw([source.path], Tokens(source.codec, source.unit, prefixes, layout_of(source)))


def layout_of(source: Source) -> Layout:
    """Return how many columns a file has, and which holds the tags.

    Raises CorpusError for a file without the column asked for, and for one that only looks like columns of tags.
    """
    lines = list(_head(source))
    _refuse_look_alikes(source, lines)
    counts = {len(line.split()) for line in lines}
    n_columns = counts.pop() if len(counts) == 1 else 0
    if source.column is not None:
        if not 2 <= source.column <= n_columns:
            got = f"{n_columns} columns" if n_columns else "lines with more and fewer columns"
            raise CorpusError(str(source.path), f"a column {source.column} of tags", got, "see --column")
        return Layout(n_columns, source.column)
    has_tags = n_columns > 2 and all(TAG.fullmatch(line.split()[-1]) for line in lines)
    return Layout(n_columns, n_columns) if has_tags else TWO_COLUMNS


def write_columns(file: TextIO, documents: Iterable[Document], tally: Tally, scheme: str) -> None:
    """Write documents, each of one line, as a character and its tag a line; white space is left out, and counted."""
    for document in documents:
        spans = [(span.start, span.end, span.label) for span in document.spans]
        tags = ["O"] * len(document.text)
        for start, end, label in spans:
            tags[start:end] = [f"B-{label}", *[f"I-{label}"] * (end - start - 1)]
        kept = [
            (char, tag)
            for char, tag in zip(document.text, tags, strict=True)
            if not _NOT_IN_COLUMNS.match(char)
        ]
        if len(kept) < len(tags):
            tally.add(SPACES, document.where)
        bio = [tag for _, tag in kept]
        written = tags_from_spans(spans_from_tags(bio), len(bio), cast(SchemeName, scheme))
        rows = zip((char for char, _ in kept), written, strict=True)
        file.write("".join(f"{char}\t{tag}\n" for char, tag in rows) + "\n")


def _head(source: Source) -> Iterator[str]:
    """Yield the first lines that hold a token, those that say where a document begins and comments left out."""
    lines = (
        line.decode(source.codec, errors="replace").strip()
        for block in read_blocks(source.path, source.codec)
        for line in block.lines
    )
    tokens = (line for line in lines if line and not line.startswith((DOCUMENT_MARK, "# ")))
    return islice(tokens, _HEAD_LINES)


def _refuse_look_alikes(source: Source, lines: list[str]) -> None:
    for pattern, kind, remedy in _LOOK_ALIKES:
        if lines and all(map(pattern.fullmatch, lines)):
            got = f"{kind}: {quote(lines[0])}"
            raise CorpusError(str(source.path), "tokens and the tags of entities", got, remedy)
