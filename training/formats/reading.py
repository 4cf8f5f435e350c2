"""The sentences of corpora in any format: what fit, check and evaluate read.

    files -> recognised -> formats of tags  -> tokens, tags as written -> training.corpus.reader -> sentences
                        -> formats of spans -> documents               -> resolved               -> sentences

A text of several lines is a sentence a line, as the tagger reads texts line by line.
"""

import os
from collections.abc import Collection, Iterable, Iterator
from functools import partial
from itertools import chain
from pathlib import Path
from typing import NamedTuple, cast

from model.tags.schemes import spans_from_tags
from training.corpus.errors import CorpusError
from training.corpus.reader import ENCODINGS, ReadReport, Sentence, Stray, StrPath, Unit, tagged_sentences
from training.corpus.reader import read_sentences as read_two_columns
from training.corpus.recognition import recognise_sentences
from training.corpus.schemes import PREFIXES, Scheme
from training.corpus.sentences import TWO_COLUMNS, RawSentence
from training.formats.brat import brat_files
from training.formats.columns import layout_of
from training.formats.documents import Document, whole
from training.formats.recognition import recognise_format
from training.formats.records.huggingface import unit_of_tokens
from training.formats.resolution import Nested, sentences_of
from training.formats.sources import Source
from training.formats.table import COLUMNS, FORMATS


class _File(NamedTuple):
    source: Source
    name: str  # of its format


def read_sentences(
    paths: StrPath | Iterable[StrPath],
    *,
    encoding: str = "utf-8",
    stray: Stray = "repair",
    scheme: Scheme = "auto",
    unit: Unit = "char",
    report: ReadReport | None = None,
    file_format: str = "auto",
    nested: Nested = "longest",
    column: int | None = None,
    names: Collection[str] = (),
) -> Iterator[Sentence]:
    """Return the sentences of one corpus, whatever formats its files are in, with their tags in BIO.

    The first options are those of `training.corpus.reader.read_sentences`, which reads two columns; `column` is that of
    the tags, counted from 1; `names` are those of tags that are numbers. Raises CorpusError for what is no corpus, and
    with `nested="error"` for entities that one tag per character cannot hold.
    """
    files = [Path(path) for path in ([paths] if isinstance(paths, (str, os.PathLike)) else paths)]
    known = ("auto", *FORMATS)
    if file_format not in known:
        raise CorpusError("--format", f"one of {', '.join(known)}", repr(file_format), "see docs/formats.md")
    codec = ENCODINGS.get(encoding.lower(), "utf-8")
    sources = [Source(file, codec, unit, column, tuple(names)) for file in files]
    found = _each_once([_File(source, _format_of(source, file_format)) for source in sources])
    if all(map(_has_two_columns, found)) or encoding.lower() not in ENCODINGS:
        return read_two_columns(
            files, encoding=encoding, stray=stray, scheme=scheme, unit=unit, report=report
        )
    return _read(found, scheme, stray, nested, report or ReadReport())


def read_documents(source: Source, name: str, report: ReadReport) -> Iterator[Document]:
    """Yield the documents of a file in any format, entities as they stand there; a sentence of tags is one too."""
    known = FORMATS[name]
    if known.read_spans:
        yield from known.read_spans(source, report.tally)
        return
    for sentence in _read([_File(source, name)], "auto", "repair", "longest", report):
        spans = tuple(map(whole, spans_from_tags(sentence.tags)))
        where = f"{sentence.path}:{sentence.line}"
        yield Document(sentence.text, spans, sentence.path, sentence.line, where)


def _each_once(files: list[_File]) -> list[_File]:
    """Return the files without those of brat that stand for a text again: a.txt beside a.ann."""
    pairs = [
        tuple(brat_files(source.path)) if name == "brat" else index
        for index, (source, name) in enumerate(files)
    ]
    return [file for index, file in enumerate(files) if pairs[index] not in pairs[:index]]


def _format_of(source: Source, asked: str) -> str:
    return recognise_format(source.path, source.codec) if asked == "auto" else asked


def _has_two_columns(file: _File) -> bool:
    if file.name != COLUMNS:
        return False
    try:
        return layout_of(file.source) == TWO_COLUMNS
    except CorpusError:
        if file.source.path.is_file():
            raise
        return True  # whose reader says what is wrong with the path


def _read(
    files: list[_File], scheme: str, stray: Stray, nested: Nested, report: ReadReport
) -> Iterator[Sentence]:
    report.formats = {str(source.path): name for source, name in files if name != COLUMNS}
    if scheme == "auto":
        tagged = [file for file in files if FORMATS[file.name].read_tags]
        read = lambda: chain.from_iterable(_read_tags(file, PREFIXES) for file in tagged)  # noqa: E731
        scheme = recognise_sentences(read) if tagged else "BIO"
    report.scheme = scheme
    for file in files:
        before = report.sentences
        if FORMATS[file.name].read_tags:
            yield from tagged_sentences(partial(_read_tags, file), scheme, stray, _unit_of(file), report)
        else:
            yield from _read_spans(file, nested, report)
        if report.sentences == before:
            found = "; ".join(report.tally.notes()) or "none"
            raise CorpusError(
                str(file.source.path), "at least one tagged text", found, "tag it, or leave it out"
            )


def _read_tags(file: _File, prefixes: Collection[str]) -> Iterator[RawSentence]:
    read = FORMATS[file.name].read_tags
    assert read is not None
    return read(file.source, prefixes)


def _unit_of(file: _File) -> Unit:
    """Return what tokens are: as said of columns, and as they are in records."""
    return file.source.unit if file.name == COLUMNS else cast(Unit, unit_of_tokens(file.source))


def _read_spans(file: _File, nested: Nested, report: ReadReport) -> Iterator[Sentence]:
    read = FORMATS[file.name].read_spans
    assert read is not None
    for document in read(file.source, report.tally):
        for sentence in sentences_of(document, report.tally, nested):
            report.count(sentence)
            yield sentence
