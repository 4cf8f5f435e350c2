"""How far scores would move on other sentences like these: the bootstrap (Efron 1979), vectorised.

counts [sentences, columns] --draws--> how often each sentence is in each resample --> sums [resamples, columns]

A resample has as many sentences as there are, each drawn with replacement: sentences are resampled and not entities,
because entities of one sentence are right or wrong together.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

RESAMPLES = 1000
SEED = 20261127
# The middle of the resamples that an interval is.
LEVEL = 0.95
# Sentences of all resamples that are drawn at a time: 8 MB of indices.
_DRAWN = 1 << 20
GOLD, PREDICTED, CORRECT = range(3)


def draws(sentences: int, resamples: int, seed: int = SEED) -> Iterator[NDArray[np.int64]]:
    """Yield the indices of the sentences of some resamples at a time, int64 [of these, sentences]."""
    generator = np.random.default_rng(seed)
    step = max(1, _DRAWN // max(1, sentences))
    for start in range(0, resamples, step):
        yield generator.integers(0, sentences, (min(step, resamples - start), sentences))


def resampled_sums(counts: NDArray[Any], resamples: int = RESAMPLES, seed: int = SEED) -> Floats:
    """Return the sum of each column over the sentences of each resample: float64 [resamples, columns].

    counts: [sentences, columns]. The same seed draws the same sentences, whatever the columns are.
    """
    sentences = len(counts)
    if not sentences:
        return np.zeros((resamples, counts.shape[1]))
    return np.concatenate([_times_drawn(drawn) @ counts for drawn in draws(sentences, resamples, seed)])


def rates_of(sums: Floats) -> Floats:
    """Return precision, recall and F1 [..., 3] of counts [..., (gold, predicted, correct)]; of nothing they are 0.

    >>> rates_of(np.array([4.0, 2.0, 1.0])).round(3).tolist()
    [0.5, 0.25, 0.333]
    """
    gold, predicted, correct = (sums[..., column] for column in (GOLD, PREDICTED, CORRECT))
    both = np.stack([predicted, gold, (predicted + gold) / 2], axis=-1)
    return np.divide(correct[..., np.newaxis], both, out=np.zeros_like(both), where=both > 0)


def intervals(values: Floats, level: float = LEVEL) -> Floats:
    """Return the lower and the upper bound of each column of [resamples, ...]: [2, ...], the percentile interval."""
    outside = 50 * (1 - level)
    return np.asarray(np.percentile(values, [outside, 100 - outside], axis=0))


def two_sided_p(differences: Floats) -> float:
    """Return how probable a difference as far from 0 would be by chance, 0 to 1, from its resamples.

    Twice the smaller share of resamples on either side of 0; one more is counted, so that it is never 0.

    >>> two_sided_p(np.array([0.1] * 99))
    0.02
    """
    resamples = len(differences)
    on_one_side = min(np.count_nonzero(differences <= 0), np.count_nonzero(differences >= 0))
    return min(1.0, 2 * (on_one_side + 1) / (resamples + 1))


def _times_drawn(drawn: NDArray[np.int64]) -> Floats:
    """Return how often each sentence is in each resample, float64 [resamples, sentences]."""
    resamples, sentences = drawn.shape
    shifted = drawn + np.arange(resamples)[:, np.newaxis] * sentences
    return np.bincount(shifted.ravel(), minlength=drawn.size).reshape(drawn.shape).astype(np.float64)
