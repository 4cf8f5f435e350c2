"""From what the tagger found to the bytes of the answer.

TagRequest, texts, Taggings --native_answer--> dict --to_json--> UTF-8 JSON
"""

import json
from collections.abc import Sequence
from typing import Any

from pydantic_core import PydanticSerializationError
from pydantic_core import to_json as _to_json

from app.api.offsets import convert_offsets
from app.api.schemas import Options, TagRequest
from app.min_score import least_score
from model.crf.nbest import Alternative
from model.tagger import Entity, Tagging


def native_answer(
    request: TagRequest, texts: Sequence[str], taggings: Sequence[Tagging], bundle: str
) -> dict[str, Any]:
    """Return the members of `OneAnswer` if the request has one `text`, else of `ManyAnswer`."""
    results = [text_answer(request, text, tagging) for text, tagging in zip(texts, taggings, strict=True)]
    if request.texts is None:
        return {**results[0], "bundle": bundle}
    return {"results": results, "bundle": bundle}


def text_answer(options: Options, text: str, tagging: Tagging) -> dict[str, Any]:
    """Return the members of `TextAnswer`."""
    entities = select(options, tagging.entities)
    answer: dict[str, Any] = {
        "entities": [
            {"start": start, "end": end, "text": entity.text, "label": entity.label, "score": entity.score}
            for entity, (start, end) in zip(entities, spans_in_unit(options, text, entities), strict=True)
        ]
    }
    if "tags" in options.include:
        answer["tags"] = tagging.tags
    if "nbest" in options.include:
        answer["nbest"] = [_alternative(options, text, alternative) for alternative in tagging.nbest or ()]
    return answer


def select(options: Options, entities: Sequence[Entity]) -> Sequence[Entity]:
    """Return the entities that the client wants to see.

    >>> found = [Entity(0, 2, "小明", "PER", 0.6), Entity(3, 5, "上海", "LOC", 0.9)]
    >>> [entity.text for entity in select(Options(min_score=0.7), found)]
    ['上海']
    """
    ignored = options.ignored_labels
    if options.labels is None and options.min_score == 0 and not ignored:
        return entities
    wanted = None if options.labels is None else frozenset(options.labels) - ignored
    return [
        entity
        for entity in entities
        if entity.score >= least_score(options.min_score, entity.label)
        and (entity.label not in ignored if wanted is None else entity.label in wanted)
    ]


def spans_in_unit(options: Options, text: str, entities: Sequence[Any]) -> Sequence[tuple[int, int]]:
    """Return start and end of each entity in the unit asked for; entities are in order and do not overlap."""
    if options.offset_unit == "codepoint":
        return [(entity.start, entity.end) for entity in entities]
    offsets = [offset for entity in entities for offset in (entity.start, entity.end)]
    converted = convert_offsets(text, offsets, options.offset_unit)
    return list(zip(converted[::2], converted[1::2], strict=True))


def to_json(document: Any) -> bytes:
    r"""Return a document as UTF-8 JSON; in ASCII if it holds half an emoji, which UTF-8 cannot say.

    >>> to_json({"text": "北京"}).decode(), to_json("\ud83d")
    ('{"text":"北京"}', b'"\\ud83d"')
    """
    try:
        return _to_json(document)
    except PydanticSerializationError:
        return json.dumps(document, separators=(",", ":")).encode("ascii")


def _alternative(options: Options, text: str, alternative: Alternative) -> dict[str, Any]:
    spans = spans_in_unit(options, text, alternative.entities)
    return {
        "entities": [
            {"start": start, "end": end, "label": entity.label}
            for entity, (start, end) in zip(alternative.entities, spans, strict=True)
        ],
        "probability": alternative.probability,
    }
