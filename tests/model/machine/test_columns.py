"""Columns of a terminal."""

import pytest

from model.machine.columns import display_width, format_columns


@pytest.mark.parametrize(
    ("text", "expected"),
    [("", 0), ("abc", 3), ("北京", 4), ("，。", 4), ("Ａ1", 3), ("e\u0301", 1), ("\u200b", 0)],
)
def test_width_is_that_of_a_terminal(text: str, expected: int) -> None:
    assert display_width(text) == expected


def test_every_row_is_as_wide_as_the_others() -> None:
    rows = [["名", "1"], ["name", "10,000"], ["e\u0301", ""]]
    lines = list(format_columns(rows))
    assert [display_width(line) for line in lines[:2]] == [12, 12]
    assert list(format_columns([])) == []
