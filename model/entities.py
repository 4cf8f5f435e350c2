"""What is found in a text: entities, and what else is asked for."""

from dataclasses import dataclass, field
from typing import NamedTuple

from model.crf.nbest import Alternative
from model.tags.schemes import EntitySpan


class Entity(NamedTuple):
    """An entity of a text: text[start:end], half-open, in code points of the text as given.

    score: the probability that exactly these characters are an entity with this label, 0 to 1.
    """

    start: int
    end: int
    text: str
    label: str
    score: float

    @property
    def span(self) -> EntitySpan:
        """Where and what the entity is, without text and score."""
        return EntitySpan(self.start, self.end, self.label)


@dataclass(slots=True)
class Tagging:
    """What the tagger says of one text; `tags` (BIO, one per code point) and `nbest` only when asked for."""

    entities: list[Entity] = field(default_factory=list)
    unknown_chars: int = 0
    tags: list[str] | None = None
    nbest: list[Alternative] | None = None
