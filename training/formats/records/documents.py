"""The documents of a JSON file, and back: what a record holds, by the format that it is in."""

import json
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple, TextIO

from training.corpus.errors import CorpusError, LineError
from training.corpus.tally import Tally
from training.formats.documents import Document, Span
from training.formats.records.cluener import is_cluener, read_cluener, to_cluener
from training.formats.records.entities import is_doccano, is_zitag, read_entities, to_doccano, to_zitag
from training.formats.records.fields import Place
from training.formats.records.huggingface import is_huggingface
from training.formats.records.label_studio import (
    is_label_studio,
    is_label_studio_min,
    read_label_studio,
    read_label_studio_min,
    to_label_studio,
    to_label_studio_min,
)
from training.formats.records.reader import Record, read_records
from training.formats.sources import Source

_HEAD_RECORDS = 100  # looked at to recognise a format: a first record may hold no entity


class RecordFormat(NamedTuple):
    """How records of one format are recognised, read and written."""

    fits: Callable[[dict[str, Any]], bool]
    read: Callable[[Record, Place], tuple[str, list[Span]] | None]
    render: Callable[[Document, int], dict[str, Any]]
    in_array: bool = False  # all records of a file, not one a line


# The first that fits a record is its format.
RECORD_FORMATS = {
    "label-studio": RecordFormat(is_label_studio, read_label_studio, to_label_studio, in_array=True),
    "label-studio-min": RecordFormat(
        is_label_studio_min, read_label_studio_min, to_label_studio_min, in_array=True
    ),
    "cluener": RecordFormat(is_cluener, read_cluener, to_cluener),
    "doccano": RecordFormat(is_doccano, read_entities, to_doccano),
    "zitag": RecordFormat(is_zitag, read_entities, to_zitag),
}


def recognise_records(path: Path, codec: str, flag: str) -> str:
    """Return the format of a file of records. Raises CorpusError where its first ones are of none.

    flag: that of the command by which the format is named instead.
    """
    fields: dict[str, None] = {}
    for record in islice(read_records(path, codec), _HEAD_RECORDS):
        if is_huggingface(record.value):
            return "huggingface"
        for name, known in RECORD_FORMATS.items():
            if known.fits(record.value):
                return name
        fields |= dict.fromkeys(record.value)
    got = f"records with the fields {', '.join(map(repr, fields)) or 'of none'}"
    remedy = f"export it in one of these, or say which it is ({flag})"
    raise CorpusError(str(path), f"records of {', '.join(RECORD_FORMATS)} or huggingface", got, remedy)


def read_record_documents(name: str, source: Source, tally: Tally) -> Iterator[Document]:
    """Yield the documents of a file in this format; what is left out is added to `tally`. Raises CorpusError."""
    read = RECORD_FORMATS[name].read
    for record in read_records(source.path, source.codec):
        try:
            parsed = read(record, Place(record.where, tally))
        except LineError as error:
            raise CorpusError(record.where, error.expected, error.got, error.remedy) from error
        if parsed is not None:
            text, spans = parsed
            yield Document(text, tuple(spans), str(source.path), record.number, record.where)


def write_records(file: TextIO, records: Iterable[dict[str, Any]], *, in_array: bool = False) -> None:
    """Write records as JSON Lines, or all in one array, a record a line."""
    between = ",\n" if in_array else "\n"
    file.write("[\n" if in_array else "")
    for number, record in enumerate(records):
        file.write(between if number else "")
        file.write(json.dumps(record, ensure_ascii=False))
    file.write("\n]\n" if in_array else "\n")
