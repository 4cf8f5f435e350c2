"""The tagger: texts in, entities out. The one place of prediction, for training and serving alike.

texts --cut_chunks--> chunks -> shares, one per thread --Predictor--> spans, forward-backward scores
      --Stitching--> entities at offsets of the texts as given
"""

import copy
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from model.bundle.bundle import Bundle, load_bundle
from model.bundle.golden import replay_golden
from model.chunks import Chunk, block_chunks, cut_chunks, share_block
from model.crf.decoding import nbest as decode_nbest
from model.crf.marginals import tag_marginals
from model.entities import Entity, Tagging
from model.features.vocabulary import UNK_ID
from model.predictor import Prediction, Predictor
from model.runtime.base import Runtime
from model.runtime.choice import AUTO, build_runtime
from model.stitching import ChunkTagging, Stitching
from model.tags.schemes import EntitySpan
from model.tags.tag_set import SpanArrays
from model.words.file import Word
from model.words.strength import DEFAULT_STRENGTH

__all__ = ["Entity", "Tagger", "Tagging"]

# Digits of a score: the rest is noise of the machine's arithmetic.
SCORE_DIGITS = 4


class Tagger:
    """A bundle and the runtime that computes its emissions. Calls from several threads are fine."""

    def __init__(self, bundle: Bundle, runtime: Runtime, *, max_batch_chars: int | None = None) -> None:
        self.runtime = runtime
        self.config = bundle.config
        self.tag_set = bundle.tag_set
        self.features = bundle.features
        self.rules = bundle.rules
        self.origin = bundle.origin
        self.fingerprint = bundle.fingerprint
        # One thread is the caller's. The others start when they are first needed.
        self._pool = ThreadPoolExecutor(max(1, runtime.threads - 1), "tagger")
        self._predictor = Predictor.build(bundle, runtime, max_batch_chars)

    @classmethod
    def load(cls, path: str | Path, runtime: str = AUTO, *, threads: int | None = None) -> "Tagger":
        """Return the tagger of the bundle at `path`, after its golden texts gave what they must.

        runtime: "auto" or one of `model.runtime.choice.RUNTIMES`. threads: how many share one batch, None for all
        cores. Raises BundleError where the bundle is wrong, InferenceError where the runtime cannot start or fails.
        """
        bundle = load_bundle(path)
        tagger = cls(bundle, build_runtime(runtime, bundle, threads=threads))
        replay_golden(Path(path), bundle.golden, tagger.find)
        return tagger

    def with_words(self, words: Sequence[Word], strength: float = DEFAULT_STRENGTH) -> "Tagger":
        """Return a tagger on the same runtime that takes words as evidence: at least one, with labels of the bundle.

        Its fingerprint is another one, as its answers are.
        """
        made = copy.copy(self)
        made._predictor = self._predictor.with_words(words, strength)
        assert made._predictor.words is not None
        made.fingerprint = sha256(f"{self.fingerprint} {made._predictor.words.digest}".encode()).hexdigest()
        return made

    @property
    def word_count(self) -> int:
        """How many words of one's own it takes as evidence; one with two labels counts twice."""
        return len(self._predictor.words.tags) if self._predictor.words else 0

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels that entities may have."""
        return self.tag_set.labels

    def tag(self, texts: Sequence[str]) -> list[list[Entity]]:
        """Return the entities of each text, in order of start, none overlapping.

        Any str is fine: the empty one, emoji, lone surrogates, a megabyte. What is found in a text does not
        depend on the texts beside it. Raises InferenceError when the runtime fails.
        """
        return [tagging.entities for tagging in self.tag_details(texts)]

    def find(self, texts: Sequence[str]) -> list[list[EntitySpan]]:
        """Return the spans of each text's entities, as `tag` without texts and scores."""
        return [[entity.span for entity in entities] for entities in self.tag(texts)]

    def tag_details(self, texts: Sequence[str], *, tags: bool = False, nbest: int = 0) -> list[Tagging]:
        """Return entities and the number of unknown characters of each text, and what else is asked for.

        tags: one BIO tag per code point as well. nbest: the so many most probable taggings too, best first;
        a short text may have fewer.
        """
        if isinstance(texts, str):
            raise TypeError(f"texts: expected a list of str, got the str {texts[:20]!r}; put it into a list")
        stitching = Stitching(texts, nbest)
        for block in block_chunks(cut_chunks(texts, self.rules.max_chars)):
            for chunk, found in zip(block, self._tag_block(block, nbest), strict=True):
                stitching.add(chunk, found)
        return stitching.finish(tags=tags)

    def score_spans(self, texts: Sequence[str], spans: Sequence[Sequence[EntitySpan]]) -> list[list[float]]:
        """Return the probability of each of the spans of each text, found there or not.

        It is 0 where a span ends in another sentence than it begins in, or has a label that the bundle lacks.
        """
        scores = [[0.0] * len(of_text) for of_text in spans]
        for block in block_chunks(cut_chunks(texts, self.rules.max_chars)):
            prediction = self._predictor.predict(
                [chunk.plain for chunk in block], [chunk.source for chunk in block]
            )
            places, rows = [], []
            for index, chunk in enumerate(block):
                for position, span in enumerate(spans[chunk.text]):
                    starts_here = chunk.core_start <= span.start < chunk.core_end
                    if starts_here and span.start < span.end <= chunk.end and span.label in self.labels:
                        places.append((chunk.text, position))
                        label = self.labels.index(span.label)
                        rows.append((index, span.start - chunk.start, span.end - chunk.start, label))
            arrays = SpanArrays(*np.array(rows, np.int64).reshape(-1, 4).T)
            found = prediction._replace(spans=arrays).scores(self._predictor.crf)
            for (text, position), score in zip(places, found.tolist(), strict=True):
                scores[text][position] = min(score, 1.0)
        return scores

    def tag_probabilities(self, text: str) -> NDArray[np.float64]:
        """Return how likely each tag of `tag_set` is at each code point of a text: float64 [chars, tags]."""
        found = np.zeros((len(text), len(self.tag_set.tags)))
        for block in block_chunks(cut_chunks([text], self.rules.max_chars)):
            prediction = self._predictor.predict(
                [chunk.plain for chunk in block], [chunk.source for chunk in block]
            )
            of_block = tag_marginals(
                prediction.emissions, prediction.offsets, self._predictor.crf, prediction.no_edge
            ).tags
            for chunk, offset in zip(block, prediction.offsets.tolist(), strict=False):
                shift = offset - chunk.start
                found[chunk.core_start : chunk.core_end] = of_block[
                    chunk.core_start + shift : chunk.core_end + shift
                ]
        return found

    def tag_chunks(self, chunks: Sequence[Chunk], *, nbest: int = 0) -> list[ChunkTagging]:
        """Return what is found in each chunk, for a `Stitching`: what `tag_details` does of texts already cut."""
        return [found for block in block_chunks(chunks) for found in self._tag_block(block, nbest)]

    def _tag_block(self, block: Sequence[Chunk], nbest: int) -> Iterator[ChunkTagging]:
        """Yield what is found in each chunk, all shares of the block computed at once."""
        own, *shares = share_block(block, self.runtime.threads)
        others = [self._pool.submit(self._tag_share, share, nbest) for share in shares]
        yield from self._tag_share(own, nbest)
        for future in others:
            yield from future.result()

    def _tag_share(self, chunks: Sequence[Chunk], nbest: int) -> list[ChunkTagging]:
        prediction = self._predictor.predict(
            [chunk.plain for chunk in chunks], [chunk.source for chunk in chunks]
        )
        alternatives = self._nbest(chunks, prediction, nbest) if nbest else [[] for _ in chunks]
        unknown = _count_unknown(chunks, prediction)
        found = [ChunkTagging([], *of_chunk) for of_chunk in zip(unknown, alternatives, strict=True)]
        scores = np.minimum(prediction.scores(self._predictor.crf), 1.0).round(SCORE_DIGITS)
        columns = (*(column.tolist() for column in prediction.spans), scores.tolist())
        for index, start, end, label, score in zip(*columns, strict=True):
            span = _span_in_text(chunks[index], start, end, self.labels[label])
            if span is not None:
                found[index].entities.append((span, score))
        return found

    def _nbest(
        self, chunks: Sequence[Chunk], prediction: Prediction, count: int
    ) -> list[list[tuple[list[EntitySpan], float]]]:
        bounds = zip(prediction.offsets[:-1], prediction.offsets[1:], strict=True)
        return [
            [
                (self._core_spans(chunk, tag_ids), log_probability)
                for tag_ids, log_probability in decode_nbest(
                    prediction.emissions[start:end],
                    self._predictor.crf,
                    count,
                    prediction.no_edge[start:end],
                )
            ]
            for chunk, (start, end) in zip(chunks, bounds, strict=True)
        ]

    def _core_spans(self, chunk: Chunk, tag_ids: NDArray[np.int32]) -> list[EntitySpan]:
        spans = (_span_in_text(chunk, *span) for span in self.tag_set.spans(tag_ids))
        return [span for span in spans if span is not None]


def _span_in_text(chunk: Chunk, start: int, end: int, label: str) -> EntitySpan | None:
    """Return a span of a chunk at the offsets of its text, None if it does not start in the core."""
    span = EntitySpan(start + chunk.start, end + chunk.start, label)
    return span if chunk.core_start <= span.start < chunk.core_end else None


def _count_unknown(chunks: Sequence[Chunk], prediction: Prediction) -> list[int]:
    """Return how many characters of each chunk's core the first channel has no vector for."""
    counts = [0] * len(chunks)
    first = next(iter(prediction.ids.values()))
    unknown = np.flatnonzero(first == UNK_ID)
    if not unknown.size:
        return counts
    of_chunk = np.searchsorted(prediction.offsets, unknown, side="right") - 1
    positions = unknown - prediction.offsets[of_chunk]  # each in its chunk
    for index, position in zip(of_chunk.tolist(), positions.tolist(), strict=True):
        _, start, _, core_start, core_end, _, _ = chunks[index]
        counts[index] += core_start <= start + position < core_end
    return counts
