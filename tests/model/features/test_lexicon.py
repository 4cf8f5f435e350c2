"""The words at each character, against a search that tries every stretch of the text."""

import json
import math
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from model.features.channels import Features, FeaturesError, WordChannel
from model.features.lexicon import MAX_WORD_CHARS, MIN_PROBABILITY, Lexicon, LexiconError
from model.features.vocabulary import END
from model.features.word_sets import SETS, WordSets
from model.runtime.batching import pad_rows

WORDS = st.lists(st.text("北京大学生", min_size=1, max_size=4), unique=True, max_size=12)
PIECES = st.lists(st.text("北京大学生a😀\ud800", max_size=12), max_size=4)


def lexicon_of(words: list[str]) -> Lexicon:
    return Lexicon(
        words, [2 * index % 7 + 1 for index in range(len(words))], [index + 1 for index in range(len(words))]
    )


def slow_sets(lexicon: Lexicon, text: str) -> list[set[tuple[int, str, float]]]:
    """Return row, set and weight of each word at each character."""
    found: list[list[tuple[int, str, int]]] = [[] for _ in text]
    known = {word: index for index, word in enumerate(lexicon.words)}
    for start in range(len(text)):
        for end in range(start + 1, len(text) + 1):
            if (index := known.get(text[start:end])) is None:
                continue
            for t in range(start, end):
                which = "S" if end - start == 1 else "B" if t == start else "E" if t == end - 1 else "M"
                found[t].append((int(lexicon.rows[index]), which, int(lexicon.counts[index])))
    totals = [sum(count for _, _, count in words) for words in found]
    return [
        {(row, which, round(4 * count / total, 4)) for row, which, count in words}
        for words, total in zip(found, totals, strict=True)
    ]


def read_sets(sets: WordSets) -> list[set[tuple[int, str, float]]]:
    return [
        {
            (int(row), SETS[which], round(float(weight), 4))
            for row, which, weight in zip(
                sets.rows[start:end], sets.sets[start:end], sets.weights[start:end], strict=True
            )
        }
        for start, end in zip(sets.offsets[:-1], sets.offsets[1:], strict=True)
    ]


@given(WORDS, PIECES)
def test_each_character_has_the_words_that_a_search_finds(words: list[str], pieces: list[str]) -> None:
    lexicon = lexicon_of(words)
    expected = [words for piece in pieces for words in slow_sets(lexicon, piece)]
    assert read_sets(lexicon.encode_pieces(pieces)) == expected


@given(WORDS, PIECES)
def test_weights_add_up_to_four_where_there_are_words(words: list[str], pieces: list[str]) -> None:
    sets = lexicon_of(words).encode_pieces(pieces)
    for start, end in zip(sets.offsets[:-1], sets.offsets[1:], strict=True):
        assert sets.weights[start:end].sum() == pytest.approx(4 if end > start else 0)


@given(WORDS, st.lists(st.text("北京大学生", min_size=1, max_size=9), min_size=1, max_size=4))
def test_padded_rows_hold_the_words_of_their_characters(words: list[str], pieces: list[str]) -> None:
    lexicon = lexicon_of(words)
    lengths = np.array([len(piece) for piece in pieces])
    starts = np.cumsum(lengths) - lengths
    feeds = pad_rows({"word": lexicon.encode_pieces(pieces)}, starts, lengths)
    rows, weights = feeds["word"], feeds["word.weights"]
    assert rows.shape == (len(pieces), lengths.max(), weights.shape[3])
    assert weights.shape[2] == len(SETS)
    for row, piece in enumerate(pieces):
        for t, expected in enumerate(slow_sets(lexicon, piece)):
            held = [
                (int(rows[row, t, word]), SETS[which], round(float(weights[row, t, which, word]), 4))
                for which, word in zip(*np.nonzero(weights[row, t]), strict=True)
            ]
            assert set(held) == expected
        assert not weights[row, len(piece) :].any()
        assert not rows[row, len(piece) :].any()


def cuts(text: str, lexicon: Lexicon) -> Iterator[tuple[float, list[tuple[int, int, int]]]]:
    """Yield every cut of a text: its log share, and its words as (word, start, end)."""
    total = math.log(sum(lexicon.counts.tolist()) + 1)
    known = {word: index for index, word in enumerate(lexicon.words)}

    def cut(start: int) -> Iterator[tuple[float, list[tuple[int, int, int]]]]:
        if start == len(text):
            yield 0.0, []
            return
        for log_share, words in cut(start + 1):  # a character in no word
            yield log_share - total, words
        for end in range(start + 1, len(text) + 1):
            if (word := known.get(text[start:end])) is not None:
                for log_share, words in cut(end):
                    share = math.log(int(lexicon.counts[word])) - total
                    yield log_share + share, [(word, start, end), *words]

    return cut(0)


@given(WORDS, st.lists(st.text("北京大学生a😀", max_size=7), max_size=3))
def test_a_words_probability_is_that_of_the_cuts_it_is_in(words: list[str], pieces: list[str]) -> None:
    lexicon = lexicon_of(words)
    given = iter(read_sets(lexicon.segment_pieces(pieces)))
    for piece in pieces:
        each = [(math.exp(log_share), found) for log_share, found in cuts(piece, lexicon)]
        whole = sum(share for share, _ in each)
        expected: list[list[tuple[int, str, float]]] = [[] for _ in piece]
        for word, start, end in sorted({found for _, cut in each for found in cut}):
            probability = sum(share for share, cut in each if (word, start, end) in cut) / whole
            assume(abs(probability - MIN_PROBABILITY) > 1e-9)
            for t in range(start, end) if probability > MIN_PROBABILITY else ():
                which = "S" if end - start == 1 else "B" if t == start else "E" if t == end - 1 else "M"
                expected[t].append((int(lexicon.rows[word]), which, probability))
        for wanted in expected:
            got = sorted(next(given))
            assert [entry[:2] for entry in got] == [entry[:2] for entry in sorted(wanted)]
            assert [entry[2] for entry in got] == pytest.approx(
                [entry[2] for entry in sorted(wanted)], abs=1e-4
            )


