"""Where a tagger's entities are not those of the gold tags: the ranges of a sentence in which they differ.

gold       ....[北京大学]ORG...[小明]PER..
predicted  ....[北京]LOC[大学]ORG.........
               one range       another
"""

from collections.abc import Collection, Iterator
from typing import NamedTuple

from model.tags.schemes import EntitySpan
from training.metrics.error_analysis import pair_spans

# What a disagreement is called, by the kind of mistake it would be if the gold tags were right.
KINDS = {
    "label": "label",
    "boundary": "boundary",
    "boundary and label": "boundary and label",
    "missed": "no entity",
    "invented": "not tagged",
}
SEVERAL = "several"


class Range(NamedTuple):
    """Characters of a sentence, half-open, the entities that gold has there and those that a tagger has."""

    start: int
    end: int
    gold: tuple[EntitySpan, ...]
    predicted: tuple[EntitySpan, ...]


class Disagreement(NamedTuple):
    """A range, and how probable both readings of it are, as natural logarithms of probabilities."""

    start: int
    end: int
    gold: tuple[EntitySpan, ...]
    predicted: tuple[EntitySpan, ...]
    gold_log: float
    predicted_log: float

    @property
    def kind(self) -> str:
        """What is wrong if the tagger is right: one of KINDS' values, or SEVERAL."""
        kinds = [pairing.kind for pairing in pair_spans(self.gold, self.predicted)]
        return KINDS[kinds[0]] if len(kinds) == 1 else SEVERAL


def find_ranges(gold: Collection[EntitySpan], predicted: Collection[EntitySpan]) -> Iterator[Range]:
    """Yield the ranges in which the entities differ, in order: each as small as no entity crosses its edges.

    >>> [tuple(found)[:2] for found in find_ranges([EntitySpan(0, 2, "PER")], [EntitySpan(1, 4, "PER")])]
    [(0, 4)]
    """
    spans = sorted({*gold, *predicted})
    while spans:
        start, end, _ = spans[0]
        inside = []
        while spans and spans[0].start < end:
            inside.append(spans.pop(0))
            end = max(end, inside[-1].end)
        of_gold, of_tagger = (tuple(span for span in inside if span in side) for side in (gold, predicted))
        if of_gold != of_tagger:
            yield Range(start, end, of_gold, of_tagger)
