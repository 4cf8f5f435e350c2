"""The records of a file: JSON Lines, arrays, or objects one after another, plain or packed; or the rows of Parquet.

JSON Lines are read line by line. Of the others the text is held in memory, and one record at a time.
"""

import json
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

from training.corpus.errors import CorpusError, quote
from training.corpus.faults.encodings import remedy_for
from training.corpus.lines import BYTE_ORDER_MARKS, MAX_TEXT_LINE_BYTES, read_blocks, read_chunks
from training.formats.records.parquet import is_parquet, read_rows

_BETWEEN = " \t\r\n,"
_EXPORT = "export the file again, or mend it there"


class Record(NamedTuple):
    """One JSON object, its place for messages, and its number: of its line, or among the records."""

    value: dict[str, Any]
    where: str
    number: int
    names: tuple[str, ...] = ()  # of tags that are numbers in it, where the file has them


def read_records(path: Path, codec: str = "utf-8") -> Iterator[Record]:
    """Yield the records of a file. Raises CorpusError with the place of whatever is no JSON object."""
    if is_parquet(path):
        return (
            Record(row, f"{path}: record {number:,}", number, names)
            for number, (row, names) in enumerate(read_rows(path), 1)
        )
    lines = _read_lines(path, codec)
    first = next(lines, None)
    if first is None:
        raise CorpusError(str(path), "at least one record", "an empty file", "leave it out")
    if _is_object(first[1]):
        return (_parse(path, number, line) for number, line in chain([first], lines))
    return _read_whole(path, codec)


def _read_lines(path: Path, codec: str) -> Iterator[tuple[int, str]]:
    """Yield the lines that hold something, with their numbers."""
    for block in read_blocks(path, codec, max_line_bytes=MAX_TEXT_LINE_BYTES):
        for number, line in enumerate(block.lines, block.number):
            if line.strip():
                yield number, _decode(line, f"{path}:{number}", codec)


def _decode(content: bytes, where: str, codec: str) -> str:
    try:
        return content.decode(codec)
    except UnicodeDecodeError as error:
        got = f"byte 0x{error.object[error.start]:02x} at byte offset {error.start:,}"
        raise CorpusError(where, f"text in {codec}", got, remedy_for(error, others_decode=False)) from error


def _is_object(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _parse(path: Path, number: int, line: str) -> Record:
    where = f"{path}:{number}"
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise CorpusError(where, "a JSON object on each line", _reason(error, line), _EXPORT) from error
    return Record(_object(value, where), where, number)


def _read_whole(path: Path, codec: str) -> Iterator[Record]:
    content = b"".join(read_chunks(path)).removeprefix(BYTE_ORDER_MARKS[codec])
    text = _decode(content, str(path), codec)
    decoder, position, number, in_array = json.JSONDecoder(), _skip(text, 0), 0, False
    while position < len(text):
        if text[position] == ("]" if in_array else "["):
            in_array, position = not in_array, _skip(text, position + 1)
            continue
        number += 1
        where = f"{path}: record {number:,}"
        try:
            value, position = decoder.raw_decode(text, position)
        except (ValueError, RecursionError) as error:
            line = text.count("\n", 0, getattr(error, "pos", position)) + 1
            got = _reason(error, text[position : position + 200])
            raise CorpusError(f"{path}:{line}", f"record {number:,} to be JSON", got, _EXPORT) from error
        yield Record(_object(value, where), where, number)
        position = _skip(text, position)
    if in_array:
        got = f"the end of the file after {number:,} records"
        raise CorpusError(
            str(path), "the ] that ends its array", got, "export the file again: it is cut short"
        )
    if number == 0:
        raise CorpusError(str(path), "at least one record", "none", "leave the file out")


def _skip(text: str, position: int) -> int:
    while position < len(text) and text[position] in _BETWEEN:
        position += 1
    return position


def _reason(error: Exception, content: str) -> str:
    """Return what came, and why it is no JSON."""
    reason = getattr(error, "msg", "") or "nested too deeply, or a number too long"
    return f"{quote(content)} ({reason})"


def _object(value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        got = quote(_as_json(value))
        raise CorpusError(where, "a JSON object for each record", got, "see docs/formats.md for what is read")
    return value


def _as_json(value: Any) -> Any:
    try:
        return json.dumps(value, ensure_ascii=False)
    except RecursionError:
        return value
