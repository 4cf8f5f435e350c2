"""A tagger whose answer is a function of the text, so that an answer given to the wrong request shows."""

import math
import re
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

from app.loader import Serving, serving_of
from app.settings import Settings
from model.bundle.manifest import Origin, TextRules
from model.chunks import Chunk, cut_chunks
from model.stitching import ChunkTagging, Stitching
from model.tagger import Entity, Tagging
from model.tags.schemes import EntitySpan

LABELS = ("PER", "LOC")
CURSED = "炸"  # a text with it makes the tagger fail


@dataclass(frozen=True)
class FakeRuntime:
    name: str = "fake"
    device: str = "none"


class FakeTagger:
    """Finds every run of capital letters: a person up to M, a place from N. `name` is told apart in each entity."""

    labels = LABELS
    rules = TextRules()
    origin = Origin(created="2026-11-22T00:00:00Z")
    runtime = FakeRuntime()

    def __init__(
        self, fingerprint: str = "f" * 64, *, seconds: float = 0.0, seconds_per_char: float = 0.0
    ) -> None:
        self.fingerprint = fingerprint
        self.seconds = seconds
        self.seconds_per_char = seconds_per_char
        self.batches: list[list[str]] = []
        self.threads: set[int] = set()
        self.gate = threading.Event()  # `hold` closes it: calls then wait
        self.gate.set()
        self.entered = threading.Semaphore(0)

    def hold(self) -> None:
        self.gate.clear()

    def tag_details(self, texts: Sequence[str], *, tags: bool = False, nbest: int = 0) -> list[Tagging]:
        stitching = Stitching(texts, nbest)
        chunks = list(cut_chunks(texts, self.rules.max_chars))
        for chunk, found in zip(chunks, self.tag_chunks(chunks, nbest=nbest), strict=True):
            stitching.add(chunk, found)
        return stitching.finish(tags=tags)

    def tag_chunks(self, chunks: Sequence[Chunk], *, nbest: int = 0) -> list[ChunkTagging]:
        texts = [chunk.source for chunk in chunks]
        self.entered.release()
        assert self.gate.wait(20)
        self.batches.append(texts)
        self.threads.add(threading.get_ident())
        time.sleep(self.seconds + self.seconds_per_char * sum(map(len, texts)))
        if any(CURSED in text for text in texts):
            raise ValueError(f"cursed: {texts}")
        return [chunk_tagging(chunk, nbest) for chunk in chunks]


def tagging(text: str, nbest: int = 0) -> Tagging:
    """Return what the fake says of one text."""
    return FakeTagger().tag_details([text], nbest=nbest)[0]


def chunk_tagging(chunk: Chunk, nbest: int = 0) -> ChunkTagging:
    """Return what the fake says of one chunk."""
    found = [
        (EntitySpan(entity.start + chunk.start, entity.end + chunk.start, entity.label), entity.score)
        for entity in entities_of(chunk.source)
    ]
    spans = [span for span, _ in found]
    alternatives = [(spans, math.log(0.75)), (spans[1:], math.log(0.25))][:nbest]
    return ChunkTagging(found, chunk.source.count("?"), alternatives)


def entities_of(text: str) -> list[Entity]:
    """Return the entities that every fake finds in a text.

    >>> [entity.text for entity in entities_of("在ABC去XY")]
    ['ABC', 'XY']
    """
    return [
        Entity(found.start(), found.end(), found[0], label_of(found[0]), min(1.0, 0.5 + len(found[0]) / 10))
        for found in re.finditer("[A-Z]+", text)
    ]


def label_of(name: str) -> str:
    return "PER" if name[0] <= "M" else "LOC"


def answer_to(text: str) -> list[dict[str, object]]:
    """Return the entities as the service must answer them."""
    return [entity._asdict() for entity in entities_of(text)]


def load_fake(settings: Settings) -> Serving:
    return serving_of(FakeTagger(), settings.bundle)


def spans(text: str) -> list[EntitySpan]:
    return [entity.span for entity in entities_of(text)]
