"""CLUENER's records: for each label the texts of its entities, and where each stands; ends are inclusive.

{"text": "小明在北京", "label": {"name": {"小明": [[0, 1]]}, "address": {"北京": [[3, 4]]}}}
"""

from typing import Any

from training.corpus.errors import LineError, quote
from training.formats.documents import Document, Span
from training.formats.records.fields import Place, span_in, text_in
from training.formats.records.reader import Record

_SHAPE = 'write {"label": {LABEL: {TEXT: [[first, last], ...]}}}'


def is_cluener(value: dict[str, Any]) -> bool:
    """Return whether a record is one of CLUENER.

    >>> is_cluener({"text": "小明", "label": {"name": {"小明": [[0, 1]]}}}), is_cluener({"text": "小明", "label": []})
    (True, False)
    """
    return "text" in value and isinstance(value.get("label"), dict)


def read_cluener(record: Record, place: Place) -> tuple[str, list[Span]]:
    """Return the text and the spans of a record."""
    text, spans = text_in(record.value, "text"), []
    for label, surfaces in _items(record.value.get("label") or {}):
        for surface, places in _items(surfaces):
            for pair in places if isinstance(places, list) else [places]:
                if not isinstance(pair, list) or len(pair) != 2:
                    raise LineError("[first, last] for each entity", quote(pair), _SHAPE)
                first, last = pair
                spans.append(span_in(text, first, last, label, place, surface, is_last=True))
    return text, sorted(spans, key=lambda span: span.parts)


def to_cluener(document: Document, number: int) -> dict[str, Any]:
    """Return a document as CLUENER has them."""
    label: dict[str, dict[str, list[list[int]]]] = {}
    for span in document.spans:
        surface = document.text[span.start : span.end]
        label.setdefault(span.label, {}).setdefault(surface, []).append([span.start, span.end - 1])
    return {"text": document.text, "label": label}


def _items(value: Any) -> list[tuple[str, Any]]:
    if not isinstance(value, dict):
        raise LineError("an object of labels, and of texts in each", quote(value), _SHAPE)
    return list(value.items())
