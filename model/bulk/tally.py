"""What the splits of a run came to so far: the numbers of its progress and of its summary."""

import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from model.bulk.job import FIRST_BAD, Outcome

_NUMBERS = ("rows", "chars", "entities", "errors", "cpu_s")


@dataclass
class Tally:
    """The outcomes of a run's splits, of `splits` in all; rates are of those that this run did itself.

    Sums are kept, not made anew: there may be a split for each of a hundred thousand small files.
    """

    splits: int
    clock: Callable[[], float] = time.monotonic
    done: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._started = self.clock()
        self._all: Counter[str] = Counter()
        self._new: Counter[str] = Counter()
        self._bad: list[tuple[int, list[str]]] = []  # of the first splits with bad rows

    def found(self, outcomes: Iterable[Outcome]) -> None:
        """Take splits that an earlier run did: they count, but say nothing of this run's speed."""
        for outcome in outcomes:
            self._count(outcome)

    def add(self, outcome: Outcome) -> None:
        """Take a split that is done."""
        self._new += _numbers(outcome)
        self._count(outcome)

    def total(self, name: str) -> int:
        """Return the sum of a number of all outcomes."""
        return self._all[name]

    def first_errors(self) -> list[str]:
        """Return the first places of bad rows, of the splits that are done."""
        return [error for _, errors in self._bad for error in errors][:FIRST_BAD]

    def line(self) -> str:
        """Return how far the run is, in a line."""
        done = f"{len(self.done)}/{self.splits} splits, {self.total('rows'):,} rows"
        rates = f"{self._rate('rows'):,} rows/s, {self._rate('chars'):,} chars/s"
        return f"{done}, {rates}, {self.total('errors'):,} errors"

    def summary(self) -> dict[str, Any]:
        """Return what the whole came to; seconds and rates are of this run alone."""
        return {
            "splits": self.splits,
            **{name: self.total(name) for name in ("rows", "chars", "entities", "errors")},
            "first_errors": self.first_errors(),
            "cpu_s": round(float(self.total("cpu_s")), 1),
            "seconds": round(self._elapsed(), 1),
            "rows_per_s": self._rate("rows"),
            "chars_per_s": self._rate("chars"),
        }

    def _count(self, outcome: Outcome) -> None:
        if outcome.index in self.done:
            return
        self.done.add(outcome.index)
        self._all += _numbers(outcome)
        if outcome.first_errors:
            self._bad = sorted([*self._bad, (outcome.index, outcome.first_errors)])[:FIRST_BAD]

    def _rate(self, name: str) -> int:
        return int(self._new[name] / self._elapsed())

    def _elapsed(self) -> float:
        return max(self.clock() - self._started, 1e-3)


def _numbers(outcome: Outcome) -> "Counter[str]":
    return Counter({name: getattr(outcome, name) for name in _NUMBERS})
