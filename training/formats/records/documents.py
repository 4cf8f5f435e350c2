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
from training.formats.records.label_studio import (
    is_label_studio,
    is_label_studio_min,
    read_label_studio,
    read_label_studio_min,
    to_label_studio,
    to_label_studio_min,
)
from training.formats.records.reader import Record, read_records

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


def recognise_records(path: Path, codec: str) -> str:
    """Return the format of a JSON file. Raises CorpusError where its first records are of none."""
    fields: dict[str, None] = {}
    for record in islice(read_records(path, codec), _HEAD_RECORDS):
        for name, known in RECORD_FORMATS.items():
            if known.fits(record.value):
                return name
        fields |= dict.fromkeys(record.value)
    got = f"records with the fields {', '.join(map(repr, fields)) or 'of none'}"
    remedy = "export it in one of these, or say which it is (--format)"
    raise CorpusError(str(path), f"JSON of {', '.join(RECORD_FORMATS)}", got, remedy)


def read_record_documents(path: Path, codec: str, name: str, tally: Tally) -> Iterator[Document]:
    """Yield the documents of a JSON file; what is left out is added to `tally`. Raises CorpusError."""
    read = RECORD_FORMATS[name].read
    for record in read_records(path, codec):
        try:
            parsed = read(record, Place(record.where, tally))
        except LineError as error:
            raise CorpusError(record.where, error.expected, error.got, error.remedy) from error
        if parsed is not None:
            text, spans = parsed
            yield Document(text, tuple(spans), str(path), record.number, record.where)


def write_record_documents(file: TextIO, documents: Iterable[Document], name: str) -> None:
    """Write documents as JSON Lines, or as an array where the format has one."""
    known = RECORD_FORMATS[name]
    before, between, after = ("[\n", ",\n", "\n]\n") if known.in_array else ("", "\n", "\n")
    for number, document in enumerate(documents, 1):
        file.write(before if number == 1 else between)
        file.write(json.dumps(known.render(document, number), ensure_ascii=False))
    file.write(after)
