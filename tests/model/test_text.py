import sys
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.text import Piece, _fold, find_invisible, is_invisible, normalise, split_sentences

# Dense in what the two functions look at; plus anything at all, lone surrogates included.
MARKS = "。！？…!?；，、;, \t\u3000\r\n\u2028”」)）"
CHARACTERS = st.sampled_from(MARKS + "他a1Ａ１①\ufa0e\u0003\ud800👨\u200d") | st.characters()
TEXTS = st.text(CHARACTERS, max_size=60)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("ＮＢＡ２０２６", "NBA2026"),
        ("５０％１／２３．５", "50%1/23.5"),
        ("①Ⓐ²", "1A2"),
        ("凉\ufa17⼀", "凉益一"),
        ("你好,世界(北京):好!吗?是;", "你好，世界（北京）：好！吗？是；"),
        ("，。：；！？（）“”《》、…", "，。：；！？（）“”《》、…"),
        ("约翰•史密斯・约翰‧史密斯", "约翰·史密斯·约翰·史密斯"),
        ("a\u3000b\u00a0c\td\u2009e", "a b c d e"),
        ("a\r\nb\u2028c\x85d\x0ce", "a\n\nb\nc\nd\ne"),
        ("\u0003", "\ufffd"),
        ("℃ﬁ㈠", "℃ﬁ㈠"),  # their NFKC forms are longer
        ("\ud83d \ude00", "\ud83d \ude00"),
        ("👨\u200d👩\u200d👧", "●●●●●"),
        ("😀小明❤️★❶", "●小明●●●❶"),
        ("▲○△", "▲○△"),  # these stand in news and have vectors
        ("", ""),
    ],
)
def test_normalise(given: str, expected: str) -> None:
    assert normalise(given) == expected


def test_normalise_keeps_every_code_point_one_code_point() -> None:
    everything = "".join(map(chr, range(0x110000)))
    normalised = normalise(everything)
    assert len(normalised) == len(everything)
    assert normalise(normalised) == normalised
    assert "\u0003" not in normalised
    assert {character for character in normalised if character.isspace()} == {" ", "\n"}


def test_normalise_knows_every_code_point_that_changes() -> None:
    everything = list(map(chr, range(0x110000)))
    assert normalise("".join(everything)) == "".join(map(_fold, everything))


def test_normalise_takes_every_one_to_one_nfkc_form() -> None:
    everything = [chr(point) for point in range(0x110000)]
    one_to_one = [
        (character, compatible)
        for character in everything
        if len(compatible := unicodedata.normalize("NFKC", character)) == 1 and character.isalnum()
    ]
    assert len(one_to_one) > 100_000
    assert [normalise(character) for character, _ in one_to_one] == [plain for _, plain in one_to_one]


@settings(max_examples=150, deadline=None)
@given(TEXTS, TEXTS)
def test_normalise_looks_at_one_code_point_at_a_time(left: str, right: str) -> None:
    assert normalise(left + right) == normalise(left) + normalise(right)


@pytest.mark.parametrize(
    "pieces",
    [
        [],
        ["他走了"],
        ["他走了。", "我也走了！", "你呢？"],
        ["他说：“走吧！”", "我们走了。"],
        ["真的！？", "是……", "好"],
        ["（他来了。）。", "我们《走吧。》", "好"],
        ["第一行\r\n", "第二行\n\n", "\t第三行\u2028", "第四行"],
        ["full stop. 3.14 stays one!", " Next?", " x"],
        ["半角｡", "也算"],
        ["。。。"],
        ["\n"],
    ],
)
def test_sentences_end_after_their_marks_and_closing_quotes(pieces: list[str]) -> None:
    assert _cut("".join(pieces)) == pieces


@pytest.mark.parametrize(
    ("pieces", "max_chars"),
    [
        (["一二三四，", "五六七"], 6),
        (["一，二；", "三，四五六"], 6),  # a semicolon before a later comma
        (["一、二，", "三、四五六"], 6),  # a comma before a later 、
        (["一二、三、", "四五六"], 6),
        (["ab cd ", "efg"], 6),
        (["一二三四五，", "六"], 6),  # the mark may be the last that fits
        (["一二三四五六七，", "八，九。"], 6),  # none fits: on to the next one
        (["一二三四五六七八。", "九"], 6),  # none at all: whole
        (["一,二;", "三"], 4),
        (["一二三四五六"], 6),
    ],
)
def test_long_sentences_are_cut_at_their_best_mark(pieces: list[str], max_chars: int) -> None:
    assert _cut("".join(pieces), max_chars) == pieces


@settings(max_examples=150, deadline=None)
@given(TEXTS, st.integers(1, 12))
def test_pieces_join_to_the_text(text: str, max_chars: int) -> None:
    pieces = split_sentences(text, max_chars)
    assert "".join(text[start:end] for start, end in pieces) == text
    assert all(start < end for start, end in pieces)


@settings(max_examples=150, deadline=None)
@given(TEXTS, st.integers(1, 12))
def test_a_piece_is_not_cut_again(text: str, max_chars: int) -> None:
    for start, end in split_sentences(text, max_chars):
        assert split_sentences(text[start:end], max_chars) == [Piece(0, end - start)]


@settings(max_examples=150, deadline=None)
@given(TEXTS, st.integers(1, 12))
def test_the_cut_of_a_normalised_text_is_the_cut_of_the_text(text: str, max_chars: int) -> None:
    assert split_sentences(normalise(text), max_chars) == split_sentences(text, max_chars)


@pytest.mark.parametrize(
    "text", ["a" * 10**6, "，" * 10**6, "。" * 10**6, "字，" * 500_000, "、，；" + "a" * 10**6]
)
def test_a_megabyte_without_sentences_is_cut(text: str) -> None:
    assert "".join(_cut(text)) == text


def test_max_chars_below_one_is_an_error() -> None:
    with pytest.raises(ValueError, match="max_chars: expected at least 1, got 0"):
        split_sentences("他", 0)


def _cut(text: str, max_chars: int = 100) -> list[str]:
    return [text[start:end] for start, end in split_sentences(text, max_chars)]


@pytest.mark.parametrize(
    "char", [*" \t\n\r\v\f\0\x1f\x85\xa0\xad\u2028\u2029\u3000\u200b\u200d\u202e\ufeff\U000e0020"]
)
def test_white_space_controls_and_format_characters_are_invisible(char: str) -> None:
    assert is_invisible(char)


@pytest.mark.parametrize("char", [*"小Aé1·。，（_-\ufffd\u0301\ufe0f\ud800😀"])
def test_what_can_be_seen_or_stands_for_something_is_not_invisible(char: str) -> None:
    assert not is_invisible(char)


def test_invisible_characters_are_found_in_all_of_unicode() -> None:
    everything = "".join(map(chr, range(sys.maxunicode + 1)))
    expected = [unicodedata.category(char) in ("Zs", "Zl", "Zp", "Cc", "Cf") for char in everything]
    assert find_invisible(everything).tolist() == expected
