import numpy as np
import pytest

from model.features.channels import Channel, Features, FeaturesError
from model.features.vocabulary import END, PAD, UNK, Vocabulary, VocabularyError

CHARS = Channel("char", Vocabulary([PAD, UNK, "中", "国", "\u2028", "😀"]))
BIGRAMS = Channel("bigram", Vocabulary([PAD, UNK, "中国", "国" + END]))


def test_every_channel_has_one_id_per_character() -> None:
    ids = Features((CHARS, BIGRAMS)).encode("中国人")
    assert {name: row.tolist() for name, row in ids.items()} == {"char": [2, 3, 1], "bigram": [2, 1, 1]}
    assert all(row.dtype == np.int32 for row in ids.values())


def test_an_empty_text_has_no_ids() -> None:
    ids = Features((CHARS, BIGRAMS)).encode("")
    assert {name: row.shape for name, row in ids.items()} == {"char": (0,), "bigram": (0,)}


def test_a_channel_of_any_name_and_width_fits() -> None:
    third = Channel("third", Vocabulary([PAD, UNK, "人"]))
    assert Features((CHARS, BIGRAMS, third)).encode("人")["third"].tolist() == [2]


def test_json_holds_the_keys_in_ascii_and_reads_back() -> None:
    features = Features((CHARS, BIGRAMS))
    text = features.to_json()
    assert text.isascii()
    read = Features.from_json(text)
    assert [(channel.name, channel.vocabulary.keys) for channel in read.channels] == [
        ("char", (PAD, UNK, "中", "国", "\u2028", "😀")),
        ("bigram", (PAD, UNK, "中国", "国" + END)),
    ]


@pytest.mark.parametrize("channels", [(), (CHARS, CHARS)])
def test_channels_without_distinct_names_are_an_error(channels: tuple[Channel, ...]) -> None:
    with pytest.raises(FeaturesError, match="channels: expected one or more with distinct names, got"):
        Features(channels)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "vocabulary: expected JSON: "),
        (b"\xff", "vocabulary: expected JSON: "),
        ("[]", "vocabulary: expected an object of channels, got list"),
        ('{"char": "abc"}', "vocabulary: channel 'char': expected a list of str"),
        ('{"char": ["<pad>", 1]}', "vocabulary: channel 'char': expected a list of str"),
        ("{}", "channels: expected one or more"),
    ],
)
def test_json_of_another_shape_is_an_error(text: str | bytes, message: str) -> None:
    with pytest.raises(FeaturesError, match=message):
        Features.from_json(text)


def test_json_with_wrong_keys_is_an_error() -> None:
    with pytest.raises(VocabularyError, match="keys 0 and 1"):
        Features.from_json('{"char": ["中"]}')
