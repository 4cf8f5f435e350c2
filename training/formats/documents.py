"""A document: a text with its entities as some format holds it. They may nest, overlap and be in several parts."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from model.tags.schemes import EntitySpan

Part = tuple[int, int]  # half-open, in code points of the text


class Span(NamedTuple):
    """An entity as it was annotated: its label, and its part, or parts in order."""

    label: str
    parts: tuple[Part, ...]

    @property
    def start(self) -> int:
        """Where its first part begins."""
        return self.parts[0][0]

    @property
    def end(self) -> int:
        """Where its last part ends."""
        return self.parts[-1][1]


@dataclass(frozen=True, slots=True)
class Document:
    """A text, its spans, and where it stands."""

    text: str
    spans: tuple[Span, ...] = ()
    path: str = ""
    line: int = 0  # or its number among the records of a JSON array, counted from 1
    where: str = ""  # the same for messages
    has_lines: bool = False  # its lines are those of the file


def whole(span: EntitySpan) -> Span:
    """Return an entity in one part.

    >>> whole(EntitySpan(1, 3, "LOC"))
    Span(label='LOC', parts=((1, 3),))
    """
    return Span(span.label, ((span.start, span.end),))


def join_parts(text: str, parts: Iterable[Part]) -> tuple[Part, ...]:
    """Return the parts, those with nothing but white space between as one: so brat writes a line break inside.

    >>> join_parts("北京 大学", [(0, 2), (3, 5)])
    ((0, 5),)
    """
    joined: list[Part] = []
    for start, end in sorted(parts):
        if joined and not text[joined[-1][1] : start].strip():
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return tuple(joined)
