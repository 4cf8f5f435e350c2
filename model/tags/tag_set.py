"""The tags of a network: entity spans to tag ids and back, and which tag may follow which.

spans --TagSet.tag_ids--> int32 [chars] --network, CRF--> int32 [chars] --TagSet.spans--> spans
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

from model.machine.numba_cache import compiled, plain
from model.tags.schemes import (
    OUTSIDE,
    SCHEMES,
    EntitySpan,
    Scheme,
    SchemeName,
    TagError,
    spans_from_tags,
    tags_from_spans,
)

__all__ = ["EntitySpan", "SpanArrays", "TagError", "TagSet", "spans_from_tags", "tags_from_spans"]


class SpanArrays(NamedTuple):
    """The entity spans of many sentences, one row each; start and end count from the sentence's start."""

    sentence: NDArray[np.int64]
    start: NDArray[np.int64]
    end: NDArray[np.int64]
    label: NDArray[np.int64]


MAX_LABEL_CHARS = 64
LABEL_FORM = f"at most {MAX_LABEL_CHARS} characters that can be seen"


def is_label(name: str) -> bool:
    """Return whether a name can be a label: it stands in lines of text, tables and metrics.

    >>> is_label("PER.NOM"), is_label("P R"), is_label("P\\n")
    (True, False, False)
    """
    return 0 < len(name) <= MAX_LABEL_CHARS and name.isprintable() and " " not in name


