"""A tagged text in the forms that people read and programs parse: JSON lines, BIO, inline."""

import json
from collections.abc import Callable, Sequence

from model.scheme import tags_from_spans
from model.tagger import Entity

Form = Callable[[str, Sequence[Entity]], str]


def to_jsonl(text: str, entities: Sequence[Entity]) -> str:
    r"""Return one line of JSON: the text and its entities, offsets in code points.

    >>> to_jsonl("去北京", [Entity(1, 3, "北京", "LOC", 0.9)])
    '{"text": "去北京", "entities": [{"start": 1, "end": 3, "text": "北京", "label": "LOC", "score": 0.9}]}\n'
    """
    line = {"text": text, "entities": [entity._asdict() for entity in entities]}
    return json.dumps(line, ensure_ascii=False) + "\n"


def to_bio(text: str, entities: Sequence[Entity]) -> str:
    r"""Return one "character TAB tag" line per character and an empty line, as corpora have them.

    White space and NUL are left out: a BIO file has no place for them.

    >>> to_bio("去 北京", [Entity(2, 4, "北京", "LOC", 0.9)])
    '去\tO\n北\tB-LOC\n京\tI-LOC\n\n'
    """
    tags = tags_from_spans([entity.span for entity in entities], len(text))
    rows = zip(text, tags, strict=True)
    return "".join(f"{char}\t{tag}\n" for char, tag in rows if not char.isspace() and char != "\0") + "\n"


def to_inline(text: str, entities: Sequence[Entity]) -> str:
    r"""Return the text with each entity in brackets, its label behind it, on one line.

    >>> to_inline("小明去北京", [Entity(0, 2, "小明", "PER", 0.9), Entity(3, 5, "北京", "LOC", 0.8)])
    '[小明 PER]去[北京 LOC]\n'
    """
    parts, position = [], 0
    for start, end, found, label, _ in entities:
        parts += [text[position:start], f"[{found} {label}]"]
        position = end
    return "".join([*parts, text[position:], "\n"])


FORMS: dict[str, Form] = {"jsonl": to_jsonl, "bio": to_bio, "inline": to_inline}
