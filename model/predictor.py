"""Pieces of text to the spans found in them, and what their scores are computed from.

normalised pieces -> ids -> rows sorted by length -> Runtime.emissions -> put back in order -> Viterbi -> spans
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from model.bundle.bundle import Bundle
from model.bundle.manifest import TextRules
from model.crf.decoding import Crf, span_probabilities, viterbi
from model.emissions import Ids, emit
from model.features.channels import Features
from model.runtime.onnx import Runtime
from model.runtime.windows import Ints, cut_rows
from model.tags.tag_set import SpanArrays

# Padded characters that go through the network at once; benchmarks/tagging.py shows what others would cost.
MAX_BATCH_CHARS = 1024


class Reading(NamedTuple):
    """Pieces one after another, piece i at offsets[i] to offsets[i + 1], and what is known of them."""

    offsets: Ints
    ids: Ids
    emissions: NDArray[np.float32]  # [chars, tags]
    spans: SpanArrays

    def scores(self, crf: Crf, temperature: float = 1.0) -> NDArray[np.float64]:
        """Return the probability of each span, float64 [spans]; `crf`'s weights are at `temperature` already."""
        if not self.spans.start.size:
            return np.empty(0)
        emissions = self.emissions / np.float32(temperature) if temperature != 1 else self.emissions
        return span_probabilities(emissions, self.offsets, crf, self.spans)


@dataclass(frozen=True)
class Reader:
    """What of a bundle finds spans. Not the bundle itself: its embeddings would stay in memory beside the runtime's."""

    features: Features
    rules: TextRules
    crf: Crf
    runtime: Runtime
    max_batch_chars: int

    @classmethod
    def build(cls, bundle: Bundle, runtime: Runtime, max_batch_chars: int = MAX_BATCH_CHARS) -> Self:
        """Return the reader of a bundle and the runtime that computes its emissions."""
        return cls(bundle.features, bundle.rules, bundle_crf(bundle), runtime, max_batch_chars)

    def read(self, pieces: Sequence[str]) -> Reading:
        """Return the spans of normalised pieces, of which none is looked at beside another."""
        offsets = np.zeros(len(pieces) + 1, np.int64)
        np.cumsum([len(piece) for piece in pieces], out=offsets[1:])
        ids = self.features.encode_pieces(pieces)  # [chars] per channel
        rows = cut_rows(offsets, self.rules.window_chars, self.rules.halo_chars)
        emissions = emit(self.runtime, ids, rows, self.max_batch_chars)
        tag_ids = viterbi(emissions, offsets, self.crf)  # [chars]
        return Reading(offsets, ids, emissions, self.crf.tag_set.span_arrays(tag_ids, offsets))


def bundle_crf(bundle: Bundle) -> Crf:
    """Return the CRF of a bundle."""
    transitions, start, end = (bundle.weights[f"crf.{name}"] for name in ("transitions", "start", "end"))
    return Crf.build(transitions, start, end, bundle.tag_set)
