"""The groups that entities are scored in apart: by label, by length, by sentence, seen in training or not.

an entity of a sentence --groups_of--> ("label", "ORG"), ("entity length", "4"), ("sentence length", "21 to 40")
"""

from bisect import bisect_left
from collections.abc import Collection, Iterator, Sequence

from model.tags.schemes import EntitySpan
from model.text import normalise

Group = tuple[str, str]  # of what kind, and its name

ALL: Group = ("all", "all")
LABEL, ENTITY, SENTENCE, SEEN, COPY = "label", "entity length", "sentence length", "seen", "copy"
SEEN_NAMES = ("seen in training", "not seen")
COPY_NAMES = ("in training too", "new")
# The longest of each group; what is longer is in one more.
_ENTITY_CHARS = (1, 2, 3, 4, 6, 9)
_SENTENCE_CHARS = (10, 20, 40, 80)


def groups_of(
    span: EntitySpan,
    text: str,
    known: Collection[tuple[str, str]] | None = None,
    is_copy: bool | None = None,
) -> Iterator[Group]:
    """Yield the groups of an entity.

    known: (normalised text, label) of those in training. is_copy: whether its sentence stands there.

    >>> list(groups_of(EntitySpan(0, 2, "LOC"), "北京的春天", {("北京", "LOC")}))[2:]
    [('entity length', '2'), ('sentence length', '1 to 10'), ('seen', 'seen in training')]
    """
    yield ALL
    yield LABEL, span.label
    yield ENTITY, _name(span.end - span.start, _ENTITY_CHARS)
    yield SENTENCE, _name(len(text), _SENTENCE_CHARS)
    if known is not None:
        is_seen = (normalise(text[span.start : span.end]), span.label) in known
        yield SEEN, SEEN_NAMES[not is_seen]
    if is_copy is not None:
        yield COPY, COPY_NAMES[not is_copy]


def in_order(groups: Collection[Group]) -> list[Group]:
    """Return the groups by kind, each kind in the order of its lengths or names."""
    order = {
        ENTITY: _names(_ENTITY_CHARS),
        SENTENCE: _names(_SENTENCE_CHARS),
        SEEN: SEEN_NAMES,
        COPY: COPY_NAMES,
    }

    def place(group: Group) -> tuple[str, int, str]:
        kind, name = group
        return kind, order[kind].index(name) if kind in order else 0, name

    return sorted(groups, key=place)


def _name(length: int, ends: Sequence[int]) -> str:
    return _names(ends)[bisect_left(ends, length)]


def _names(ends: Sequence[int]) -> list[str]:
    starts = [1, *(end + 1 for end in ends)]
    ranges = [
        str(end) if start == end else f"{start} to {end}" for start, end in zip(starts, ends, strict=False)
    ]
    return [*ranges, f"{starts[-1]} and more"]
