"""Entities of chunks to entities of texts: the one place where what was cut is put together again.

(chunk, ChunkTagging), ... --Stitching.add--> --Stitching.finish--> Tagging of each text
"""

from collections.abc import Sequence
from typing import NamedTuple

from model.chunks import Chunk
from model.crf.nbest import Chain, extend_chains
from model.entities import Entity, Tagging
from model.tags.schemes import EntitySpan, tags_from_spans


class ChunkTagging(NamedTuple):
    """What is found in the core of one chunk, at offsets of its text."""

    entities: list[tuple[EntitySpan, float]]  # with their scores, in order
    unknown_chars: int
    # The most probable taggings and the logarithms of their probabilities, best first; [] if not asked for.
    nbest: list[tuple[list[EntitySpan], float]]


class Stitching:
    """Collects what is found in the chunks of texts; the chunks of one text come in order.

    nbest: how many alternatives of each text to keep, 0 for none.
    """

    def __init__(self, texts: Sequence[str], nbest: int = 0) -> None:
        self._texts = texts
        self._nbest = nbest
        self._taggings = [Tagging() for _ in texts]
        self._chains = [[Chain()] for _ in texts] if nbest else []

    def add(self, chunk: Chunk, found: ChunkTagging) -> None:
        """Take in what was found in one chunk."""
        text, tagging = self._texts[chunk.text], self._taggings[chunk.text]
        tagging.unknown_chars += found.unknown_chars
        entities = tagging.entities
        for (start, end, label), score in found.entities:
            # The chunk before may see an entity at the seam that this one sees otherwise: the first one wins.
            if not entities or start >= entities[-1].end:
                entities.append(Entity(start, end, text[start:end], label, score))
        if self._nbest:
            self._chains[chunk.text] = extend_chains(self._chains[chunk.text], found.nbest, self._nbest)

    def finish(self, *, tags: bool = False) -> list[Tagging]:
        """Return the taggings of the texts, once all chunks are in; tags: with one BIO tag per code point."""
        for text, tagging in zip(self._texts, self._taggings, strict=True):
            if tags:
                tagging.tags = tags_from_spans((entity.span for entity in tagging.entities), len(text))
        for tagging, chains in zip(self._taggings, self._chains, strict=False):
            tagging.nbest = [chain.alternative() for chain in chains]
        return self._taggings
