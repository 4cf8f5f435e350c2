"""Which format a file is in, by what it holds.

a folder, or a file with annotations beside it -> brat
first bytes -> Parquet and JSON: by the fields of the records -> doccano, Label Studio, Hugging Face, ...
            -> texts with entities in brackets -> inline;   .spacy -> docbin
            -> anything else: columns of tokens and tags, whose reader says what is wrong where they are none
"""

from pathlib import Path

from training.corpus.errors import CorpusError
from training.corpus.file_kinds import HEAD_BYTES, recognise_markup
from training.corpus.lines import read_chunks
from training.formats.brat import is_brat
from training.formats.docbin import is_docbin
from training.formats.inline import is_inline
from training.formats.records.documents import recognise_records
from training.formats.records.parquet import is_parquet
from training.formats.table import COLUMNS


def recognise_format(path: Path, codec: str = "utf-8", flag: str = "--format") -> str:
    """Return the format of a file. Raises CorpusError for JSON and Parquet that are of none.

    What cannot be read is left to the reader of columns, which says why. flag: how a command's user names the format.
    """
    if is_brat(path):
        return "brat"
    if is_docbin(path):
        return "docbin"
    if is_parquet(path):
        return recognise_records(path, codec, flag)
    try:
        head = next(read_chunks(path), b"")
    except CorpusError:
        return COLUMNS
    kind = recognise_markup(head[:HEAD_BYTES])
    if kind and kind.name == "JSON":
        return recognise_records(path, codec, flag)
    return "inline" if is_inline(head.decode(codec, errors="replace")) else COLUMNS
