"""The formats that clients already parse, each a pure projection of the same taggings.

TagRequest, texts, Taggings --FORMATS[request.format]--> document --formatted_answer--> JSON, or plain text for `bio`

| format     | of one text                                              | made for                          |
|------------|----------------------------------------------------------|-----------------------------------|
| `native`   | `OneAnswer`                                              | this service's own clients        |
| `hf`       | `[{entity_group, score, word, start, end}]`              | transformers' token-classification |
| `presidio` | `[{entity_type, start, end, score, analysis_explanation}]` | presidio-analyzer                |
| `doccano`  | `[{label, start_offset, end_offset}]`                    | doccano's auto labelling          |
| `bio`      | `character TAB tag` lines                                | corpora, `python -m training.fit` |

Of several texts: a list of these, except `native` (`ManyAnswer`) and `bio` (an empty line after each).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from app.api.answers import native_answer, select, spans_in_unit, to_json
from app.api.schemas import Format, TagRequest
from app.http.asgi import json_answer
from app.problems import Answer
from model.formats import to_bio
from model.tagger import Entity, Tagging

Item = Callable[[Entity, int, int], dict[str, Any]]
Projection = Callable[[TagRequest, Sequence[str], Sequence[Tagging], str], Any]

BIO_TYPE = b"text/plain; charset=utf-8"


def formatted_answer(
    request: TagRequest, texts: Sequence[str], taggings: Sequence[Tagging], bundle: str
) -> Answer:
    """Return the answer to a request in the format that it asks for."""
    document = FORMATS[request.format](request, texts, taggings, bundle)
    if not isinstance(document, str):
        return json_answer(to_json(document))
    body = document.encode("utf-8")
    return Answer(200, [(b"content-type", BIO_TYPE), (b"content-length", b"%d" % len(body))], body)


def _bio_answer(request: TagRequest, texts: Sequence[str], taggings: Sequence[Tagging], _: str) -> str:
    return "".join(
        to_bio(text, select(request, tagging.entities)) for text, tagging in zip(texts, taggings, strict=True)
    )


def _in_lists(item: Item) -> Projection:
    """Return the projection of one text to a list of items, of several to a list of lists."""

    def project(request: TagRequest, texts: Sequence[str], taggings: Sequence[Tagging], _: str) -> Any:
        lists = []
        for text, tagging in zip(texts, taggings, strict=True):
            entities = select(request, tagging.entities)
            spans = spans_in_unit(request, text, entities)
            lists.append([item(entity, *span) for entity, span in zip(entities, spans, strict=True)])
        return lists if request.text is None else lists[0]

    return project


def _hf_item(entity: Entity, start: int, end: int) -> dict[str, Any]:
    return {
        "entity_group": entity.label,
        "score": entity.score,
        "word": entity.text,
        "start": start,
        "end": end,
    }


def _presidio_item(entity: Entity, start: int, end: int) -> dict[str, Any]:
    return {
        "entity_type": entity.label,
        "start": start,
        "end": end,
        "score": entity.score,
        "analysis_explanation": None,
    }


def _doccano_item(entity: Entity, start: int, end: int) -> dict[str, Any]:
    return {"label": entity.label, "start_offset": start, "end_offset": end}


FORMATS: Mapping[Format, Projection] = {
    "native": native_answer,
    "hf": _in_lists(_hf_item),
    "presidio": _in_lists(_presidio_item),
    "doccano": _in_lists(_doccano_item),
    "bio": _bio_answer,
}
