"""The batches of a student: those of train, whose targets are its tags and its teachers' view of them, and those of
text without labels, whose targets are the teachers' view alone; shuffled together.

Each epoch reads all of train, and as much of the other text as `ratio` says: another part of it each time.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from training.data.batches import Batch, build_batch, shuffled_packs
from training.distillation.posterior import Posterior


@dataclass(frozen=True)
class SoftBatches:
    """What a student reads."""

    train: Posterior
    unlabelled: Posterior | None
    batch_chars: int
    seed: int
    gold_share: float  # of the targets of train: its own tags, against what the teachers think
    ratio: float  # characters without labels that an epoch reads for each of train

    def count(self, epoch: int) -> int:
        """Return how many batches epoch 0, 1, ... has."""
        return len(self._packs(epoch))

    def read(self, epoch: int) -> Iterator[Batch]:
        """Yield them, each with its soft targets."""
        for posterior, pieces, gold_share in self._packs(epoch):
            batch = build_batch(posterior.arrays, pieces)
            yield replace(batch, soft=posterior.targets(pieces, gold_share))

    def _packs(self, epoch: int) -> list[tuple[Posterior, npt.NDArray[np.int64], float]]:
        random = np.random.default_rng([self.seed, epoch])
        packs = [
            (self.train, pieces, self.gold_share)
            for pieces in shuffled_packs(self.train.arrays.lengths, self.batch_chars, random)
        ]
        if self.unlabelled:
            chosen = self._unlabelled_pieces(self.unlabelled, epoch)
            lengths = self.unlabelled.arrays.lengths[chosen]
            others = shuffled_packs(lengths, self.batch_chars, random)
            packs += [(self.unlabelled, chosen[pieces], 0.0) for pieces in others]
        return [packs[index] for index in random.permutation(len(packs))]

    def _unlabelled_pieces(self, unlabelled: Posterior, epoch: int) -> npt.NDArray[np.int64]:
        """Return the pieces without labels that this epoch reads: the next ones of an endless, shuffled row."""
        lengths = unlabelled.arrays.lengths
        wanted = min(int(self.ratio * self.train.arrays.lengths.sum()), int(lengths.sum()))
        order = np.random.default_rng(self.seed).permutation(len(lengths))
        ends = np.cumsum(lengths[order])
        start = epoch * wanted % int(ends[-1])
        position = (ends - lengths[order] - start) % int(ends[-1])
        chosen: npt.NDArray[np.int64] = order[position < wanted]
        return chosen
