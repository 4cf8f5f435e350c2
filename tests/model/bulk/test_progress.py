"""What is said while a run goes on: a line a second where someone looks on, a line a minute in a log."""

import io

import pytest

from model.bulk.job import Outcome
from model.bulk.progress import Progress


class Clock:
    """A clock that stands until it is set."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("output", "lines"), [(Terminal(), 120), (io.StringIO(), 2)])
def test_lines_come_in_their_time(output: io.StringIO, lines: int) -> None:
    clock = Clock()
    progress = Progress([1], output, clock)
    for second in range(480):
        clock.now = second / 4 + 0.25
        progress.say()
    assert output.getvalue().count("splits") == lines


def test_a_line_says_rates_errors_and_time_left() -> None:
    clock = Clock()
    progress = Progress([100, 100, 300], io.StringIO(), clock)
    progress.found([Outcome(0, rows=1000, chars=1, errors=1)])
    clock.now = 10.0
    progress.add(Outcome(1, rows=2000, chars=30_000))
    assert progress.line() == "2/3 splits, 3,000 rows, 200 rows/s, 3,000 chars/s, 1 errors, 0:00:30 left"
    progress.add(Outcome(2))
    assert progress.line().endswith("1 errors")


def test_the_summary_is_of_all_its_rates_are_of_this_run() -> None:
    clock = Clock()
    progress = Progress([1, 1], io.StringIO(), clock)
    progress.found([Outcome(0, rows=5, errors=1, cpu_s=1.5, first_errors=["a.txt: line 1: x"])])
    clock.now = 2.0
    progress.add(Outcome(1, rows=4, entities=3, cpu_s=1.0))
    summary = progress.summary()
    assert (summary["rows"], summary["entities"], summary["cpu_s"]) == (9, 3, 2.5)
    assert (summary["rows_per_s"], summary["seconds"]) == (2, 2.0)
    assert summary["first_errors"] == ["a.txt: line 1: x"]
