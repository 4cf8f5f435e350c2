"""The sentences of corpora in any format: what fit, check and evaluate read.

    files -> recognised -> columns of tokens and tags -> training.corpus.reader -> sentences
                        -> any other                  -> documents, resolved    -> sentences

A text of several lines is a sentence a line, as the tagger reads texts line by line.
"""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from training.corpus.errors import CorpusError
from training.corpus.reader import ENCODINGS, ReadReport, Sentence, StrPath
from training.corpus.reader import read_sentences as read_columns
from training.corpus.recognition import recognise_corpus
from training.corpus.tally import Tally
from training.formats.documents import Document
from training.formats.recognition import COLUMNS, recognise_format
from training.formats.records.documents import RECORD_FORMATS, read_record_documents
from training.formats.resolution import Nested, sentences_of


def read_sentences(
    paths: StrPath | Iterable[StrPath],
    *,
    file_format: str = "auto",
    nested: Nested = "longest",
    report: ReadReport | None = None,
    **options: Any,
) -> Iterator[Sentence]:
    """Return the sentences of one corpus, whatever formats its files are in, with their tags in BIO.

    `options` are those of `training.corpus.reader.read_sentences`, which reads columns. Raises CorpusError for what is
    no corpus, and with `nested="error"` for entities that one tag per character cannot hold.
    """
    files = [Path(path) for path in ([paths] if isinstance(paths, (str, os.PathLike)) else paths)]
    if file_format not in ("auto", COLUMNS, *RECORD_FORMATS):
        known = ", ".join(("auto", COLUMNS, *RECORD_FORMATS))
        raise CorpusError("--format", f"one of {known}", repr(file_format), "see docs/formats.md")
    codec = ENCODINGS.get(str(options.get("encoding", "utf-8")).lower(), "utf-8")
    formats = [recognise_format(file, codec) if file_format == "auto" else file_format for file in files]
    if all(name == COLUMNS for name in formats):
        return read_columns(files, report=report, **options)
    return _read_mixed(list(zip(files, formats, strict=True)), codec, nested, report or ReadReport(), options)


def read_documents(path: Path, name: str, codec: str, tally: Tally) -> Iterator[Document]:
    """Yield the documents of a file in a format that holds spans; what is left out is added to `tally`."""
    return read_record_documents(path, codec, name, tally)


def _read_mixed(
    files: list[tuple[Path, str]], codec: str, nested: Nested, report: ReadReport, options: dict[str, Any]
) -> Iterator[Sentence]:
    report.formats = {str(file): name for file, name in files if name != COLUMNS}
    columns = [file for file, name in files if name == COLUMNS]
    scheme = options.pop("scheme", "auto")
    if scheme == "auto":
        scheme = recognise_corpus(columns, codec, options.get("unit", "char")) if columns else "BIO"
    report.scheme = scheme
    for file, name in files:
        if name == COLUMNS:
            yield from read_columns(file, scheme=scheme, report=report, **options)
            continue
        before = report.sentences
        for document in read_documents(file, name, codec, report.tally):
            for sentence in sentences_of(document, report.tally, nested):
                report.count(sentence)
                yield sentence
        if report.sentences == before:
            found = "; ".join(report.tally.notes()) or "no record"
            raise CorpusError(str(file), "at least one tagged text", found, "leave the file out, or tag it")
