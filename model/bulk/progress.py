"""How far a run is: a line that is written over on a terminal, a line a minute in a log, a summary at the end."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, TextIO

from model.bulk.job import FIRST_BAD, Outcome

_TERMINAL_S, _LOG_S = 1.0, 60.0


@dataclass
class Progress:
    """What the splits so far came to. work: the bytes of each split, by its index."""

    work: list[int]
    output: TextIO
    clock: Callable[[], float] = time.monotonic
    outcomes: dict[int, Outcome] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._started = self._said = self.clock()
        self._new: list[Outcome] = []

    def found(self, outcomes: Iterable[Outcome]) -> None:
        """Take splits that an earlier run did: they count, but say nothing of this run's speed."""
        self.outcomes |= {outcome.index: outcome for outcome in outcomes}

    def add(self, outcome: Outcome) -> None:
        """Take a split that is done."""
        self.outcomes[outcome.index] = outcome
        self._new.append(outcome)

    def say(self) -> None:
        """Write a line, where the last one is old enough."""
        terminal = self.output.isatty()
        if self.clock() - self._said >= (_TERMINAL_S if terminal else _LOG_S):
            self._said = self.clock()
            self.output.write(f"\r{self.line()}\033[K" if terminal else f"{self.line()}\n")
            self.output.flush()

    def end(self) -> None:
        """Write the last line, whenever the one before was."""
        self.output.write(f"\r{self.line()}\033[K\n" if self.output.isatty() else f"{self.line()}\n")
        self.output.flush()

    def line(self) -> str:
        """Return how far the run is, in a line."""
        rows, chars = (self._rate(name) for name in ("rows", "chars"))
        done = f"{len(self.outcomes)}/{len(self.work)} splits, {self.total('rows'):,} rows"
        return f"{done}, {rows:,} rows/s, {chars:,} chars/s, {self.total('errors'):,} errors{self._left()}"

    def total(self, name: str) -> int:
        """Return the sum of a number of all outcomes."""
        return sum(getattr(outcome, name) for outcome in self.outcomes.values())

    def first_errors(self) -> list[str]:
        """Return the first places of bad rows, of the splits that are done."""
        every = [error for index in sorted(self.outcomes) for error in self.outcomes[index].first_errors]
        return every[:FIRST_BAD]

    def summary(self) -> dict[str, Any]:
        """Return what the whole came to; seconds and rates are of this run alone."""
        totals = {name: self.total(name) for name in ("rows", "chars", "entities", "errors")}
        return {
            "splits": len(self.work),
            **totals,
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

    def _left(self) -> str:
        """Return the time left, by the bytes that are done and those that are not."""
        done = sum(self.work[outcome.index] for outcome in self._new)
        left = sum(size for index, size in enumerate(self.work) if index not in self.outcomes)
        if not done or not left:
            return ""
        minutes, seconds = divmod(int(self._elapsed() * left / done), 60)
        return f", {minutes // 60}:{minutes % 60:02}:{seconds:02} left"
