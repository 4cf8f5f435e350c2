"""Which vectors a fit takes, and what it says of them."""

import re
from pathlib import Path

import numpy as np
import pytest

from training.embeddings.choice import LearntVectors, known_share, learn_vectors
from training.embeddings.general import copy_general, train_general
from training.embeddings.texts import TextSource, wanted_vectors
from training.embeddings.word2vec import Vectors, VectorsError
from training.settings.config import FitConfig

RAW = ["北京在中国。", "中国的北京很大。"] * 20
NEAR = ["北京很大。", "中国很大。"] * 9  # every character is known
FAR = ["上海很美，苏州也美。"] * 9  # few are


def texts(lines: list[str], sha256: str) -> TextSource:
    return TextSource(lambda: lines, lambda: [list(line) for line in lines], sha256)


def source(train: list[str], raw: list[str] = RAW) -> TextSource:
    parts = texts(train, f"train {train[0]}"), texts(raw, f"raw {raw[:1]}")
    both = texts(train + raw, "both")
    return TextSource(both.texts, both.words, both.sha256, train=parts[0], raw=parts[1] if raw else None)


def learn(
    folder: Path, train: list[str], vectors_from: str = "auto", raw: list[str] = RAW, **settings: object
) -> tuple[LearntVectors, list[str]]:
    """Return what was learnt and what was said."""
    small = {"char_dim": 6, "bigram_dim": 4, "vector_epochs": 1, "word_vectors": "none", "raw": ("news",)}
    config = FitConfig.model_validate({**small, "vectors_from": vectors_from, "cache": folder, **settings})
    said: list[str] = []
    return learn_vectors(config, source(train, raw), wanted_vectors(config, None, {}), said.append), said


def channels_trained(said: list[str]) -> list[str]:
    return [line.partition(" ")[0] for line in said if ": training" in line]


@pytest.mark.parametrize(
    ("train", "vectors_from", "kind", "trains", "why"),
    [
        (
            NEAR,
            "auto",
            "general",
            ["char", "bigram"],
            r"trained now and kept as they know 100.00% of train's characters",
        ),
        (
            FAR,
            "auto",
            "corpus",
            ["char"],
            r"news know \d+.\d\d% of train's characters, at least 90% are needed",
        ),
        (FAR, "general", "general", ["char", "bigram"], "--vectors-from general"),
        (NEAR, "corpus", "corpus", [], "--vectors-from corpus"),
    ],
)
def test_the_setting_and_the_corpus_decide_and_it_is_said_in_a_line(
    tmp_path: Path, train: list[str], vectors_from: str, kind: str, trains: list[str], why: str
) -> None:
    learnt, said = learn(tmp_path, train, vectors_from)
    assert learnt.origin
    assert learnt.origin.kind == kind
    assert list(learnt.vectors) == ["char", "bigram"]
    assert channels_trained(said) == trains
    assert re.search(why, said[-1])
    assert said[-1].startswith("vectors: ")


def test_a_second_corpus_trains_on_its_own_text_alone(tmp_path: Path) -> None:
    first, _ = learn(tmp_path, NEAR)
    second, said = learn(tmp_path, ["中国的北京。"] * 9)
    assert channels_trained(said) == []
    assert "reused as they know 100.00% of train's characters" in said[-1]
    assert first.origin
    assert second.origin
    assert first.origin.sha256 == second.origin.sha256
    assert set(second.vectors["char"].keys) == set("".join(RAW))


def test_the_same_corpus_gets_the_same_vectors_again(tmp_path: Path) -> None:
    first, again = (learn(tmp_path, NEAR)[0].vectors for _ in range(2))
    for channel in first:
        np.testing.assert_array_equal(first[channel].matrix, again[channel].matrix)


def test_characters_of_the_corpus_alone_get_vectors_too(tmp_path: Path) -> None:
    assert "苏" in learn(tmp_path, FAR, "general")[0].vectors["char"].keys


