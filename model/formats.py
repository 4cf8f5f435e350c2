"""A tagged text in the forms that people read and programs parse: JSON lines, BIO, inline."""

import json
import re
from collections.abc import Callable, Sequence

from model.tagger import Entity

Form = Callable[[str, Sequence[Entity]], str]

_NOT_IN_BIO = re.compile("[\\s\0\ufeff\ud800-\udfff]")


def to_jsonl(text: str, entities: Sequence[Entity]) -> str:
    r"""Return one line of JSON: the text and its entities, offsets in code points.

    >>> to_jsonl("去北京", [Entity(1, 3, "北京", "LOC", 0.9)])
    '{"text": "去北京", "entities": [{"start": 1, "end": 3, "text": "北京", "label": "LOC", "score": 0.9}]}\n'
    """
    line = {"text": text, "entities": [entity._asdict() for entity in entities]}
    return json.dumps(line, ensure_ascii=False) + "\n"


def to_bio(text: str, entities: Sequence[Entity]) -> str:
    r"""Return one "character TAB tag" line per character, as corpora have them, and an empty line at the end.

    What a corpus has no place for is left out: white space, NUL, half an emoji, and a byte order mark, which
    would vanish in reading; a line break becomes an empty line. An entity with such a character inside loses it
    and goes on.

    >>> to_bio("去 北京\n好", [Entity(1, 4, " 北京", "LOC", 0.9)])
    '去\tO\n北\tB-LOC\n京\tI-LOC\n\n好\tO\n\n'
    """
    parts, position = [], 0
    for start, end, _, label, _ in entities:
        parts.append(_bio_rows(text[position:start], "O", "O"))
        parts.append(_bio_rows(text[start:end], f"B-{label}", f"I-{label}"))
        position = end
    return "".join([*parts, _bio_rows(text[position:], "O", "O"), "\n"])


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


def _bio_rows(part: str, first: str, other: str) -> str:
    """Return the rows of the characters of one entity, or of none; every line has its own first tag."""
    lines = [_NOT_IN_BIO.sub("", line) for line in part.split("\n")]
    # str.join walks the characters, so that a megabyte takes milliseconds.
    return "\n".join(
        line and f"{line[0]}\t{first}\n" + f"\t{other}\n".join([*line[1:], ""]) for line in lines
    )
