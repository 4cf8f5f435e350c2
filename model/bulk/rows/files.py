"""A split's file, open as what it is: lines, packed lines or row groups; and its output, open as what it shall be."""

import gzip
import io
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import BinaryIO, cast

from model.bulk.inputs import check_unchanged
from model.bulk.job import Input, Options, Split
from model.bulk.rows.lines import read_lines, read_packed
from model.bulk.rows.reading import Batch, read_batches
from model.bulk.rows.writing import LineWriter, Writer
from model.bulk.splits import form_of, packing_of
from model.bulk.stores.base import BLOCK_BYTES
from model.bulk.stores.choice import open_store


def read_split(split: Split, options: Options) -> Iterator[Batch]:
    """Yield the rows of a split.

    Raises BulkError for a file that is no longer what it was, before its rows are read or after: of one that is
    written to meanwhile, rows may be cut or missing.
    """
    given = split.input
    store = open_store(given.path)
    check_unchanged(store, given)
    with store.read(given.path) as file:
        if given.kind == "parquet":
            from model.bulk.rows.parquet import read_parquet

            as_json = form_of(given, options) == "jsonl"
            yield from read_parquet(file, split, options, as_json=as_json)
        elif given.packed:
            with _unpacked(file, given.packed) as unpacked:
                lines = read_packed(unpacked, options.max_line_bytes)
                yield from read_batches(lines, given.kind, given.name, 0, options)
        else:
            lines = read_lines(file, split.start, split.end, options.max_line_bytes)
            yield from read_batches(lines, given.kind, given.name, split.start, options)
    check_unchanged(store, given)


@contextmanager
def open_writer(file: BinaryIO, split: Split, options: Options) -> Iterator[Writer]:
    """Give what writes the rows of `split` to `file`, in the form that the options say."""
    form = form_of(split.input, options)
    if form == "parquet":
        from model.bulk.rows.parquet import ParquetWriter

        with closing(ParquetWriter(file, split, options, _schema(split.input))) as writer:
            yield writer
    else:
        with _packed(file, packing_of(split.input, options)) as packed:
            yield LineWriter(packed, form, options)


def read_row_groups(given: Input, options: Options) -> list[int]:
    """Return the bytes of each row group of a Parquet file. Raises BulkError where its columns are wrong."""
    from model.bulk.rows.parquet import row_groups

    with open_store(given.path).read(given.path) as file:
        return row_groups(file, given.name, options)


def _schema(given: Input) -> object:
    """Return the columns of a Parquet file, None for another."""
    if given.kind != "parquet":
        return None
    import pyarrow.parquet as pq

    with open_store(given.path).read(given.path) as file:
        return pq.read_schema(file)


@contextmanager
def _unpacked(file: BinaryIO, packing: str) -> Iterator[BinaryIO]:
    if packing == "gz":
        with gzip.GzipFile(fileobj=file) as unpacked:
            yield cast(BinaryIO, unpacked)
    else:
        import pyarrow as pa

        with io.BufferedReader(pa.CompressedInputStream(file, "zstd"), BLOCK_BYTES) as buffered:
            yield cast(BinaryIO, buffered)


@contextmanager
def _packed(file: BinaryIO, packing: str) -> Iterator[BinaryIO]:
    if packing == "gz":
        # No name and no time, so that the same rows are the same bytes.
        with gzip.GzipFile(filename="", fileobj=file, mode="wb", compresslevel=6, mtime=0) as packed:
            yield cast(BinaryIO, packed)
    elif packing:
        import pyarrow as pa

        with pa.CompressedOutputStream(file, "zstd") as packed:
            yield cast(BinaryIO, packed)
    else:
        yield file
