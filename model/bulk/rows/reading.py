"""Lines of text or JSON to batches of rows; a row that can't be tagged says why and keeps its place."""

import codecs
import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from model.bulk.job import Options
from model.bulk.rows.lines import Line
from model.tagger import Entity

# A batch is so many rows or characters: enough for the tagger to sort, little beside the bundle.
BATCH_ROWS = 2048
BATCH_CHARS = 1 << 16

_MOST_DIGITS = 4000  # Python reads 4300

# The entities of each row, None for one that was not tagged.
Found = Sequence[Sequence[Entity] | None]


@dataclass
class Batch:
    """Rows one after another.

    texts: None where `errors` says why. fields: each row's own fields, as the JSON of an object.
    places: for messages. table: the same rows as an Arrow record batch, where they come from Parquet.
    """

    texts: list[str | None] = field(default_factory=list)
    errors: list[str | None] = field(default_factory=list)
    fields: list[str] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    table: Any = None

    def add(self, place: str, text: str | None, error: str | None, fields: str) -> None:
        """Put a row at the end."""
        self.places.append(place)
        self.texts.append(text)
        self.errors.append(error)
        self.fields.append(fields)


class BadRowError(ValueError):
    """What is wrong with a row. fields: what is kept of it, as the JSON of an object."""

    def __init__(self, error: str, fields: str = "{}") -> None:
        super().__init__(error)
        self.fields = fields


def read_batches(
    lines: Iterator[Line], kind: str, name: str, start: int, options: Options
) -> Iterator[Batch]:
    """Yield the rows of lines of "text" or "jsonl", in order.

    name, start: of the file and the split's first byte, for messages.
    """
    after = f" after byte {start}" if start else ""
    parse = _parse_json if kind == "jsonl" else _parse_text
    batch, chars = Batch(), 0
    for number, line in enumerate(lines, 1):
        try:
            text, fields = parse(_decode(line, kind, options), options)
            batch.add("", text, None, fields)
        except BadRowError as error:
            batch.add(f"{name}: line {number}{after}", None, str(error), error.fields)
        chars += len(batch.fields[-1])
        if chars >= BATCH_CHARS or len(batch.texts) == BATCH_ROWS:
            yield batch
            batch, chars = Batch(), 0
    if batch.texts:
        yield batch


def check_text(text: str, fields: str, options: Options) -> str:
    """Return the text. Raises BadRowError for one over the limit."""
    if len(text) > options.max_chars:
        raise BadRowError(
            f"expected a text of at most {options.max_chars} characters, got {len(text)}", fields
        )
    return text


def _decode(line: Line, kind: str, options: Options) -> str:
    kept = '{"text": null}' if kind == "text" else "{}"
    if line.content is None:
        raise BadRowError(line.error, kept)
    content = line.content
    if line.offset == 0 and options.encoding == "utf-8":
        content = content.removeprefix(codecs.BOM_UTF8)
    try:
        return content.decode(options.encoding)
    except UnicodeDecodeError as error:
        wrong = content[error.start : error.start + 1]
        raise BadRowError(
            f"expected {options.encoding}, got byte {wrong!r} at byte {error.start} of the line", kept
        ) from error


def _parse_text(line: str, options: Options) -> tuple[str, str]:
    fields = json.dumps({"text": line}, ensure_ascii=False)
    return check_text(line, fields, options), fields


def _parse_json(line: str, options: Options) -> tuple[str, str]:
    """Return the text of a row and the row as it is written: numbers and repeated names stay what they are."""
    line = line.strip()
    try:
        row = json.loads(line, parse_int=_parse_int)
    except (ValueError, RecursionError) as error:
        raise BadRowError(f"expected a JSON object, got {_clip(line)} ({_why(error)})") from error
    if not isinstance(row, dict):
        raise BadRowError(f"expected a JSON object, got {_clip(line)}")
    for name, flag in ((options.entities_field, "--entities-field"), (options.error_field, "--error-field")):
        if name in row:
            raise BadRowError(f"expected no field {name!r}, which is ours; take {flag}", f'{{"row": {line}}}')
    if options.field not in row:
        raise BadRowError(f"expected the field {options.field!r}, got {_clip(', '.join(row))}", line)
    text = row[options.field]
    if not isinstance(text, str):
        raise BadRowError(f"{options.field}: expected a text, got {_clip(json.dumps(text))}", line)
    return check_text(text, line, options), line


def _parse_int(digits: str) -> float:
    """Return a whole number; one too long for Python is infinite here, and written as it was read."""
    return int(digits) if len(digits) <= _MOST_DIGITS else math.inf


def _why(error: ValueError | RecursionError) -> str:
    return "too deep" if isinstance(error, RecursionError) else str(error)


def _clip(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:60] + "…")
