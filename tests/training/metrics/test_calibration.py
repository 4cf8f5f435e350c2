import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.metrics.calibration import Reliability, format_calibration


def calibration_of(scored, bins=10):
    reliability = Reliability(bins)
    reliability.add(scored)
    return reliability.calibration()


def test_by_hand():
    found = calibration_of([(0.95, True), (0.93, True), (0.99, False), (0.55, True), (0.51, False)])
    full = {row["high"]: row for row in found["bins"] if row["spans"]}
    assert set(full) == {0.6, 1.0}
    assert full[1.0] == {
        "low": 0.9,
        "high": 1.0,
        "spans": 3,
        "score": pytest.approx(2.87 / 3),
        "correct": pytest.approx(2 / 3),
    }
    assert found["ece"] == pytest.approx((3 * abs(2.87 / 3 - 2 / 3) + 2 * abs(0.53 - 0.5)) / 5)


@pytest.mark.parametrize(
    ("score", "high"), [(0.0, 0.1), (0.05, 0.1), (0.1, 0.1), (0.5, 0.5), (0.51, 0.6), (0.7, 0.7), (1.0, 1.0)]
)
def test_upper_border_belongs_to_its_bin(score, high):
    (row,) = [row for row in calibration_of([(score, True)])["bins"] if row["spans"]]
    assert row["high"] == pytest.approx(high)


def test_spans_that_are_right_as_often_as_said_have_no_error():
    assert calibration_of([(0.75, True), (0.75, True), (0.75, True), (0.75, False)])["ece"] == 0.0


def test_no_spans_have_no_error_and_empty_bins():
    found = calibration_of([])
    assert found["ece"] == 0.0
    assert len(found["bins"]) == 10
    assert all(row["score"] is None and row["correct"] is None for row in found["bins"])


@settings(max_examples=200, deadline=None)
@given(scored=st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=30), bins=st.integers(1, 12))
def test_each_span_is_in_the_one_bin_that_its_score_is_in(scored, bins):
    found = calibration_of(scored, bins)
    for row in found["bins"]:
        inside = [
            (score, correct)
            for score, correct in scored
            if row["low"] < score <= row["high"] or (score == 0 and row["low"] == 0)
        ]
        assert row["spans"] == pytest.approx(len(inside), abs=0)
        if inside:
            assert row["score"] == pytest.approx(sum(score for score, _ in inside) / len(inside))
            assert row["correct"] == pytest.approx(sum(correct for _, correct in inside) / len(inside))
    assert 0 <= found["ece"] <= 1


@pytest.mark.parametrize("score", [-0.1, 1.1, math.nan, math.inf])
def test_what_is_not_a_probability_is_refused(score):
    with pytest.raises(ValueError, match="expected a probability between 0 and 1, got"):
        calibration_of([(score, True)])


def test_table_for_people():
    lines = format_calibration(calibration_of([(0.9, True), (0.8, False)], bins=2)).splitlines()
    assert lines == [
        "     score   spans  mean score  correct",
        "0.0 to 0.5       0           -        -",
        "0.5 to 1.0       2      85.00%   50.00%",
        "expected calibration error 0.3500",
    ]
