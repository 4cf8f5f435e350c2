"""The bootstrap against all resamples that there are, and against a loop."""

import itertools

import numpy as np
import pytest

from training.report.bootstrap import draws, intervals, rates_of, resampled_sums, two_sided_p

COUNTS = np.array([[2, 1, 1], [1, 2, 1], [3, 3, 3], [0, 1, 0]])  # gold, predicted, correct of four sentences


def f1(rows: np.ndarray) -> float:
    gold, predicted, correct = rows.sum(0)
    return 2 * correct / (gold + predicted) if gold + predicted else 0.0


def test_sums_are_those_of_a_loop_over_the_sentences_drawn() -> None:
    drawn = np.concatenate(list(draws(4, 50, seed=3)))
    expected = [sum((COUNTS[index] for index in row), np.zeros(3)) for row in drawn]
    np.testing.assert_array_equal(resampled_sums(COUNTS, 50, seed=3), expected)


def test_resamples_spread_as_all_that_there_are() -> None:
    every = [f1(COUNTS[list(chosen)]) for chosen in itertools.product(range(4), repeat=4)]
    drawn = rates_of(resampled_sums(COUNTS, 20_000))[:, 2]
    assert drawn.mean() == pytest.approx(np.mean(every), abs=0.005)
    for share in (0.1, 0.5, 0.9):
        # Where the 256 cases have a step, the drawn share lies between its two sides.
        bound = np.quantile(every, share)
        low, high = np.mean(np.array(every) < bound), np.mean(np.array(every) <= bound)
        assert low - 0.02 <= np.mean(drawn <= bound + 1e-12) <= high + 0.02


def test_draws_are_the_same_however_many_are_made_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = resampled_sums(COUNTS, 30)
    monkeypatch.setattr("training.report.bootstrap._DRAWN", 8)
    np.testing.assert_array_equal(resampled_sums(COUNTS, 30), whole)


def test_of_nothing_all_rates_are_0() -> None:
    assert resampled_sums(np.zeros((0, 3)), 5).tolist() == [[0, 0, 0]] * 5
    assert rates_of(np.zeros((2, 3))).tolist() == [[0, 0, 0]] * 2


def test_an_interval_holds_so_much_of_the_resamples() -> None:
    values = np.arange(1001.0)[:, np.newaxis]
    np.testing.assert_allclose(intervals(values, level=0.9), [[50.0], [950.0]])


@pytest.mark.parametrize(
    ("differences", "expected"),
    [
        ([1.0] * 999, 0.002),
        ([-1.0] * 999, 0.002),
        ([1.0, -1.0] * 50, 1.0),
        ([0.0] * 99, 1.0),
        ([1.0] * 9 + [-1.0], 4 / 11),
    ],
)
def test_p_is_twice_the_smaller_side(differences: list[float], expected: float) -> None:
    assert two_sided_p(np.array(differences)) == pytest.approx(expected)
