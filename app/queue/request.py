"""A job: the texts of one request on their way through the batcher, in one part or, if long, in several.

Job.next_parts --> Part, Part, ...  --tagger--> ChunkTagging of each --Job.add--> results, in the order of the texts
"""

from asyncio import Future, Task
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from app.queue.tagger import Tagger
from model.chunks import Chunk, cut_chunks
from model.stitching import ChunkTagging, Stitching
from model.tagger import Tagging


class Part(NamedTuple):
    """What the tagger reads as one: a chunk of a text of a job."""

    job: "Job"
    chunk: Chunk


class Job:
    """The texts of one request; all are tagged by the tagger that was current when the request came.

    Made and settled on the event loop; in between, the inference thread alone takes parts and adds results.
    """

    __slots__ = (
        "_chunks",
        "_next",
        "_parts_out",
        "_stitching",
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
        self._chunks: Iterator[Chunk] | None = None
        self._next: Chunk | None = None
        self._stitching = Stitching(texts, nbest)
        self._parts_out = 0

    @property
    def is_done(self) -> bool:
        """Whether nothing is left to tag, or tagging failed."""
        return self.error is not None or (self.is_taken and self._parts_out == 0)

    def whole_parts(self) -> list[Part]:
        """Take every text whole."""
        return self.next_parts(self.chars)

    def next_parts(self, max_chars: int) -> list[Part]:
        """Take the next chunks, until they are max_chars together; the last may go beyond.

        Chunks are read independently of each other, so taking them apart changes no answer.
        """
        if self._chunks is None:
            self._chunks = cut_chunks(self.texts, self.tagger.rules.max_chars)
            self._next = next(self._chunks, None)
        parts: list[Part] = []
        chars = 0
        while (chunk := self._next) is not None and chars < max_chars:
            parts.append(Part(self, chunk))
            chars += len(chunk.source)
            self._next = next(self._chunks, None)
        self.is_taken = self._next is None
        self._parts_out += len(parts)
        return parts

    def add(self, part: Part, found: ChunkTagging) -> None:
        """Take in what was found in one part; parts of one text come in order."""
        self._parts_out -= 1
        self._stitching.add(part.chunk, found)

    def finish(self) -> None:
        """Complete the results, once all parts are in."""
        self.results = self._stitching.finish(tags=self.tags)
