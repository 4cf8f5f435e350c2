"""Tag schemes as tables: tags to entity spans and back, for one sentence of any corpus.

spans --tags_from_spans--> tags --spans_from_tags--> spans
"""

from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

# Those that a network may have; a corpus may have any of SCHEMES.
SchemeName = Literal["BIO", "BIOES"]
OUTSIDE = "O"


class Scheme(NamedTuple):
    """The prefixes of the first, middle and last character of an entity, and of an only one."""

    first: str
    middle: str
    last: str
    single: str

    def opens(self, prefix: str) -> bool:
        """Return whether an entity may begin with this prefix."""
        return prefix in (self.single, self.first)

    def continues(self, prefix: str) -> bool:
        """Return whether an entity may go on after this prefix."""
        return prefix in (self.first, self.middle)

    def closes(self, prefix: str) -> bool:
        """Return whether an entity may end with this prefix."""
        return prefix in (self.single, self.last)


# Where a corpus fits several, the first one is meant. IOB1, in which B stands only between two entities of a label
# side by side, is none that tags can be written in.
SCHEMES: dict[str, Scheme] = {
    "BIO": Scheme(first="B", middle="I", last="I", single="B"),
    "BIOES": Scheme(first="B", middle="I", last="E", single="S"),
    "BMES": Scheme(first="B", middle="M", last="E", single="S"),
    "BMEWO": Scheme(first="B", middle="M", last="E", single="W"),
}

# Prefixes of BMES, BMEWO and BILOU corpora, by their BIOES name.
_SAME_PREFIX = {"B": "B", "I": "I", "M": "I", "E": "E", "L": "E", "S": "S", "W": "S", "U": "S"}


class TagError(ValueError):
    """A tag or a span that fits no scheme."""


class EntitySpan(NamedTuple):
    """An entity as a half-open range of characters."""

    start: int
    end: int
    label: str


def spans_from_tags(tags: Sequence[str]) -> list[EntitySpan]:
    """Return the entity spans that tags describe, in order.

    BIO, IOB1, BIOES, BMES, BMEWO and BILOU are read alike, as in conlleval (CoNLL-2000): an entity goes on
    from B or I into I or E of the same label, and nowhere else. So a stray I- opens a span, and one left open
    ends where the next tag doesn't go on.

    Raises TagError on anything but "O" or a known prefix, "-" and a label.

    >>> spans_from_tags(["B-PER", "I-PER", "O", "I-LOC"])
    [EntitySpan(start=0, end=2, label='PER'), EntitySpan(start=3, end=4, label='LOC')]
    """
    scheme = SCHEMES["BIOES"]
    spans: list[EntitySpan] = []
    may_go_on = ""  # the label that the tag before may be continued with
    for position, tag in enumerate(tags):
        prefix, label = _split_tag(tag, position)
        if label and label == may_go_on and not scheme.opens(prefix):
            spans[-1] = spans[-1]._replace(end=position + 1)
        elif label:
            spans.append(EntitySpan(position, position + 1, label))
        may_go_on = label if scheme.continues(prefix) else ""
    return spans


def tags_from_spans(spans: Iterable[EntitySpan], length: int, scheme: SchemeName = "BIO") -> list[str]:
    """Return the tags of a sentence of length characters with these entities.

    Raises TagError if a span is empty, leaves the sentence, has no label, or overlaps another.

    >>> tags_from_spans([EntitySpan(0, 2, "PER")], 3, "BIOES")
    ['B-PER', 'E-PER', 'O']
    """
    table = SCHEMES[scheme]
    tags = [OUTSIDE] * length
    for span in spans:
        start, end, label = span
        if not (0 <= start < end <= length and label):
            raise TagError(f"{span!r}: expected a label and a range within 0 to {length}")
        if any(tag != OUTSIDE for tag in tags[start:end]):
            raise TagError(f"{span!r}: expected no overlap, but another span covers part of it")
        middle = [table.middle] * (end - start - 2)
        prefixes = [table.single] if end - start == 1 else [table.first, *middle, table.last]
        tags[start:end] = [f"{prefix}-{label}" for prefix in prefixes]
    return tags


def _split_tag(tag: str, position: int) -> tuple[str, str]:
    """Return a tag's BIOES prefix and label, both empty for O."""
    if tag == OUTSIDE:
        return "", ""
    prefix, _, label = tag.partition("-")
    if prefix not in _SAME_PREFIX or not label:
        expected = "/".join(_SAME_PREFIX)
        raise TagError(f"tag {position}: expected 'O' or {expected}, '-' and a label, got {tag!r}")
    return _SAME_PREFIX[prefix], label
