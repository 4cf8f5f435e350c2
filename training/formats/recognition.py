"""Which format a file is in, by what it holds.

first bytes -> JSON: by the fields of its records -> doccano, Label Studio, ...
            -> anything else: columns of tokens and tags, whose reader says what is wrong where they are none
"""

from pathlib import Path

from training.corpus.errors import CorpusError
from training.corpus.file_kinds import HEAD_BYTES, recognise_markup
from training.corpus.lines import read_chunks
from training.formats.records.documents import recognise_records

COLUMNS = "columns"


def recognise_format(path: Path, codec: str = "utf-8") -> str:
    """Return the format of a file. Raises CorpusError for JSON that is of none.

    What cannot be read is left to the reader of columns, which says why.
    """
    try:
        head = next(read_chunks(path), b"")[:HEAD_BYTES]
    except CorpusError:
        return COLUMNS
    kind = recognise_markup(head)
    return recognise_records(path, codec) if kind and kind.name == "JSON" else COLUMNS
