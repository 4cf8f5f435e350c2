"""Offsets in the client's unit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.api.offsets import convert_offsets

ANY_TEXT = st.text(st.characters(), max_size=40)  # lone surrogates included


@pytest.mark.parametrize(
    ("text", "offsets", "utf16", "byte"),
    [
        ("小明", [0, 2], [0, 2], [0, 6]),
        ("😀小明", [1, 3], [2, 4], [4, 10]),
        ("👨‍👩‍👧在", [5, 6], [8, 9], [18, 21]),  # joined by ZWJ: 5 code points
        ("a\r\nb\u3000c", [3, 5], [3, 5], [3, 7]),
        ("\ud83d京", [1, 2], [1, 2], [3, 6]),  # half an emoji, which a client cut there
        ("abc", [1, 2], [1, 2], [1, 2]),
        ("", [0], [0], [0]),
        ("𠮷野家", [], [], []),
    ],
)
def test_offsets_by_hand(text: str, offsets: list[int], utf16: list[int], byte: list[int]) -> None:
    assert convert_offsets(text, offsets, "codepoint") == offsets
    assert convert_offsets(text, offsets, "utf16") == utf16
    assert convert_offsets(text, offsets, "byte") == byte


@given(ANY_TEXT, st.data())
def test_offsets_slice_the_text_as_the_client_has_it(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    for unit, encoding, width in (("utf16", "utf-16-le", 2), ("byte", "utf-8", 1)):
        client = text.encode(encoding, "surrogatepass")
        low, high = convert_offsets(text, [start, end], unit)  # type: ignore[arg-type]
        assert client[low * width : high * width] == text[start:end].encode(encoding, "surrogatepass")


def test_many_offsets_of_a_long_text() -> None:
    text = "😀京" * 50_000
    assert convert_offsets(text, range(0, len(text), 2), "utf16") == list(range(0, 3 * 50_000, 3))
