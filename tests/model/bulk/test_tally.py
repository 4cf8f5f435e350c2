"""What is said of a run: all that was done counts, speed is this run's alone."""

from model.bulk.job import Outcome
from model.bulk.tally import Tally


class Clock:
    """A clock that stands until it is set."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def tally() -> Tally:
    clock = Clock()
    counted = Tally(3, clock)
    counted.found([Outcome(0, rows=1000, chars=1, errors=1, cpu_s=1.5, first_errors=["a.txt: line 1: x"])])
    clock.now = 10.0
    counted.add(Outcome(1, rows=2000, chars=30_000, entities=3, cpu_s=1.0))
    return counted


def test_a_line_says_splits_rows_rates_and_errors() -> None:
    assert tally().line() == "2/3 splits, 3,000 rows, 200 rows/s, 3,000 chars/s, 1 errors"


def test_the_summary_is_of_all_its_rates_are_of_this_run() -> None:
    summary = tally().summary()
    assert (summary["rows"], summary["entities"], summary["cpu_s"]) == (3000, 3, 2.5)
    assert (summary["rows_per_s"], summary["seconds"]) == (200, 10.0)
    assert summary["first_errors"] == ["a.txt: line 1: x"]


def test_the_first_places_are_those_of_the_first_splits_in_whatever_order_they_end() -> None:
    counted = Tally(9)
    for index in (8, 3, 5, 0, 7, 2):
        counted.add(Outcome(index, errors=1, first_errors=[f"{index}"]))
    assert counted.first_errors() == ["0", "2", "3", "5", "7"]
    assert counted.total("errors") == 6


def test_a_split_counts_once() -> None:
    counted = Tally(2)
    counted.found([Outcome(1, rows=5)])
    counted.add(Outcome(1, rows=5))
    assert counted.summary()["rows"] == 5


def test_very_many_splits_are_added_up_as_they_come() -> None:
    """Summing all anew for each takes minutes for a folder of so many small files."""
    counted = Tally(20_000)
    for index in range(20_000):
        counted.add(Outcome(index, rows=2, cpu_s=0.25, errors=1, first_errors=["x"]))
        counted.line()
    summary = counted.summary()
    assert (summary["rows"], summary["cpu_s"], summary["first_errors"]) == (40_000, 5_000.0, ["x"] * 5)
