"""One request on its way through the queue: its texts in chunks, and what was found in them put together again.

texts --next_chunks--> QueuedChunk, ... --tagger--> ChunkTagging of each --add, finish--> results, in the texts' order
"""

from asyncio import Future, Task
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from app.queue.tagger import Tagger
from model.chunks import Chunk, cut_chunks
from model.stitching import ChunkTagging, Stitching
from model.tagger import Tagging


class QueuedChunk(NamedTuple):
    """What the tagger reads as one: a chunk of a text of a request."""

    request: "QueuedRequest"
    chunk: Chunk


class QueuedRequest:
    """The texts of one request; all are tagged by the tagger that was current when the request came.

    Made and settled on the event loop; in between, the worker thread alone takes chunks and adds results.
    """

    __slots__ = (
        "_chunks_out",
        "_next",
        "_rest",
        "_stitching",
        "chars",
        "deadline",
        "error",
        "future",
        "is_long",
        "is_taken",
        "is_withdrawn",
        "nbest",
        "queued_at",
        "queued_chars",
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
        # Kept by RequestQueue, under its lock:
        self.is_long = False
        self.is_withdrawn = False
        self.queued_chars = 0  # what this request counts for in its queue
        # Kept by the worker thread:
        self.is_taken = False
        self.started_at = 0.0
        self._rest: Iterator[Chunk] | None = None
        self._next: Chunk | None = None
        self._stitching = Stitching(texts, nbest)
        self._chunks_out = 0

    @property
    def is_done(self) -> bool:
        """Whether nothing is left to tag, or tagging failed."""
        return self.error is not None or (self.is_taken and self._chunks_out == 0)

    def all_chunks(self) -> list[QueuedChunk]:
        """Take every text whole."""
        return self.next_chunks(self.chars)

    def next_chunks(self, max_chars: int) -> list[QueuedChunk]:
        """Take the next chunks, until they are max_chars together; the last may go beyond.

        Chunks are read independently of each other, so taking them apart changes no answer.
        """
        if self._rest is None:
            self._rest = cut_chunks(self.texts, self.tagger.rules.max_chars)
            self._next = next(self._rest, None)
        chunks: list[QueuedChunk] = []
        chars = 0
        while (chunk := self._next) is not None and chars < max_chars:
            chunks.append(QueuedChunk(self, chunk))
            chars += len(chunk.source)
            self._next = next(self._rest, None)
        self.is_taken = self._next is None
        self._chunks_out += len(chunks)
        return chunks

    def add(self, queued: QueuedChunk, found: ChunkTagging) -> None:
        """Take in what was found in one chunk; chunks of one text come in order."""
        self._chunks_out -= 1
        self._stitching.add(queued.chunk, found)

    def finish(self) -> None:
        """Complete the results, once all chunks are in."""
        self.results = self._stitching.finish(tags=self.tags)
