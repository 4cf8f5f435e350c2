"""The formats, a row each: how a file is read and written, and what it holds.

Formats of tags are read as written (tokens, tags), so that their scheme is known of the whole corpus; those of spans as
documents. Their order is that of docs/formats.md.
"""

from collections.abc import Callable, Collection, Iterator
from functools import partial
from typing import NamedTuple

from training.corpus.sentences import RawSentence
from training.corpus.tally import Tally
from training.formats.brat import read_brat
from training.formats.columns import read_columns
from training.formats.docbin import read_docbin
from training.formats.documents import Document
from training.formats.inline import read_inline
from training.formats.records.documents import read_record_documents
from training.formats.records.huggingface import read_huggingface
from training.formats.sources import Holds, Source

COLUMNS = "columns"


class Format(NamedTuple):
    """What the files of a format hold, what they are called where they are written, and which way they are read."""

    holds: Holds
    endings: tuple[str, ...] = ()
    read_tags: Callable[[Source, Collection[str]], Iterator[RawSentence]] | None = None
    read_spans: Callable[[Source, Tally], Iterator[Document]] | None = None


def _of_records(name: str, *endings: str) -> Format:
    return Format("nested", endings, read_spans=partial(read_record_documents, name))


FORMATS = {
    COLUMNS: Format("lines", (".bio", ".bioes", ".iob", ".conll", ".tsv"), read_tags=read_columns),
    "doccano": _of_records("doccano", ".jsonl"),
    "label-studio": _of_records("label-studio", ".json"),
    "label-studio-min": _of_records("label-studio-min"),
    "cluener": _of_records("cluener"),
    "huggingface": Format("flat", (".parquet",), read_tags=read_huggingface),
    "brat": Format("parts", (".ann",), read_spans=read_brat),
    "inline": Format("lines", (".txt",), read_spans=lambda source, tally: read_inline(source)),
    "docbin": Format("flat", (".spacy",), read_spans=lambda source, tally: read_docbin(source)),
    "zitag": _of_records("zitag"),
}
