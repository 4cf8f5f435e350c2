"""Rows with their entities, as bytes: JSON lines that keep each row as it was, or the forms of `zitag tag`."""

import json
from collections.abc import Sequence
from typing import BinaryIO, Protocol

from model.bulk.job import Options
from model.bulk.rows.reading import Batch, Found
from model.formats import FORMS
from model.tagger import Entity

_LINE_BREAKS = str.maketrans("\r\n", "  ")


class Writer(Protocol):
    """Takes the rows of a split, in order."""

    def write(self, batch: Batch, found: Found) -> None: ...  # noqa: D102


class LineWriter:
    """Writes a row a line; in forms without fields a bad row is an empty one."""

    def __init__(self, file: BinaryIO, form: str, options: Options) -> None:
        self._file, self._form, self._options = file, form, options

    def write(self, batch: Batch, found: Found) -> None:
        """Write a batch."""
        if self._form == "jsonl":
            rows = zip(batch.fields, found, batch.errors, strict=True)
            lines = [_json_line(*row, self._options) for row in rows]
        else:
            lines = [self._plain(text, of_row) for text, of_row in zip(batch.texts, found, strict=True)]
        # A lone surrogate becomes \udXXX, as JSON spells it.
        self._file.write("".join(lines).encode("utf-8", "backslashreplace"))

    def _plain(self, text: str | None, found: Sequence[Entity] | None) -> str:
        text, found = text or "", found or ()
        if self._form == "inline":  # on one line
            text = text.translate(_LINE_BREAKS)
            found = [entity._replace(text=text[entity.start : entity.end]) for entity in found]
        return FORMS[self._form](text, found)


def _json_line(fields: str, found: Sequence[Entity] | None, error: str | None, options: Options) -> str:
    r"""Return a row with what was found added at its end; all before that stays as it was written.

    >>> _json_line('{"id": 1.50}', [], None, Options())
    '{"id": 1.50, "entities": []}\n'
    >>> _json_line("{}", None, "no JSON", Options())
    '{"entities": null, "error": "no JSON"}\n'
    """
    entities = None if found is None else [entity._asdict() for entity in found]
    added: dict[str, object] = {options.entities_field: entities}
    if error is not None:
        added[options.error_field] = error
    own = fields[:-1].rstrip()
    return f"{own}{'' if own == '{' else ', '}{json.dumps(added, ensure_ascii=False)[1:]}\n"
