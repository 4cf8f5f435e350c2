"""A job: the texts of one request on their way through the batcher, in one part or, if long, in several.

Job.next_parts --> Part, Part, ...  --tagger--> Tagging of each --Job.add--> results, in the order of the texts
"""

import math
from asyncio import Future, Task
from collections.abc import Iterator, Sequence

from app.queue.tagger import Tagger
from model.chunks import Stretch, cut_stretches
from model.crf.nbest import Alternative, Chain, extend_chains
from model.tagger import Entity, Tagging
from model.tags.schemes import EntitySpan, tags_from_spans


class Part:
    """What the tagger reads as one text: a text of a job, or a stretch of one."""

    __slots__ = ("index", "job", "stretch", "text")

    def __init__(self, job: "Job", index: int, text: str, stretch: Stretch | None = None) -> None:
        self.job = job
        self.index = index
        self.text = text
        self.stretch = stretch


class Job:
    """The texts of one request; all are tagged by the tagger that was current when the request came.

    Made and settled on the event loop; in between, the inference thread alone takes parts and adds results.
    """

    __slots__ = (
        "_chains",
        "_next",
        "_parts_out",
        "_stretches",
        "chars",
        "deadline",
        "error",
        "future",
        "is_long",
        "is_taken",
        "is_withdrawn",
        "lane_chars",
        "nbest",
        "queued_at",
        "results",
        "started_at",
        "tagger",
        "tags",
        "texts",
        "watch",
    )

    def __init__(
        self,
        texts: Sequence[str],
        tagger: Tagger,
        future: "Future[list[Tagging]]",
        *,
        tags: bool = False,
        nbest: int = 0,
    ) -> None:
        self.texts = texts
        self.tagger = tagger
        self.future = future
        self.tags = tags
        self.nbest = nbest
        self.chars = sum(map(len, texts))
        self.results: list[Tagging] = []
        self.error: Exception | None = None
        # Kept by Batcher, on the event loop:
        self.queued_at = 0.0
        self.deadline = 0.0
        self.watch: Task[None] | None = None  # waits for the client to leave
        # Kept by Lanes, under its lock:
        self.is_long = False
        self.is_withdrawn = False
        self.lane_chars = 0  # what this job counts for in its lane
        # Kept by the inference thread:
        self.is_taken = False
        self.started_at = 0.0
        self._stretches: Iterator[Stretch] | None = None  # of a long job
        self._next: Stretch | None = None
        self._chains: list[list[Chain]] = []
        self._parts_out = 0

    @property
    def is_done(self) -> bool:
        """Whether nothing is left to tag, or tagging failed."""
        return self.error is not None or (self.is_taken and self._parts_out == 0)

    def whole_parts(self) -> list[Part]:
        """Take every text as it is."""
        self.is_taken = True
        self.results = [Tagging() for _ in self.texts]
        parts = [Part(self, index, text) for index, text in enumerate(self.texts) if text]
        self._parts_out += len(parts)
        return parts

    def next_parts(self, max_chars: int) -> list[Part]:
        """Take the next sentences, until they are max_chars together; the last may go beyond.

        Sentences are read independently of each other, so taking them apart changes no answer.
        """
        if self._stretches is None:
            self.results = [Tagging() for _ in self.texts]
            self._chains = [[Chain()] for _ in self.texts]
            self._stretches = cut_stretches(self.texts, self.tagger.rules.max_chars)
            self._next = next(self._stretches, None)
        parts: list[Part] = []
        chars = 0
        while (stretch := self._next) is not None and chars < max_chars:
            text = self.texts[stretch.text][stretch.start : stretch.end]
            parts.append(Part(self, stretch.text, text, stretch))
            chars += len(text)
            self._next = next(self._stretches, None)
        self.is_taken = self._next is None
        self._parts_out += len(parts)
        return parts

    def add(self, part: Part, tagging: Tagging) -> None:
        """Take in what was found in one part; parts of one text come in order."""
        self._parts_out -= 1
        if part.stretch is None:
            self.results[part.index] = tagging
        else:
            self._join(part.stretch, tagging)

    def finish(self) -> None:
        """Complete the results, once all parts are in."""
        for index, result in enumerate(self.results):
            if self._chains and self.nbest:
                result.nbest = [chain.alternative() for chain in self._chains[index]]
            if self.nbest and result.nbest is None:  # a text that is empty
                result.nbest = [Alternative([], 1.0)]
            if self.tags:
                result.tags = tags_from_spans(
                    [entity.span for entity in result.entities], len(self.texts[index])
                )

    def _join(self, stretch: Stretch, found: Tagging) -> None:
        result = self.results[stretch.text]
        result.unknown_chars += found.unknown_chars
        entities = result.entities
        for start, end, text, label, score in found.entities:
            start, end = start + stretch.start, end + stretch.start
            # As in the tagger: an entity belongs to the stretch that it starts in, and the first one wins.
            if stretch.core_start <= start < stretch.core_end and (not entities or start >= entities[-1].end):
                entities.append(Entity(start, end, text, label, score))
        if self.nbest:
            taggings = [
                (_core_spans(stretch, alternative), _log(alternative.probability))
                for alternative in found.nbest or []
            ]
            self._chains[stretch.text] = extend_chains(self._chains[stretch.text], taggings, self.nbest)


def _core_spans(stretch: Stretch, alternative: Alternative) -> list[EntitySpan]:
    spans = [
        EntitySpan(start + stretch.start, end + stretch.start, label)
        for start, end, label in alternative.entities
    ]
    return [span for span in spans if stretch.core_start <= span.start < stretch.core_end]


def _log(probability: float) -> float:
    """Return the logarithm, -inf of 0: a tagging too improbable for a float."""
    return math.log(probability) if probability > 0 else -math.inf
