import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.features.vocabulary import END, PAD, PAD_ID, UNK, UNK_ID, Vocabulary, VocabularyError, _lower_case
from model.text import normalise

CHARACTERS = st.sampled_from("中国人aAbBİΣςß😀\ud800\U0010ffff\n ") | st.characters()


@pytest.mark.parametrize(
    ("keys", "text", "expected"),
    [
        ("中国", "国中国", [3, 2, 3]),
        ("中国", "中华", [2, 1]),
        ("中", "", []),
        ("", "中", [1]),
        ("a", "Aa", [2, 2]),
        ("aA", "Aa", [3, 2]),  # the exact key before its lower case
        ("A", "a", [1]),
        ("😀", "中😀", [1, 2]),
        ("中", "\ud800中\udfff", [1, 2, 1]),
        ("i", "İ", [1]),  # its lower case is two code points
        ("\U0010ffff", "\U0010ffff\U0010fffe", [2, 1]),
    ],
)
def test_each_character_has_the_id_of_its_key(keys: str, text: str, expected: list[int]) -> None:
    ids = Vocabulary([PAD, UNK, *keys]).encode(text)
    assert ids.dtype == np.int32
    assert ids.tolist() == expected


@pytest.mark.parametrize(
    ("keys", "text", "expected"),
    [
        (["中国", "国人", "人" + END], "中国人", [2, 3, 4]),
        (["中国", "人中"], "中国人", [2, 1, 1]),
        (["中国"], "", []),
        (["ab", "b中"], "AB中", [2, 3, 1]),
        (["Ab", "ab"], "AbaB", [2, 1, 3, 1]),
        (["a😀"], "A😀", [2, 1]),
        (["a" + END], "A", [2]),
    ],
)
def test_each_pair_has_the_id_of_its_key(keys: list[str], text: str, expected: list[int]) -> None:
    assert Vocabulary([PAD, UNK, *keys]).encode(text).tolist() == expected


def test_a_text_cannot_forge_the_end_mark() -> None:
    vocabulary = Vocabulary([PAD, UNK, "人" + END])
    assert vocabulary.encode(normalise("人" + END)).tolist() == [UNK_ID, UNK_ID]


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.text(CHARACTERS, min_size=2, max_size=2), unique=True, max_size=30),
    st.text(CHARACTERS),
    st.data(),
)
def test_encode_agrees_with_a_dictionary(pairs: list[str], text: str, data: st.DataObject) -> None:
    width = data.draw(st.sampled_from([1, 2]))
    pairs = [pair for pair in pairs if pair.isprintable()]  # no surrogates
    keys = list(dict.fromkeys(pair[:width] for pair in pairs))
    text += "".join(data.draw(st.lists(st.sampled_from(keys), max_size=5))) if keys else ""
    ids = {key: position for position, key in enumerate([PAD, UNK, *keys])}

    def expected_id(key: str) -> int:
        lower = "".join(low if len(low := character.lower()) == 1 else character for character in key)
        return ids.get(key, ids.get(lower, UNK_ID))

    ended = text + END
    expected = [expected_id(ended[at : at + width]) for at in range(len(text))]
    assert Vocabulary([PAD, UNK, *keys]).encode(text).tolist() == expected


@given(st.lists(st.text("中国人aAb😀\ud800", max_size=4)), st.sampled_from([1, 2]))
def test_pieces_together_have_the_ids_that_each_has_alone(pieces: list[str], width: int) -> None:
    keys = ["中", "国", "a"] if width == 1 else ["中国", "国" + END, "人中", "ab"]
    vocabulary = Vocabulary([PAD, UNK, *keys])
    alone = [int(row) for piece in pieces for row in vocabulary.encode(piece)]
    assert vocabulary.encode_pieces(pieces).tolist() == alone


def test_no_text_is_encoded_as_padding() -> None:
    everything = "".join(map(chr, range(0x110000)))
    assert PAD_ID not in Vocabulary([PAD, UNK, "中"]).encode(everything)
    assert PAD_ID not in Vocabulary([PAD, UNK, "中国"]).encode(everything)


def test_length_and_keys_are_those_given() -> None:
    vocabulary = Vocabulary([PAD, UNK, "中国"])
    assert (len(vocabulary), vocabulary.keys, vocabulary.width) == (3, (PAD, UNK, "中国"), 2)


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ([], r"keys 0 and 1: expected '<pad>' and '<unk>', got \[\]"),
        (["<unk>", "<pad>", "中"], r"keys 0 and 1: expected '<pad>' and '<unk>', got \['<unk>', '<pad>'\]"),
        ([PAD, UNK, "中", "国人"], "key 3: expected code points: 1 like key 2, got '国人'"),
        ([PAD, UNK, "中国", "人"], "key 3: expected code points: 2 like key 2, got '人'"),
        ([PAD, UNK, "中国人"], "key 2: expected code points: 1 or 2, got '中国人'"),
        ([PAD, UNK, ""], "key 2: expected code points: 1 or 2, got ''"),
        ([PAD, UNK, "中", "国", "中"], r"keys \[2, 4\]: expected '中' once, got it 2 times"),
        ([PAD, UNK, "中国", "中\ud800"], r"key 3: expected no surrogate, got '中\\ud800'"),
    ],
)
def test_wrong_keys_are_an_error_that_names_them(keys: list[str], message: str) -> None:
    with pytest.raises(VocabularyError, match=message):
        Vocabulary(keys)


def test_the_table_of_lower_case_holds_all_of_unicode() -> None:
    table = _lower_case()
    for point in range(0x110000):
        low = chr(point).lower()
        expected = ord(low) if len(low) == 1 else point
        assert (table[point] if point < len(table) else point) == expected
