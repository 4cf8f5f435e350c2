"""Normalised pieces of text to the spans found in them, and what their scores are computed from.

pieces -> ids -> rows -> batches of rows, by length -> Runtime.emissions -> put back in order -> Viterbi -> spans
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from model.bundle.bundle import Bundle
from model.bundle.manifest import TextRules
from model.crf.decoding import Crf, span_probabilities, viterbi
from model.features.channels import Features
from model.runtime.base import Ids, Ints, Runtime
from model.runtime.batching import cut_rows
from model.tags.tag_set import SpanArrays
from model.text import find_invisible
from model.words.bonus import WordBonus
from model.words.file import Word


class Prediction(NamedTuple):
    """Pieces one after another, piece i at offsets[i] to offsets[i + 1], and what is known of them."""

    offsets: Ints
    no_edge: NDArray[np.bool_]  # [chars]: no entity begins or ends there
    ids: Ids
    emissions: NDArray[np.float32]  # [chars, tags]
    spans: SpanArrays

    def scores(self, crf: Crf, temperature: float = 1.0) -> NDArray[np.float64]:
        """Return the probability of each span, float64 [spans]; `crf`'s weights are at `temperature` already."""
        if not self.spans.start.size:
            return np.empty(0)
        emissions = self.emissions / np.float32(temperature) if temperature != 1 else self.emissions
        return span_probabilities(emissions, self.offsets, crf, self.spans, self.no_edge)


@dataclass(frozen=True)
class Predictor:
    """What of a bundle finds spans. Not the bundle itself: its embeddings would stay in memory beside the runtime's."""

    features: Features
    rules: TextRules
    crf: Crf
    runtime: Runtime
    max_batch_chars: int
    words: WordBonus | None = None  # those of the user, if there are any

    @classmethod
    def build(cls, bundle: Bundle, runtime: Runtime, max_batch_chars: int | None = None) -> Self:
        """Return the predictor of a bundle and the runtime that computes its emissions.

        max_batch_chars: padded characters that go through the network at once; None for as many as the runtime does
        best.
        """
        most = max_batch_chars or runtime.batch_chars
        return cls(bundle.features, bundle.rules, bundle_crf(bundle), runtime, most)

    def with_words(self, words: Sequence[Word], strength: float) -> Self:
        """Return a predictor that takes normalised words as evidence; see `model.words.bonus`."""
        if folds := self.rules.fold_traditional:
            words = [word._replace(text=folds.fold(word.text)) for word in words]
        return replace(self, words=WordBonus.build(words, self.crf.tag_set, strength))

    def predict(self, pieces: Sequence[str], sources: Sequence[str]) -> Prediction:
        """Return the spans of normalised pieces, of which none is looked at beside another.

        sources: the same pieces as given. No entity begins or ends with one of their invisible characters.
        """
        offsets = np.zeros(len(pieces) + 1, np.int64)
        np.cumsum([len(piece) for piece in pieces], out=offsets[1:])
        if self.rules.fold_traditional:
            pieces = [self.rules.fold_traditional.fold(piece) for piece in pieces]
        ids = self.features.encode_pieces(pieces)  # [chars] per channel
        rows = cut_rows(offsets, self.rules.window_chars, self.rules.context_chars)
        emissions = self.runtime.emit(ids, rows, self.max_batch_chars)
        no_edge = find_invisible("".join(sources))
        spans = self._spans(emissions, offsets, no_edge)
        if self.words is not None:
            self.words.add_to(emissions, pieces, offsets, spans)
            spans = self._spans(emissions, offsets, no_edge)
        return Prediction(offsets, no_edge, ids, emissions, spans)

    def _spans(self, emissions: NDArray[np.float32], offsets: Ints, no_edge: NDArray[np.bool_]) -> SpanArrays:
        tag_ids = viterbi(emissions, offsets, self.crf, no_edge)  # [chars]
        return self.crf.tag_set.span_arrays(tag_ids, offsets)


def bundle_crf(bundle: Bundle) -> Crf:
    """Return the CRF of a bundle."""
    transitions, start, end = (bundle.weights[f"crf.{name}"] for name in ("transitions", "start", "end"))
    return Crf.build(transitions, start, end, bundle.tag_set)
