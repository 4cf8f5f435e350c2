"""The tagger: texts in, entities out. The one place of prediction, for training and serving alike.

texts -> stretches (sentences) -> shares, one per thread -> Reader -> spans
      -> forward-backward scores -> entities at offsets of the texts as given
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from model.bundle.bundle import Bundle, load_bundle
from model.bundle.golden import replay_golden
from model.chunks import Stretch, block_stretches, cut_stretches, share_block
from model.crf.decoding import nbest
from model.crf.nbest import Alternative, Chain, extend_chains
from model.features.vocabulary import UNK_ID
from model.predictor import MAX_BATCH_CHARS, Reader, Reading
from model.runtime.onnx import Runtime, build_runtime
from model.tags.schemes import EntitySpan, tags_from_spans
from model.text import normalise

# Digits of a score: the rest is noise of the machine's arithmetic.
SCORE_DIGITS = 4


class Entity(NamedTuple):
    """An entity of a text: text[start:end], half-open, in code points of the text as given.

    score: the probability that exactly these characters are an entity with this label, 0 to 1.
    """

    start: int
    end: int
    text: str
    label: str
    score: float

    @property
    def span(self) -> EntitySpan:
        """Where and what the entity is, without text and score."""
        return EntitySpan(self.start, self.end, self.label)


@dataclass(slots=True)
class Tagging:
    """What the tagger says of one text; `tags` (BIO, one per code point) and `nbest` only when asked for."""

    entities: list[Entity] = field(default_factory=list)
    unknown_chars: int = 0
    tags: list[str] | None = None
    nbest: list[Alternative] | None = None


class Tagger:
    """A bundle and the runtime that computes its emissions. Calls from several threads are fine."""

    def __init__(self, bundle: Bundle, runtime: Runtime, *, max_batch_chars: int = MAX_BATCH_CHARS) -> None:
        self.runtime = runtime
        self.config = bundle.config
        self.tag_set = bundle.tag_set
        self.features = bundle.features
        self.rules = bundle.rules
        self.origin = bundle.origin
        self.fingerprint = bundle.fingerprint
        # One thread is the caller's. The others start when they are first needed.
        self._pool = ThreadPoolExecutor(max(1, runtime.threads - 1), "tagger")
        self._reader = Reader.build(bundle, runtime, max_batch_chars)

    @classmethod
    def load(cls, path: str | Path, runtime: str = "onnx", *, threads: int | None = None) -> "Tagger":
        """Return the tagger of the bundle at `path`, after its golden texts gave what they must.

        runtime: "onnx" (CPU) or "tensorflow". threads: how many share one batch, None for all cores.
        Raises BundleError when the bundle is amiss, InferenceError when the runtime is.
        """
        bundle = load_bundle(path)
        tagger = cls(bundle, build_runtime(runtime, bundle, threads=threads))
        replay_golden(Path(path), bundle.golden, tagger.find)
        return tagger

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
        taggings = [Tagging() for _ in texts]
        chains = [[Chain()] for _ in texts]
        for stretches in block_stretches(cut_stretches(texts, self.rules.max_chars)):
            for block in self._read_shares(texts, list(share_block(stretches, self.runtime.threads))):
                _count_unknown(block, taggings)
                self._add_entities(texts, block, taggings)
                if nbest:
                    self._extend_chains(block, chains, nbest)
        for text, tagging, best in zip(texts, taggings, chains, strict=True):
            tagging.tags = tags_from_spans((e.span for e in tagging.entities), len(text)) if tags else None
            tagging.nbest = [chain.alternative() for chain in best] if nbest else None
        return taggings

    def _read_shares(self, texts: Sequence[str], shares: Sequence[Sequence[Stretch]]) -> Iterator["_Block"]:
        """Yield what is known of each share, all computed at once."""
        others = [self._pool.submit(self._read_block, texts, share) for share in shares[1:]]
        yield self._read_block(texts, shares[0])
        for future in others:
            yield future.result()

    def _read_block(self, texts: Sequence[str], stretches: Sequence[Stretch]) -> "_Block":
        reading = self._reader.read(
            [normalise(texts[text][start:end]) for text, start, end, _, _ in stretches]
        )
        scores = np.minimum(reading.scores(self._reader.crf), 1.0).round(SCORE_DIGITS)
        return _Block(stretches, reading, scores)

    def _add_entities(self, texts: Sequence[str], block: "_Block", taggings: list[Tagging]) -> None:
        columns = (*(column.tolist() for column in block.reading.spans), block.scores.tolist())
        for sentence, start, end, label, score in zip(*columns, strict=True):
            stretch = block.stretches[sentence]
            entities = taggings[stretch.text].entities
            start, end = start + stretch.start, end + stretch.start
            # The stretch before may see an entity at the seam that this one sees otherwise.
            after_last = not entities or start >= entities[-1].end
            if stretch.core_start <= start < stretch.core_end and after_last:
                text = texts[stretch.text][start:end]
                entities.append(Entity(start, end, text, self.labels[label], score))

    def _extend_chains(self, block: "_Block", chains: list[list[Chain]], count: int) -> None:
        offsets, emissions = block.reading.offsets, block.reading.emissions
        for stretch, start, end in zip(block.stretches, offsets[:-1], offsets[1:], strict=True):
            taggings = [
                (self._core_spans(stretch, tag_ids), log_probability)
                for tag_ids, log_probability in nbest(emissions[start:end], self._reader.crf, count)
            ]
            chains[stretch.text] = extend_chains(chains[stretch.text], taggings, count)

    def _core_spans(self, stretch: Stretch, tag_ids: NDArray[np.int32]) -> list[EntitySpan]:
        spans = (
            EntitySpan(start + stretch.start, end + stretch.start, label)
            for start, end, label in self.tag_set.spans(tag_ids)
        )
        return [span for span in spans if stretch.core_start <= span.start < stretch.core_end]


class _Block(NamedTuple):
    """Stretches, each a piece of the reading."""

    stretches: Sequence[Stretch]
    reading: Reading
    scores: NDArray[np.float64]  # of each span


def _count_unknown(block: _Block, taggings: list[Tagging]) -> None:
    """Add the characters that the first channel has no vector for to each text's count."""
    first = next(iter(block.reading.ids.values()))
    unknown = np.flatnonzero(first == UNK_ID)
    if not unknown.size:
        return
    sentences = np.searchsorted(block.reading.offsets, unknown, side="right") - 1
    positions = unknown - block.reading.offsets[sentences]  # each in its stretch
    for sentence, position in zip(sentences.tolist(), positions.tolist(), strict=True):
        text, start, _, core_start, core_end = block.stretches[sentence]
        taggings[text].unknown_chars += core_start <= start + position < core_end
