"""Normalised pieces of text to the spans found in them, and what their scores are computed from.

pieces -> ids -> rows -> batches of rows, by length -> Runtime.emissions -> put back in order -> Viterbi -> spans
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from model.bundle.bundle import Bundle
from model.bundle.manifest import TextRules
from model.crf.decoding import Crf, span_probabilities, viterbi
from model.features.channels import Encoded, Features
from model.machine.numba_cache import compiled
from model.runtime.base import Runtime
from model.runtime.batching import Ints, Rows, batch_rows, cut_rows, pad_rows
from model.tags.tag_set import SpanArrays
from model.text import find_invisible

# Of all characters, by channel name.
Ids = Mapping[str, Encoded]


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

    @classmethod
    def build(cls, bundle: Bundle, runtime: Runtime, max_batch_chars: int | None = None) -> Self:
        """Return the predictor of a bundle and the runtime that computes its emissions.

        max_batch_chars: padded characters that go through the network at once; None for as many as the runtime does
        best.
        """
        most = max_batch_chars or runtime.batch_chars
        return cls(bundle.features, bundle.rules, bundle_crf(bundle), runtime, most)

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
        emissions = emit(self.runtime, ids, rows, self.max_batch_chars)
        no_edge = find_invisible("".join(sources))
        tag_ids = viterbi(emissions, offsets, self.crf, no_edge)  # [chars]
        spans = self.crf.tag_set.span_arrays(tag_ids, offsets)
        return Prediction(offsets, no_edge, ids, emissions, spans)


def bundle_crf(bundle: Bundle) -> Crf:
    """Return the CRF of a bundle."""
    transitions, start, end = (bundle.weights[f"crf.{name}"] for name in ("transitions", "start", "end"))
    return Crf.build(transitions, start, end, bundle.tag_set)


def emit(runtime: Runtime, ids: Ids, rows: Rows, max_batch_chars: int) -> NDArray[np.float32]:
    """Return the emissions at each position of `ids`, float32 [chars, tags].

    Every position is in the core of one row. A batch is at most max_batch_chars, padding included.
    """
    if rows.start.size == 1:
        length = rows.end[:1]
        alone = pad_rows(ids, rows.start, length)
        emissions: NDArray[np.float32] = runtime.emissions(alone, length.astype(np.int32))[0]
        return emissions
    emissions = np.empty((0, 0), np.float32)
    for batch in batch_rows(rows, max_batch_chars):
        lengths = rows.end[batch] - rows.start[batch]  # [batch], longest first
        starts = rows.start[batch]
        feeds = pad_rows(ids, starts, lengths)
        output = runtime.emissions(feeds, lengths.astype(np.int32))  # [batch, time, tags]
        if not emissions.size:
            emissions = np.empty((int(rows.core_end[-1]), output.shape[2]), np.float32)
        _keep_cores(output, starts, rows.core_start[batch], rows.core_end[batch], emissions)
    return emissions


@compiled(nogil=False)
def _keep_cores(output: Any, starts: Any, core_starts: Any, core_ends: Any, emissions: Any) -> None:
    """Copy the core of each row of `output` to its place in `emissions`."""
    for row in range(starts.size):
        for position in range(core_starts[row], core_ends[row]):
            for tag in range(emissions.shape[1]):
                emissions[position, tag] = output[row, position - starts[row], tag]
