"""Parquet: row groups to batches, and rows of any kind to a file with their entities beside them.

A row keeps all its columns and gets two: the entities, a list of structs, and the error, null where there is none.
"""

import json
import re
from collections.abc import Iterator
from itertools import accumulate
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from model.bulk.job import BulkError, Options, Split
from model.bulk.rows.json_rows import json_rows
from model.bulk.rows.reading import BATCH_CHARS, BATCH_ROWS, BadRowError, Batch, Found, check_text

ENTITIES = pa.list_(
    pa.struct(
        [
            ("start", pa.int32()),
            ("end", pa.int32()),
            ("text", pa.string()),
            ("label", pa.string()),
            ("score", pa.float64()),
        ]
    )
)
# Of a row group of the output, before it is packed.
GROUP_BYTES = 16 << 20
# Arrow has no lone ones.
_SURROGATES = re.compile("[\ud800-\udfff]")


def row_groups(file: BinaryIO, name: str, options: Options) -> list[int]:
    """Return the bytes of each row group. Raises BulkError where the columns are not what they must be."""
    try:
        source = pq.ParquetFile(file)
    except (pa.ArrowException, OSError) as error:
        raise BulkError(
            f"{name}: expected a Parquet file, got {error}; name another, or say --from"
        ) from error
    _check_columns(source.schema_arrow, name, options)
    groups = [source.metadata.row_group(index) for index in range(source.metadata.num_row_groups)]
    return [sum(group.column(i).total_compressed_size for i in range(group.num_columns)) for group in groups]


def read_parquet(file: BinaryIO, split: Split, options: Options, *, as_json: bool) -> Iterator[Batch]:
    """Yield the rows of a split's row groups. as_json: with their fields as JSON, for an output of lines.

    Raises BulkError where the file is damaged.
    """
    try:
        yield from _read(file, split, options, as_json)
    except (pa.ArrowException, OSError) as error:
        if isinstance(error, OSError) and error.errno:
            raise
        reason = (str(error).splitlines() or [""])[0]
        raise BulkError(
            f"{split.input.name}: expected Parquet whose row groups {split.start} to {split.end - 1} can be read, "
            f"got {reason}; write the file anew"
        ) from error


class ParquetWriter:
    """Writes rows as Parquet. Those of lines have a column `text`; those of JSON lines, `row` with the whole line."""

    def __init__(self, file: BinaryIO, split: Split, options: Options, schema: Any) -> None:
        self._kind, self._options = split.input.kind, options
        columns = [("text", pa.string())] + [("row", pa.string())] * (self._kind == "jsonl")
        own = pa.schema(columns) if schema is None else schema
        added = ((options.entities_field, ENTITIES), (options.error_field, pa.string()))
        self._schema = own
        for name, type_ in added:
            self._schema = self._schema.append(pa.field(name, type_))
        self._writer = pq.ParquetWriter(file, self._schema, compression="zstd")
        self._waiting: list[Any] = []

    def write(self, batch: Batch, found: Found) -> None:
        """Write a batch; batches become row groups of about GROUP_BYTES."""
        own = self._own_columns(batch) if batch.table is None else batch.table.columns
        entities = [None if e is None else [_plain(entity._asdict()) for entity in e] for e in found]
        errors = [None if error is None else _clean(error) for error in batch.errors]
        columns = [*own, pa.array(entities, ENTITIES), pa.array(errors, pa.string())]
        self._waiting.append(pa.RecordBatch.from_arrays(columns, schema=self._schema))
        if sum(waiting.nbytes for waiting in self._waiting) >= GROUP_BYTES:
            self._flush()

    def close(self) -> None:
        """Write what waits, and the end of the file."""
        self._flush()
        self._writer.close()

    def _flush(self) -> None:
        if self._waiting:
            self._writer.write_table(pa.Table.from_batches(self._waiting))
            self._waiting.clear()

    def _own_columns(self, batch: Batch) -> list[Any]:
        # One code point for one, so that the entities' offsets stay true.
        texts = [None if text is None else _SURROGATES.sub("\ufffd", text) for text in batch.texts]
        if self._kind == "text":
            return [pa.array([json.loads(fields)["text"] for fields in batch.fields], pa.string())]
        return [pa.array(texts, pa.string()), pa.array([_clean(row) for row in batch.fields], pa.string())]


def _read(file: BinaryIO, split: Split, options: Options, as_json: bool) -> Iterator[Batch]:
    source = pq.ParquetFile(file, pre_buffer=False)
    rows = [source.metadata.row_group(index).num_rows for index in range(split.end)]
    number = list(accumulate(rows, initial=0))[split.start] + 1
    groups = list(range(split.start, split.end))
    tables = source.iter_batches(_batch_rows(source.metadata, groups), row_groups=groups, use_threads=False)
    for table in tables if groups else ():
        yield _batch(table, split.input.name, number, options, as_json)
        number += table.num_rows


def _check_columns(schema: Any, name: str, options: Options) -> None:
    if options.field not in schema.names:
        columns = ", ".join(schema.names)
        raise BulkError(f"{name}: expected the column {options.field!r}, got {columns}; name one by --column")
    if schema.names.count(options.field) > 1:
        raise BulkError(
            f"{name}: expected one column {options.field!r}, got {schema.names.count(options.field)}; rename the others"
        )
    kind = schema.field(options.field).type
    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    if not _is_text(kind):
        raise BulkError(f"{name}: {options.field}: expected texts, got {kind}; name another by --column")
    for field, flag in ((options.entities_field, "--entities-field"), (options.error_field, "--error-field")):
        if field in schema.names:
            raise BulkError(f"{name}: expected no column {field!r}, which is ours; take {flag}")


def _is_text(kind: Any) -> bool:
    """Return whether values of a type are texts, or bytes that may be."""
    own = (pa.string(), pa.large_string(), pa.string_view(), pa.binary(), pa.large_binary(), pa.binary_view())
    return kind in own


def _batch_rows(metadata: Any, groups: list[int]) -> int:
    """Return how many rows to read at once, by what a row of the widest row group takes."""
    sizes = [
        metadata.row_group(index).total_byte_size / max(1, metadata.row_group(index).num_rows)
        for index in groups
    ]
    return max(1, min(BATCH_ROWS, int(4 * BATCH_CHARS / max([1.0, *sizes]))))


def _batch(table: Any, name: str, number: int, options: Options, as_json: bool) -> Batch:
    batch = Batch(table=table)
    fields = json_rows(table) if as_json else ["{}"] * table.num_rows
    for index, content in enumerate(_contents(table.column(options.field))):
        try:
            text = check_text(_text(content, options), "{}", options)
            batch.add("", text, None, fields[index])
        except BadRowError as error:
            batch.add(f"{name}: row {number + index}", None, str(error), fields[index])
    return batch


def _contents(column: Any) -> list[bytes | None]:
    """Return the bytes of each text: pyarrow does not look whether they are UTF-8."""
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    contents: list[bytes | None] = column.cast(pa.large_binary()).to_pylist()
    return contents


def _text(content: bytes | None, options: Options) -> str:
    if content is None:
        raise BadRowError(f"{options.field}: expected a text, got null")
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        wrong = content[error.start : error.start + 1]
        raise BadRowError(f"{options.field}: expected utf-8, got byte {wrong!r} at {error.start}") from error


def _plain(entity: dict[str, Any]) -> dict[str, Any]:
    return {**entity, "text": _SURROGATES.sub("\ufffd", entity["text"])}


def _clean(text: str) -> str:
    r"""Return a line or message with lone surrogates spelt out: \ud800."""
    return text.encode("utf-8", "backslashreplace").decode()
