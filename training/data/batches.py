"""Batches out of the arrays: each piece once an epoch, beside pieces of like length, padded on the right.

    GoldBatches.read(epoch): lengths -> shuffled by (seed, epoch) -> sorted by length within windows -> packed -> batches shuffled
            -> feeds of the network, tag_ids [batch, time], lengths [batch]

Memory is one index per piece; characters are gathered from the memory-mapped files batch by batch.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from model.runtime.batching import Feeds, pad, pad_rows
from training.data.arrays import CorpusArrays

# Tag ids are padded with 0, a legal id: -1 crashes on CPU and is silently 0 on GPU.
WINDOW_BATCHES = 200  # sorting within about so many batches: little padding, and other neighbours each epoch


@dataclass(frozen=True)
class Batch:
    """Rows of like length; what lies right of a row's length is padding."""

    feeds: Feeds  # per channel, as `pad_rows` makes them
    tag_ids: npt.NDArray[np.int32]  # [batch, time]
    lengths: npt.NDArray[np.int32]  # [batch]
    pieces: npt.NDArray[np.int64]  # [batch]: which piece each row is
    soft: "SoftTargets | None" = None  # what is learnt instead of tag_ids, where they are given


@dataclass(frozen=True)
class SoftTargets:
    """What taggers think of the rows of a batch: probabilities instead of one tag each; 0 in the padding."""

    tags: npt.NDArray[np.float32]  # [batch, time, tags]: of each tag at each character
    steps: npt.NDArray[np.float32]  # [batch, from_tag, to_tag]: how often each step is expected


class EpochBatches(Protocol):
    """What each epoch of a fit reads."""

    def count(self, epoch: int) -> int:
        """Return how many batches epoch 0, 1, ... has."""

    def read(self, epoch: int) -> Iterator[Batch]:
        """Yield them, the same ones whenever it is called."""


@dataclass(frozen=True)
class GoldBatches:
    """The batches of a corpus with its own tags."""

    arrays: CorpusArrays
    batch_chars: int
    seed: int

    def count(self, epoch: int) -> int:
        """Return how many batches epoch 0, 1, ... has."""
        return count_batches(self.arrays, self.batch_chars, self.seed, epoch)

    def read(self, epoch: int) -> Iterator[Batch]:
        """Yield them: each piece in one of them, shuffled anew in each epoch."""
        return batches(self.arrays, self.batch_chars, self.seed, epoch)


def batches(arrays: CorpusArrays, batch_chars: int, seed: int, epoch: int) -> Iterator[Batch]:
    """Yield one epoch: each piece in exactly one batch, the same batches for the same (seed, epoch).

    A batch has at most `batch_chars` characters, padding included, and at least one row.
    """
    for pieces in shuffled_packs(arrays.lengths, batch_chars, np.random.default_rng([seed, epoch])):
        yield build_batch(arrays, pieces)


def shuffled_packs(
    lengths: npt.NDArray[np.int64], batch_chars: int, random: np.random.Generator
) -> list[npt.NDArray[np.int64]]:
    """Return the pieces of each batch, by index into their lengths, in the order that `random` draws."""
    order = _sorted_in_windows(random.permutation(len(lengths)), lengths, batch_chars)
    packs = pack(lengths[order], batch_chars)
    return [order[packs[index]] for index in random.permutation(len(packs))]


def eval_batches(arrays: CorpusArrays, batch_chars: int) -> Iterator[Batch]:
    """Yield each piece in exactly one batch, shortest first."""
    lengths = arrays.lengths
    order = np.argsort(lengths, kind="stable")
    for rows in pack(lengths[order], batch_chars):
        yield build_batch(arrays, order[rows])


def count_batches(arrays: CorpusArrays, batch_chars: int, seed: int, epoch: int) -> int:
    """Return how many batches `batches` yields for the same arguments."""
    return len(shuffled_packs(arrays.lengths, batch_chars, np.random.default_rng([seed, epoch])))


def pack(lengths: npt.NDArray[np.int64], batch_chars: int) -> list[slice]:
    """Return consecutive slices of `lengths` such that rows times longest is at most `batch_chars`.

    A row that is longer by itself stands alone.

    >>> pack(np.array([2, 2, 3, 9, 1]), batch_chars=8)
    [slice(0, 2, None), slice(2, 3, None), slice(3, 4, None), slice(4, 5, None)]
    """
    slices, start, longest = [], 0, 0
    for row, length in enumerate(lengths.tolist()):
        longest = max(longest, length)
        if row > start and (row - start + 1) * longest > batch_chars:
            slices.append(slice(start, row))
            start, longest = row, length
    return [*slices, slice(start, len(lengths))] if len(lengths) else []


def build_batch(arrays: CorpusArrays, pieces: npt.NDArray[np.int64]) -> Batch:
    """Return the batch whose rows are `pieces`, int64 [batch], in that order."""
    starts = arrays.offsets[pieces]
    lengths = arrays.offsets[pieces + 1] - starts
    return Batch(
        feeds=pad_rows(arrays.ids, starts, lengths),
        tag_ids=pad(arrays.tag_ids, starts, lengths),
        lengths=lengths.astype(np.int32),
        pieces=pieces,
    )


def _sorted_in_windows(
    order: npt.NDArray[np.int64], lengths: npt.NDArray[np.int64], batch_chars: int
) -> npt.NDArray[np.int64]:
    rows_per_batch = max(1, round(batch_chars / max(1.0, float(lengths.mean())))) if len(lengths) else 1
    window = np.arange(len(order)) // (rows_per_batch * WINDOW_BATCHES)
    by_length: npt.NDArray[np.int64] = np.lexsort((lengths[order], window))
    return order[by_length]
