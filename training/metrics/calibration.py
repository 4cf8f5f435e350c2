"""Calibration of span probabilities: of the spans given 0.8, are 80 % right?

(score, correct) of every predicted span -> reliability bins -> expected calibration error
"""

from bisect import bisect_left
from collections.abc import Iterable
from typing import TypedDict

BINS = 10


class ReliabilityBin(TypedDict):
    """The predicted spans with low < score <= high (the first bin takes 0 too)."""

    low: float
    high: float
    spans: int
    score: float | None  # mean; None where there are no spans
    correct: float | None  # share


class Calibration(TypedDict):
    """Calibration as it stands in JSON.

    ece: the expected calibration error (Naeini et al. 2015), the mean over spans of the distance between the
    mean score of their bin and its share of right spans; 0 where there are no spans.
    """

    ece: float
    bins: list[ReliabilityBin]


class Reliability:
    """Running sums per bin.

    >>> reliability = Reliability(bins=2)
    >>> reliability.add([(0.9, True), (0.7, False), (0.4, False)])
    >>> round(reliability.calibration()["ece"], 4)
    0.3333
    """

    def __init__(self, bins: int = BINS) -> None:
        self._highs = [(index + 1) / bins for index in range(bins)]
        self._spans = [0] * bins
        self._scores = [0.0] * bins
        self._correct = [0] * bins

    def add(self, scored: Iterable[tuple[float, bool]]) -> None:
        """Count spans, each a probability and whether it is right. ValueError for a score outside 0 to 1."""
        for score, correct in scored:
            if not -1e-6 <= score <= 1 + 1e-6:  # also what is not a number
                raise ValueError(f"expected a probability between 0 and 1, got {score!r}")
            index = min(bisect_left(self._highs, score), len(self._highs) - 1)
            self._spans[index] += 1
            self._scores[index] += score
            self._correct[index] += correct

    def calibration(self) -> Calibration:
        """Return the bins and the expected calibration error of what was counted so far."""
        total = sum(self._spans)
        gap = sum(abs(score - correct) for score, correct in zip(self._scores, self._correct, strict=True))
        return Calibration(
            ece=gap / total if total else 0.0, bins=[self._bin(i) for i in range(len(self._spans))]
        )

    def _bin(self, index: int) -> ReliabilityBin:
        spans, bins = self._spans[index], len(self._spans)
        return ReliabilityBin(
            low=index / bins,
            high=self._highs[index],
            spans=spans,
            score=self._scores[index] / spans if spans else None,
            correct=self._correct[index] / spans if spans else None,
        )


def format_calibration(calibration: Calibration) -> str:
    """Return the bins as a table for people."""
    lines = ["     score   spans  mean score  correct"]
    for row in calibration["bins"]:
        mean, correct = ("-" if share is None else f"{share:.2%}" for share in (row["score"], row["correct"]))
        lines.append(f"{row['low']:.1f} to {row['high']:.1f}  {row['spans']:>6,}  {mean:>10}  {correct:>7}")
    lines.append(f"expected calibration error {calibration['ece']:.4f}")
    return "\n".join(lines)