@dataclass(frozen=True)
class TagSet:
    """The tags of one network: "O" is id 0, then each label with each prefix of the scheme.

    >>> tag_set = TagSet("BIO", ("PER", "LOC"))
    >>> tag_set.tags
    ('O', 'B-PER', 'I-PER', 'B-LOC', 'I-LOC')
    >>> tag_set.tag_ids([EntitySpan(1, 3, "LOC")], length=4)
    array([0, 3, 4, 0], dtype=int32)
    >>> tag_set.spans([0, 3, 4, 0])
    [EntitySpan(start=1, end=3, label='LOC')]
    """

    scheme: SchemeName
    labels: tuple[str, ...]

    def __post_init__(self) -> None:
        if self.scheme not in get_args(SchemeName):
            raise TagError(f"scheme: expected one of {list(get_args(SchemeName))}, got {self.scheme!r}")
        if not all(self.labels) or len(set(self.labels)) < len(self.labels):
            raise TagError(f"labels: expected distinct names, none empty, got {self.labels!r}")
        if wrong := [label for label in self.labels if not is_label(label)]:
            raise TagError(f"labels: expected {LABEL_FORM}, got {wrong[0][: 2 * MAX_LABEL_CHARS]!r}")

    @cached_property
    def tags(self) -> tuple[str, ...]:
        """Every tag, in id order."""
        return (OUTSIDE, *(f"{prefix}-{label}" for label in self.labels for prefix in self._prefixes))

    @cached_property
    def allowed_transitions(self) -> NDArray[np.bool_]:
        """Whether the scheme allows a tag after another, bool [from_tag, to_tag]."""
        # What goes on must go on in the same entity; what ends is followed by an opening or by O.
        return _frozen(self.continues | np.outer(self.allowed_ends, self.allowed_starts))

    @cached_property
    def allowed_starts(self) -> NDArray[np.bool_]:
        """Whether a sentence may begin with a tag, bool [tags]."""
        return self._per_tag(self._table.opens)

    @cached_property
    def allowed_ends(self) -> NDArray[np.bool_]:
        """Whether a sentence may end with a tag, bool [tags]."""
        return self._per_tag(self._table.closes)

    @cached_property
    def continues(self) -> NDArray[np.bool_]:
        """Whether a tag goes on with the entity of the tag before it, bool [from_tag, to_tag]."""
        goes_on = self._per_tag(self._table.continues, outside=False)
        same_label = np.equal.outer(self.tag_labels, self.tag_labels)
        return _frozen(np.outer(goes_on, ~self.allowed_starts) & same_label)

    @cached_property
    def tag_labels(self) -> NDArray[np.int64]:
        """The index of each tag's label, -1 for O, int64 [tags]."""
        return _frozen(np.r_[-1, np.repeat(np.arange(len(self.labels)), len(self._prefixes))])

    @cached_property
    def label_tags(self) -> NDArray[np.int64]:
        """The ids of each label's first, middle, last and only tag, int64 [labels, 4]."""
        within = [self._prefixes.index(prefix) for prefix in self._table]
        first_ids = 1 + len(self._prefixes) * np.arange(len(self.labels))
        return _frozen(np.add.outer(first_ids, within))

    def tag_ids(self, spans: Iterable[EntitySpan], length: int) -> NDArray[np.int32]:
        """Return the tags of a sentence with these entities, int32 [length].

        Raises TagError if a label is unknown, or a span is empty, leaves the sentence or overlaps another.
        """
        ids = {tag: tag_id for tag_id, tag in enumerate(self.tags)}
        tags = tags_from_spans(spans, length, self.scheme)
        unknown = set(tags) - ids.keys()
        if unknown:
            raise TagError(f"spans: expected labels {self.labels!r}, got tags {sorted(unknown)!r}")
        return np.fromiter((ids[tag] for tag in tags), np.int32, length)

    def spans(self, tag_ids: Sequence[int] | NDArray[np.integer]) -> list[EntitySpan]:
        """Return the entity spans of one sentence's tags, in order; read as by `spans_from_tags`."""
        arrays = self.span_arrays(np.asarray(tag_ids, np.int32), np.array([0, len(tag_ids)]))
        columns = zip(arrays.start.tolist(), arrays.end.tolist(), arrays.label.tolist(), strict=True)
        return [EntitySpan(start, end, self.labels[label]) for start, end, label in columns]

    def span_arrays(self, tag_ids: NDArray[np.int32], offsets: NDArray[np.int64]) -> SpanArrays:
        """Return the entity spans of all sentences, in order, labels as indices into `labels`.

        tag_ids: int32 [chars] of all sentences one after another; offsets: int64 [sentences + 1], where
        sentence i is tag_ids[offsets[i]:offsets[i + 1]]. Raises TagError on a tag id or offset out of range.
        """
        tag_ids, offsets = plain(tag_ids, np.int32), plain(offsets, np.int64)
        found, table = _find_spans(tag_ids, offsets, self.continues, self.tag_labels)
        if found < 0:
            raise TagError(
                f"expected tag ids from 0 to {len(self.tags) - 1} and rising offsets from 0 to "
                f"{len(tag_ids)}, got {tag_ids!r} and {offsets!r}"
            )
        return SpanArrays(*table[:, :found])

    @property
    def _table(self) -> Scheme:
        return SCHEMES[self.scheme]

    @property
    def _prefixes(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self._table))

    def _per_tag(self, rule: Callable[[str], bool], outside: bool = True) -> NDArray[np.bool_]:
        return _frozen(np.array([outside, *map(rule, self._prefixes * len(self.labels))]))


def _frozen(array: NDArray[Any]) -> NDArray[Any]:
    array.setflags(write=False)
    return array


@compiled(nogil=False)
def _find_spans(tag_ids: Any, offsets: Any, continues: Any, tag_labels: Any) -> Any:
    """Return the number of spans and int64 [sentence start end label, spans or more], or -1."""
    table = np.empty((4, tag_ids.size), np.int64)
    found = 0
    for sentence in range(offsets.size - 1):
        first, end = offsets[sentence], offsets[sentence + 1]
        if first < 0 or end < first or end > tag_ids.size:
            return -1, table
        before = 0  # nothing continues O, which comes first as id 0
        for position in range(first, end):
            tag = tag_ids[position]
            if tag < 0 or tag >= tag_labels.size:
                return -1, table
            if continues[before, tag]:
                table[2, found - 1] = position + 1 - first
            elif tag_labels[tag] >= 0:
                table[0, found] = sentence
                table[1, found] = position - first
                table[2, found] = position + 1 - first
                table[3, found] = tag_labels[tag]
                found += 1
            before = tag
    return found, table
