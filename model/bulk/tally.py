"""What the splits of a run came to so far: the numbers of its progress and of its summary."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from model.bulk.job import FIRST_BAD, Outcome


@dataclass
class Tally:
    """The outcomes of a run's splits, of `splits` in all; rates are of those that this run did itself."""

    splits: int
    clock: Callable[[], float] = time.monotonic
    outcomes: dict[int, Outcome] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._started = self.clock()
        self._new: list[Outcome] = []

    def found(self, outcomes: Iterable[Outcome]) -> None:
        """Take splits that an earlier run did: they count, but say nothing of this run's speed."""
        self.outcomes |= {outcome.index: outcome for outcome in outcomes}

    def add(self, outcome: Outcome) -> None:
        """Take a split that is done."""
        self.outcomes[outcome.index] = outcome
        self._new.append(outcome)

    def total(self, name: str) -> int:
        """Return the sum of a number of all outcomes."""
        return sum(getattr(outcome, name) for outcome in self.outcomes.values())

    def first_errors(self) -> list[str]:
        """Return the first places of bad rows, of the splits that are done."""
        every = [error for index in sorted(self.outcomes) for error in self.outcomes[index].first_errors]
        return every[:FIRST_BAD]

    def line(self) -> str:
        """Return how far the run is, in a line."""
        done = f"{len(self.outcomes)}/{self.splits} splits, {self.total('rows'):,} rows"
        rates = f"{self._rate('rows'):,} rows/s, {self._rate('chars'):,} chars/s"
        return f"{done}, {rates}, {self.total('errors'):,} errors"

    def summary(self) -> dict[str, Any]:
        """Return what the whole came to; seconds and rates are of this run alone."""
        return {
            "splits": self.splits,
            **{name: self.total(name) for name in ("rows", "chars", "entities", "errors")},
            "first_errors": self.first_errors(),
            "cpu_s": round(sum(outcome.cpu_s for outcome in self.outcomes.values()), 1),
            "seconds": round(self._elapsed(), 1),
            "rows_per_s": self._rate("rows"),
            "chars_per_s": self._rate("chars"),
        }

    def _rate(self, name: str) -> int:
        return int(sum(getattr(outcome, name) for outcome in self._new) / self._elapsed())

    def _elapsed(self) -> float:
        return max(self.clock() - self._started, 1e-3)
