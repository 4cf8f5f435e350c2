"""Parquet files as rows, by pyarrow, which the extra `bulk` installs: Hugging Face's data sets come so.

The names of tags that are numbers stand in the file's metadata, where `datasets` puts them.
"""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from training.corpus.errors import CorpusError

MAGIC = b"PAR1"
_ROWS = 1000  # in memory at a time


def is_parquet(path: Path) -> bool:
    """Return whether a path is a Parquet file, by its first bytes."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC


def read_rows(path: Path) -> Iterator[tuple[dict[str, Any], tuple[str, ...]]]:
    """Yield each row of a file, with the names of its tags. Raises CorpusError for a file that is damaged."""
    import pyarrow
    import pyarrow.parquet

    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            names = _names(file.schema_arrow.metadata or {})
            for batch in file.iter_batches(batch_size=_ROWS):
                for row in batch.to_pylist():
                    yield row, names
    except (pyarrow.ArrowException, OSError, ValueError) as error:
        raise CorpusError(str(path), "a whole Parquet file", str(error), "fetch the file again") from error


def write_tokens(path: Path, rows: Iterable[tuple[list[str], list[str]]], tags: list[str]) -> None:
    """Write tokens and tags, these as numbers with `tags` as their names, so that `datasets` reads the names too."""
    import pyarrow
    import pyarrow.parquet

    features = {
        "tokens": {"feature": {"dtype": "string", "_type": "Value"}, "_type": "Sequence"},
        "ner_tags": {"feature": {"names": tags, "_type": "ClassLabel"}, "_type": "Sequence"},
    }
    fields = [("tokens", pyarrow.list_(pyarrow.string())), ("ner_tags", pyarrow.list_(pyarrow.int64()))]
    metadata = {"huggingface": json.dumps({"info": {"features": features}}, ensure_ascii=False)}
    schema = pyarrow.schema(fields, metadata=metadata)
    ids = {tag: index for index, tag in enumerate(tags)}
    with pyarrow.parquet.ParquetWriter(path, schema) as writer:
        for batch in _batches(rows):
            columns = [[tokens for tokens, _ in batch], [[ids[tag] for tag in row] for _, row in batch]]
            writer.write_table(pyarrow.table(columns, schema=schema))


def _names(metadata: dict[bytes, bytes]) -> tuple[str, ...]:
    """Return the names of the first feature that has any and holds tags."""
    try:
        features = json.loads(metadata.get(b"huggingface", b"{}"))["info"]["features"]
        found = [
            feature["feature"]["names"]
            for feature in features.values()
            if "names" in feature.get("feature", ())
        ]
    except (ValueError, KeyError, TypeError, AttributeError):
        return ()
    return next((tuple(names) for names in found if "O" in names), ())


def _batches(rows: Iterable[tuple[list[str], list[str]]]) -> Iterator[list[tuple[list[str], list[str]]]]:
    batch = []
    for row in rows:
        batch.append(row)
        if len(batch) == _ROWS:
            yield batch
            batch = []
    if batch:
        yield batch
