"""Records with a list of entities, or of [start, end, label]: doccano's two shapes, and what `zitag tag` prints.

{"id": 1, "text": "小明在北京", "label": [[0, 2, "PER"], [3, 5, "LOC"]]}                                    doccano
{"id": 1, "text": "小明在北京", "entities": [{"id": 7, "label": "PER", "start_offset": 0, "end_offset": 2}]}  doccano
{"text": "小明在北京", "entities": [{"start": 0, "end": 2, "text": "小明", "label": "PER", "score": 0.99}]}    zitag
"""

from typing import Any

from training.corpus.errors import LineError, quote
from training.formats.documents import Document, Span
from training.formats.records.fields import Place, list_in, span_in, text_in
from training.formats.records.reader import Record

_ROW = "export a project of sequence labelling: [start, end, label] for each entity"


def is_doccano(value: dict[str, Any]) -> bool:
    """Return whether a record is one of doccano's.

    >>> is_doccano({"text": "小明", "label": [[0, 2, "PER"]]}), is_doccano({"text": "小明", "entities": []})
    (True, False)
    """
    if any(isinstance(value.get(name), list) for name in ("label", "labels")):
        return "text" in value or "data" in value
    return _has_items(value, "entities", "start_offset") or _has_items(value, "annotations", "start_offset")


def is_zitag(value: dict[str, Any]) -> bool:
    """Return whether a record is one that `zitag tag --format jsonl` prints."""
    return "text" in value and isinstance(value.get("entities"), list)


def read_entities(record: Record, place: Place) -> tuple[str, list[Span]]:
    """Return the text and the spans of a record in any of the three shapes."""
    value = record.value
    text = text_in(value, "text", "data")
    rows = [*list_in(value, "label"), *list_in(value, "labels")]
    items = [*list_in(value, "entities"), *list_in(value, "annotations")]
    return text, [
        *(_span_of_row(text, row, place) for row in rows),
        *(_span_of(text, one, place) for one in items),
    ]


def to_doccano(document: Document, number: int) -> dict[str, Any]:
    """Return a document as doccano imports and exports it."""
    rows = [[span.start, span.end, span.label] for span in document.spans]
    return {"id": number, "text": document.text, "label": rows}


def to_zitag(document: Document, number: int) -> dict[str, Any]:
    """Return a document as `zitag tag` prints it, without probabilities."""
    text = document.text
    entities = [
        {"start": span.start, "end": span.end, "text": text[span.start : span.end], "label": span.label}
        for span in document.spans
    ]
    return {"text": text, "entities": entities}


def _has_items(value: dict[str, Any], name: str, field: str) -> bool:
    items = value.get(name)
    return isinstance(items, list) and any(isinstance(item, dict) and field in item for item in items)


def _span_of_row(text: str, row: Any, place: Place) -> Span:
    if not isinstance(row, list) or len(row) != 3:
        raise LineError("[start, end, label] for each entity", quote(row), _ROW)
    start, end, label = row
    return span_in(text, start, end, label, place)


def _span_of(text: str, item: Any, place: Place) -> Span:
    if not isinstance(item, dict):
        raise LineError("an object for each entity", quote(item), "give its start, end and label")
    start, end = (item.get(name, item.get(f"{name}_offset")) for name in ("start", "end"))
    return span_in(text, start, end, item.get("label"), place, item.get("text"))
