"""A document: a text with its entities as some format holds it. They may nest, overlap and be in several parts."""

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


def whole(span: EntitySpan) -> Span:
    """Return an entity in one part.

    >>> whole(EntitySpan(1, 3, "LOC"))
    Span(label='LOC', parts=((1, 3),))
    """
    return Span(span.label, ((span.start, span.end),))
