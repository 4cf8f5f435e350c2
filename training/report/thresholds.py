"""Where to cut scores, label by label: the `min_score` with the best F1, and that for a wanted precision.

(label, score, correct) of every predicted entity, gold counts --suggest--> {label: {"best_f1": {...}, ...}}
"""

from array import array
from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.tags.schemes import EntitySpan
from training.metrics.evaluation import ScoredSpan

WANTED_PRECISION = 0.95
# Two digits: what is finer follows chance.
_STEP = 0.01
# A better F1 by less than this is chance as well: then nothing is cut.
_MIN_GAIN = 0.001
# Of fewer entities left nothing is said.
_FEW = 20


class Thresholds:
    """Running lists of scores, by label."""

    def __init__(self) -> None:
        self._gold: Counter[str] = Counter()
        self._scores: dict[str, array[float]] = {}
        self._correct: dict[str, array[int]] = {}

    def add(self, gold: Collection[EntitySpan], entities: Sequence[ScoredSpan]) -> None:
        """Count the gold and the predicted entities of one sentence."""
        self._gold.update(span.label for span in gold)
        for entity in entities:
            self._scores.setdefault(entity.label, array("d")).append(entity.score)
            right = EntitySpan(entity.start, entity.end, entity.label) in gold
            self._correct.setdefault(entity.label, array("b")).append(right)

    def suggest(self) -> dict[str, Any]:
        """Return for each label where F1 is best, and from where on precision is WANTED_PRECISION (None: nowhere)."""
        return {
            label: suggest_cuts(
                np.array(scores, np.float64), np.array(self._correct[label], np.bool_), self._gold[label]
            )
            for label, scores in sorted(self._scores.items())
        }


def suggest_cuts(scores: NDArray[np.float64], correct: NDArray[np.bool_], gold: int) -> dict[str, Any]:
    """Return the two cuts of one label, each with what is left of precision, recall and F1.

    >>> cuts = suggest_cuts(np.array([0.3] * 30 + [0.9] * 30), np.array([False] * 30 + [True] * 30), 40)
    >>> cuts["best_f1"]["min_score"], round(cuts["best_f1"]["f1"], 3)
    (0.31, 0.857)
    """
    cuts = np.round(np.arange(0, 1, _STEP), 2)
    left = scores[:, np.newaxis] >= cuts  # [entities, cuts]
    predicted, right = left.sum(0), (left & correct[:, np.newaxis]).sum(0)
    precision = np.divide(right, predicted, out=np.zeros(len(cuts)), where=predicted > 0)
    f1 = 2 * right / np.maximum(predicted + gold, 1)
    best = int(f1.argmax())
    if f1[best] < f1[0] + _MIN_GAIN:
        best = 0
    precise = np.flatnonzero((precision >= WANTED_PRECISION) & (predicted >= _FEW))

    def row(index: int) -> dict[str, float]:
        return {
            "min_score": float(cuts[index]),
            "precision": float(precision[index]),
            "recall": float(right[index] / gold) if gold else 0.0,
            "f1": float(f1[index]),
        }

    return {"best_f1": row(best), "precise": row(int(precise[0])) if precise.size else None}
