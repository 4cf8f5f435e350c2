"""Emissions to tags and probabilities: the CRF on top of the network, compiled, without TensorFlow.

emissions, offsets, no_edge --viterbi--> tag ids --TagSet.span_arrays--> spans --span_probabilities--> scores

All sentences of a batch lie one after another, without padding: emissions float32 [chars, tags]; sentence i
is emissions[offsets[i]:offsets[i + 1]], offsets int64 [sentences + 1]. No sentences, and empty ones, are fine.
no_edge, bool [chars]: characters that no entity begins or ends with; None for none. All functions look at the same
taggings: those that the tag scheme and no_edge allow. All O is one of them.
Every function raises DecodingError if shapes, offsets or spans don't fit, or an emission is NaN or infinite.
"""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from model.crf.entity_scores import entity_probabilities
from model.crf.forward_backward import forward_backward
from model.crf.viterbi import likeliest_taggings, likeliest_tags
from model.crf.weights import Crf, DecodingError
from model.machine.numba_cache import compiled, plain
from model.tags.tag_set import SpanArrays

__all__ = ["Crf", "DecodingError", "nbest", "span_probabilities", "viterbi"]

_Flags = NDArray[np.bool_]


def viterbi(
    emissions: ArrayLike, offsets: ArrayLike, crf: Crf, no_edge: _Flags | None = None
) -> NDArray[np.int32]:
    """Return the tag ids of each sentence's likeliest tagging, int32 [chars]; among equals the lowest tag id.

    >>> from model.tags.tag_set import TagSet
    >>> crf = Crf.build(np.zeros((3, 3)), np.zeros(3), np.zeros(3), TagSet("BIO", ("PER",)))
    >>> viterbi([[0, 1, 9], [0, 1, 2], [3, 0, 0]], [0, 3], crf)
    array([1, 2, 0], dtype=int32)
    >>> viterbi([[0, 1, 9], [0, 1, 2], [3, 0, 0]], [0, 3], crf, np.array([False, True, False]))
    array([1, 0, 0], dtype=int32)
    """
    emissions, offsets, no_edge = check_emissions(emissions, offsets, no_edge, crf)
    tag_ids: NDArray[np.int32] = likeliest_tags(
        emissions, offsets, no_edge, crf.tables.logs, crf.tables.columns
    )
    return tag_ids


def span_probabilities(
    emissions: ArrayLike,
    offsets: ArrayLike,
    crf: Crf,
    spans: SpanArrays,
    no_edge: _Flags | None = None,
) -> NDArray[np.float64]:
    """Return the probability that exactly this entity stands there, for each span, float64 [spans].

    That is the share, by weight, of the taggings that have an entity with this start, end and label.
    Sentences without spans cost nothing.
    """
    emissions, offsets, no_edge = check_emissions(emissions, offsets, no_edge, crf)
    rows = plain(spans, np.int64)  # [sentence start end label, spans]
    wanted, wrong = _wanted_sentences(rows, offsets, len(crf.tag_set.labels))
    if wrong >= 0:
        span = rows[:, wrong].tolist()
        raise DecodingError(
            f"span [sentence, start, end, label]: expected one within its sentence, got {span}"
        )
    table, scale, _, is_log = forward_backward(emissions, offsets, no_edge, wanted, *crf.tables)
    label_tags, continues = crf.tag_set.label_tags, crf.tag_set.continues
    probabilities: NDArray[np.float64] = entity_probabilities(
        table, scale, offsets, no_edge, is_log, crf.tables.logs, label_tags, continues, rows
    )
    return probabilities


def nbest(
    emissions: ArrayLike, crf: Crf, count: int, no_edge: _Flags | None = None
) -> list[tuple[NDArray[np.int32], float]]:
    """Return the count likeliest taggings of one sentence, best first, each with its log probability.

    emissions: [chars, tags]. There are fewer where the sentence has fewer. Raises ValueError if count is less than 1.
    """
    if count < 1:
        raise ValueError(f"count: expected at least 1, got {count!r}")
    emissions, offsets, no_edge = check_emissions(emissions, [0, len(np.asarray(emissions))], no_edge, crf)
    if not len(emissions):
        return [(np.empty(0, np.int32), 0.0)]
    total = forward_backward(emissions, offsets, no_edge, np.ones(1, np.bool_), *crf.tables)[2][0]
    taggings, scores = likeliest_taggings(emissions, no_edge, crf.tables.logs, crf.tables.columns, count)
    known = int(np.isfinite(scores).sum())
    return list(zip(taggings[:known], np.minimum(scores[:known] - total, 0.0).tolist(), strict=True))


def check_emissions(
    emissions: ArrayLike, offsets: ArrayLike, no_edge: _Flags | None, crf: Crf
) -> tuple[NDArray[np.float32], NDArray[np.int64], _Flags]:
    """Return all three as the compiled functions take them, or raise DecodingError."""
    emissions, offsets = plain(emissions, np.float32), plain(offsets, np.int64)
    tags = crf.weights.shape[1]
    if emissions.ndim != 2 or emissions.shape[1] != tags:
        raise DecodingError(f"emissions: expected shape [chars, {tags}], got {emissions.shape}")
    if offsets.ndim != 1 or not _covers(offsets, len(emissions)):
        raise DecodingError(f"offsets: expected to rise from 0 to {len(emissions)}, got {offsets!r}")
    no_edge = np.zeros(len(emissions), np.bool_) if no_edge is None else plain(no_edge, np.bool_)
    if no_edge.shape != emissions.shape[:1]:
        raise DecodingError(f"no_edge: expected shape [{len(emissions)}], got {no_edge.shape}")
    at = _not_finite(emissions)
    if at >= 0:
        sentence = int(np.searchsorted(offsets, at, "right")) - 1
        raise DecodingError(
            f"emissions: expected finite numbers, got {emissions[at]!r} in sentence {sentence}, "
            f"character {at - offsets[sentence]}; the network's weights are broken"
        )
    return emissions, offsets, no_edge


@compiled(nogil=False)
def _covers(offsets: Any, chars: int) -> Any:
    """Return whether offsets rise from 0 to chars."""
    if offsets.size == 0 or offsets[0] != 0 or offsets[-1] != chars:
        return False
    falls = 0
    for index in range(offsets.size - 1):
        falls += offsets[index + 1] < offsets[index]
    return falls == 0


@compiled(nogil=False)
def _not_finite(emissions: Any) -> Any:
    """Return the first character with a NaN or infinite emission, or -1."""
    for t in range(len(emissions)):
        if not np.isfinite(emissions[t].sum()):
            for value in emissions[t]:
                if not np.isfinite(value):
                    return t
    return -1


@compiled(nogil=False)
def _wanted_sentences(spans: Any, offsets: Any, labels: int) -> Any:
    """Return which sentences have spans, bool [sentences], and the first span outside its sentence, or -1."""
    wanted = np.zeros(offsets.size - 1, np.bool_)
    for index in range(spans.shape[1]):
        sentence, start, end, label = spans[:, index]
        if not (0 <= sentence < wanted.size and 0 <= label < labels and 0 <= start < end):
            return wanted, index
        if offsets[sentence] + end > offsets[sentence + 1]:
            return wanted, index
        wanted[sentence] = True
    return wanted, -1
