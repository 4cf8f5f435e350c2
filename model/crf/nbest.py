"""The most probable taggings of a whole text, out of those of its sentences.

The sentences of a text are independent, so the probability of a tagging of the text is the product over them.
"""

import heapq
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from model.tags.schemes import EntitySpan


class Alternative(NamedTuple):
    """One tagging of a text: its entities and its probability, 0 to 1."""

    entities: list[EntitySpan]
    probability: float


@dataclass(frozen=True, slots=True)
class Chain:
    """A tagging of a text up to some sentence: that sentence's spans, and the chain before it."""

    log_probability: float = 0.0
    spans: Sequence[EntitySpan] = ()
    before: "Chain | None" = None

    def entities(self) -> list[EntitySpan]:
        """Return the spans of the whole chain, in order; one that overlaps an earlier one is left out."""
        sentences = []
        chain: Chain | None = self
        while chain:
            sentences.append(chain.spans)
            chain = chain.before
        entities: list[EntitySpan] = []
        for span in (span for spans in reversed(sentences) for span in spans):
            if not entities or span.start >= entities[-1].end:
                entities.append(span)
        return entities

    def alternative(self) -> Alternative:
        """Return the chain as a tagging of the text."""
        return Alternative(self.entities(), math.exp(min(self.log_probability, 0.0)))


def extend_chains(
    chains: Sequence[Chain], sentence: Iterable[tuple[Sequence[EntitySpan], float]], count: int
) -> list[Chain]:
    """Return the `count` most probable chains that go on with one tagging of the next sentence, best first.

    sentence: its taggings, each spans (offsets in the text) and a log-probability.

    >>> chains = extend_chains([Chain()], [([EntitySpan(0, 2, "PER")], -0.1), ([], -2.0)], 2)
    >>> [chain.entities() for chain in extend_chains(chains, [([], -0.5), ([EntitySpan(5, 6, "LOC")], -0.9)], 1)]
    [[EntitySpan(start=0, end=2, label='PER')]]
    """
    longer = (
        Chain(chain.log_probability + log_probability, spans, chain)
        for spans, log_probability in sentence
        for chain in chains
    )
    return heapq.nlargest(count, longer, key=lambda chain: chain.log_probability)