@given(WORDS, st.text("北京大学生a😀", max_size=8))
def test_no_other_cut_of_a_text_is_likelier(words: list[str], text: str) -> None:
    lexicon = lexicon_of(words)
    each = {tuple(found): log_share for log_share, found in cuts(text, lexicon)}
    chosen = tuple((int(word), int(start), int(end)) for word, start, end in lexicon.segment(text))
    assert each[chosen] == pytest.approx(max(each.values()))


@given(WORDS, PIECES)
def test_a_piece_is_cut_alike_alone_and_among_others(words: list[str], pieces: list[str]) -> None:
    lexicon = lexicon_of(words)
    alone = [lexicon.segment_pieces([piece]) for piece in pieces]
    together = lexicon.segment_pieces(pieces)
    for field in ("rows", "sets", "weights"):
        assert getattr(together, field).tolist() == [
            value for sets in alone for value in getattr(sets, field).tolist()
        ]


def test_a_long_text_is_cut_without_losing_probability() -> None:
    lexicon = Lexicon(["北京", "京大", "大学"], [1, 2, 3], [3, 2, 3])
    sets = lexicon.segment_pieces(["北京大学" * 25_000])  # far below the smallest float64
    assert np.isfinite(sets.weights).all()
    totals = np.add.reduceat(sets.weights, sets.offsets[:-1])
    assert (totals > 0.9).all()
    assert (totals < 1 + 1e-6).all()


@pytest.mark.parametrize(
    ("counts", "cut"),
    [
        ({"北京": 9, "大学": 9, "北京大学": 1}, "北京 大学"),  # 9/20 * 9/20 > 1/20
        ({"北京": 1, "大学": 1, "北京大学": 9}, "北京大学"),
        ({"京大": 9}, "京大"),
        ({"北": 5, "北京": 1}, "北京"),  # 5/7 * 1/7 < 1/7
        ({}, ""),
    ],
)
def test_the_likeliest_words_win(counts: dict[str, int], cut: str) -> None:
    lexicon = Lexicon(list(counts), range(1, len(counts) + 1), list(counts.values()))
    assert " ".join("北京大学"[start:end] for _, start, end in lexicon.segment("北京大学")) == cut


@pytest.mark.parametrize(
    ("words", "rows", "counts", "message"),
    [
        (["中", "中"], [1, 2], [1, 1], "distinct words"),
        ([""], [1], [1], "expected 1 to 32 characters"),
        (["中" * (MAX_WORD_CHARS + 1)], [1], [1], "expected 1 to 32 characters"),
        (["中" + END], [1], [1], "no U\\+0003"),
        (["中\ud800"], [1], [1], "no surrogate"),
        (["中"], [0], [1], "a row and a count from 1, got 0 and 1"),
        (["中"], [1], [0], "a row and a count from 1, got 1 and 0"),
        (["中"], [2**31], [1], "a row and a count from 1"),
        (["中"], [1, 2], [1], "a row and a count for each of 1 words, got 2 and 1"),
    ],
)
def test_wrong_words_are_an_error_that_says_which(
    words: list[str], rows: list[int], counts: list[int], message: str
) -> None:
    with pytest.raises(LexiconError, match=message):
        Lexicon(words, rows, counts)


def test_words_are_read_back_from_json() -> None:
    features = Features((WordChannel("word", Lexicon(["北京", "大学"], [2, 2], [5, 1])),))
    read = Features.from_json(features.to_json()).channels[0]
    assert isinstance(read, WordChannel)
    assert (read.lexicon.words, read.lexicon.rows.tolist(), read.lexicon.counts.tolist(), read.rows) == (
        ("北京", "大学"),
        [2, 2],
        [5, 1],
        3,
    )


def test_a_cut_is_read_back_from_json_as_one() -> None:
    features = Features((WordChannel("segment", Lexicon(["北京", "京大"], [1, 2], [5, 1]), segmented=True),))
    read = Features.from_json(features.to_json())
    sets = read.encode("北京大")["segment"]
    assert isinstance(sets, WordSets)
    assert [(int(row), SETS[which]) for row, which in zip(sets.rows, sets.sets, strict=True)] == [
        (1, "B"),
        (1, "E"),
        (2, "B"),
        (2, "E"),
    ]
    assert read.to_json() == features.to_json()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"words": ["中"], "rows": [1], "counts": [1], "cut": 2}, "cut: expected true or false, got 2"),
        ({"words": ["中"]}, r"expected words, rows and counts, got \['words'\]"),
        ({"words": ["中"], "rows": [1.5], "counts": [1]}, "expected a list of int"),
        ({"words": ["中"], "rows": [True], "counts": [1]}, "expected a list of int"),
        ({"words": "中", "rows": [1], "counts": [1]}, "expected a list of str"),
    ],
)
def test_json_of_another_shape_is_an_error(content: dict[str, object], message: str) -> None:
    with pytest.raises(FeaturesError, match=message):
        Features.from_json(json.dumps({"word": content}))