@pytest.mark.parametrize(("times", "known"), [(4, False), (5, True)])
def test_a_bigram_of_the_corpus_alone_needs_a_few_occurrences_less(
    tmp_path: Path, times: int, known: bool
) -> None:
    learnt, _ = learn(tmp_path, ["苏州"] * times + NEAR, "general", bigram_min_count=8)
    assert ("苏州" in learnt.vectors["bigram"].keys) == known


def test_without_raw_text_they_are_the_corpus_own(tmp_path: Path) -> None:
    learnt, said = learn(tmp_path, NEAR, raw=[])
    assert said == ["vectors: trained for this corpus alone: there is no raw text, --raw none"]
    assert set(learnt.vectors["char"].keys) == set("".join(NEAR))
    with pytest.raises(VectorsError, match="--vectors-from general: expected raw text to learn them from"):
        learn(tmp_path, NEAR, "general", raw=[])


def test_a_folder_gives_them_whatever_the_raw_text(tmp_path: Path) -> None:
    config = FitConfig(char_dim=6, bigram_dim=4, vector_epochs=1, word_vectors="none")
    wanted = wanted_vectors(config, None, {})
    general = train_general("elsewhere", texts(RAW, "1"), wanted, tmp_path / "there")
    copy_general(general, tmp_path / "copy")
    learnt, said = learn(tmp_path / "here", NEAR, str(tmp_path / "copy"), raw=[])
    assert learnt.origin
    assert (learnt.origin.name, learnt.origin.sha256) == ("elsewhere", general.sha256)
    assert said == [
        f"vectors: the general ones of elsewhere ({general.sha256}), reused as --vectors-from {tmp_path}/copy; "
        "trained on with this corpus"
    ]


def test_a_folder_that_lacks_a_channel_is_told(tmp_path: Path) -> None:
    config = FitConfig(char_dim=6, bigram_dim=0, vector_epochs=1, word_vectors="none")
    general = train_general("few", texts(RAW, "1"), wanted_vectors(config, None, {}), tmp_path / "there")
    copy_general(general, tmp_path / "copy")
    with pytest.raises(
        VectorsError, match="expected vectors of char, bigram, found none of bigram; make them"
    ):
        learn(tmp_path / "here", NEAR, str(tmp_path / "copy"))


def test_another_width_than_that_of_a_folder_is_told(tmp_path: Path) -> None:
    config = FitConfig(char_dim=6, bigram_dim=0, vector_epochs=1, word_vectors="none")
    copy = tmp_path / "copy"
    copy_general(
        train_general("few", texts(RAW, "1"), wanted_vectors(config, None, {}), tmp_path / "there"), copy
    )
    with pytest.raises(
        VectorsError, match=r"--char-dim: expected 6, as the char vectors of .*copy have, got 8; leave"
    ):
        learn(tmp_path / "here", NEAR, str(copy), char_dim=8, bigram_dim=0)
    unasked = FitConfig(
        bigram_dim=0, vector_epochs=1, word_vectors="none", vectors_from=str(copy), cache=tmp_path
    )
    learnt = learn_vectors(unasked, source(NEAR), wanted_vectors(unasked, None, {}), lambda line: None)
    assert learnt.vectors["char"].matrix.shape[1] == 6


def test_what_is_read_from_a_file_is_not_learnt(tmp_path: Path) -> None:
    learnt, said = learn(tmp_path, NEAR, vectors=tmp_path / "own.vec", bigram_dim=0)
    assert (dict(learnt.vectors), learnt.origin, said) == ({}, None, [])


def test_a_share_counts_tokens_as_often_as_they_stand_there() -> None:
    wanted = wanted_vectors(FitConfig(word_vectors="none"), None, {})
    vectors = Vectors(("北", "京"), np.zeros((2, 1), np.float32))
    assert known_share(vectors, wanted["char"], texts(["北京", "北海"], "")) == 3 / 4
    assert known_share(vectors, wanted["char"], texts([], "")) == 0
