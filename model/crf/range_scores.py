"""How probable given tags are on a range of characters, whatever stands around it.

emissions, ranges -> copies of the sentence, all other tags ruled out in the range -> log partition of each
                  -> less that of the sentence itself = log P(these tags there)
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from model.crf.forward_backward import forward_backward
from model.crf.weights import Crf

# Far below any emission of a network, and finite: what is ruled out costs so many nats.
_RULED_OUT = -1e4


class TaggedRange(NamedTuple):
    """Characters from `start` on that have these tags, int32 [chars of the range]."""

    start: int
    tag_ids: NDArray[np.int32]


def range_log_probabilities(
    emissions: ArrayLike, crf: Crf, ranges: Sequence[TaggedRange], no_edge: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Return log P(the tags of each range | the sentence), float64 [ranges]; about -1e4 for what the scheme forbids.

    emissions: float32 [chars, tags] of one sentence; no_edge: bool [chars], where no entity begins or ends.
    """
    plain = np.asarray(emissions, np.float32)
    copies = np.repeat(plain[np.newaxis], len(ranges) + 1, axis=0)  # [ranges + 1, chars, tags]
    for copy, (start, tag_ids) in zip(copies[1:], ranges, strict=True):
        rows = np.arange(start, start + len(tag_ids))
        kept = copy[rows, tag_ids]
        copy[rows] = _RULED_OUT
        copy[rows, tag_ids] = kept
    chars, tags = plain.shape
    offsets = np.arange(len(copies) + 1, dtype=np.int64) * chars
    wanted = np.ones(len(copies), np.bool_)
    flat, closed = copies.reshape(-1, tags), np.tile(no_edge, len(copies))
    totals = forward_backward(flat, offsets, closed, wanted, *crf.tables)[2]
    logs: NDArray[np.float64] = np.minimum(totals[1:] - totals[0], 0.0)
    return logs
