"""Label Studio's tasks: its JSON export, and JSON_MIN, which has one annotation with the task's data in one object.

{"id": 1, "data": {"text": "小明在北京"}, "annotations": [{"result": [{"type": "labels", "from_name": "label",
    "to_name": "text", "value": {"start": 0, "end": 2, "text": "小明", "labels": ["PER"]}}]}]}
{"text": "小明在北京", "label": [{"start": 0, "end": 2, "text": "小明", "labels": ["PER"]}], "annotator": 1}
"""

from collections.abc import Callable, Iterable
from typing import Any

from training.corpus.errors import LineError, quote
from training.corpus.tally import Finding
from training.formats.documents import Document, Span
from training.formats.records.fields import Place, checked_text, list_in, span_in
from training.formats.records.reader import Record

UNTAGGED = Finding("task has no annotation", "tasks have no annotation", "left out")
SEVERAL = Finding(
    "task has several annotations",
    "tasks have several annotations",
    "the first is read, a ground truth before others",
)
OTHER = Finding("annotation is no span of text", "annotations are no spans of text", "left out")
_EXPORT = "export the project as JSON"


def is_label_studio(value: dict[str, Any]) -> bool:
    """Return whether a record is a task of Label Studio's JSON.

    >>> is_label_studio({"data": {"text": "小明"}, "annotations": []})
    True
    """
    return isinstance(value.get("data"), dict) and isinstance(
        value.get("annotations", value.get("completions")), list
    )


def is_label_studio_min(value: dict[str, Any]) -> bool:
    """Return whether a record is one of Label Studio's JSON_MIN."""
    return "annotation_id" in value or bool(_regions(value))


def read_label_studio(record: Record, place: Place) -> tuple[str, list[Span]] | None:
    """Return the text and the spans of a task; None, which is counted, where nobody has annotated it."""
    annotations = [one for one in _annotations(record.value) if not one.get("was_cancelled")]
    if not annotations:
        place.tally.add(UNTAGGED, place.where)
        return None
    if len(annotations) > 1:
        place.tally.add(SEVERAL, place.where)
    annotation = max(annotations, key=lambda one: bool(one.get("ground_truth")))
    results = list_in(annotation, "result")
    regions = [
        one["value"]
        for one in results
        if isinstance(one, dict) and one.get("type") == "labels" and isinstance(one.get("value"), dict)
    ]
    for _ in range(len(results) - len(regions)):
        place.tally.add(OTHER, place.where)
    data = record.value.get("data")
    if not isinstance(data, dict):
        raise LineError("an object in 'data'", quote(data), _EXPORT)
    text = _text(data, regions)
    return text, list(_spans(text, regions, place))


def read_label_studio_min(record: Record, place: Place) -> tuple[str, list[Span]]:
    """Return the text and the spans of a record of JSON_MIN."""
    regions = _regions(record.value)
    text = _text(record.value, regions)
    return text, list(_spans(text, regions, place))


def to_label_studio(document: Document, number: int) -> dict[str, Any]:
    """Return a document as a task that Label Studio imports, of <Labels name="label" toName="text"> over $text."""
    results = [
        {
            "id": f"{number}-{index}",
            "from_name": "label",
            "to_name": "text",
            "type": "labels",
            "value": region,
        }
        for index, region in enumerate(_to_regions(document))
    ]
    return {"id": number, "data": {"text": document.text}, "annotations": [{"result": results}]}


def to_label_studio_min(document: Document, number: int) -> dict[str, Any]:
    """Return a document as JSON_MIN has them."""
    return {"id": number, "text": document.text, "label": _to_regions(document), "annotation_id": number}


def _to_regions(document: Document) -> list[dict[str, Any]]:
    return [
        {"start": start, "end": end, "text": document.text[start:end], "labels": [span.label]}
        for span in document.spans
        for start, end in [(span.start, span.end)]
    ]


def _annotations(value: dict[str, Any]) -> Iterable[dict[str, Any]]:
    name = "annotations" if "annotations" in value else "completions"  # so called before version 1.0
    for annotation in list_in(value, name):
        if not isinstance(annotation, dict):
            raise LineError("an object for each annotation", quote(annotation), _EXPORT)
        yield annotation


def _regions(value: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the regions of a record of JSON_MIN: in a field that has the name of the <Labels> tag."""
    lists = [one for one in value.values() if isinstance(one, list)]
    return [
        item
        for items in lists
        for item in items
        if isinstance(item, dict) and "labels" in item and "start" in item
    ]


def _text(data: dict[str, Any], regions: list[dict[str, Any]]) -> str:
    """Return the text that was annotated: `text`, or what else has the text of the regions where they stand."""
    if "text" in data:
        return checked_text(data["text"], "text")
    texts = {name: value for name, value in data.items() if isinstance(value, str)}
    fitting = (
        {name: text for name, text in texts.items() if all(map(_fits(text), regions))} if regions else texts
    )
    if len(fitting) != 1:
        got = f"the fields {', '.join(map(repr, texts)) or 'none with a text'}"
        raise LineError("one field that holds the text", got, "name it 'text', or take the other fields out")
    [(name, text)] = fitting.items()
    return checked_text(text, name)


def _fits(text: str) -> Callable[[dict[str, Any]], bool]:
    return lambda region: not isinstance(region.get("text"), str) or region["text"] in text


def _spans(text: str, regions: Iterable[dict[str, Any]], place: Place) -> Iterable[Span]:
    for region in regions:
        for label in list_in(region, "labels"):
            yield span_in(text, region.get("start"), region.get("end"), label, place, region.get("text"))
