"""The table from OpenCC's data, and corpora read through it."""

from pathlib import Path

import pytest

from training.corpus.reader import Sentence
from training.inputs.corpora import open_corpora
from training.inputs.traditional import fold_sentences, opencc_folds
from training.settings.config import FitConfig


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("習近平訪問臺灣大學，馬英九出席", "习近平访问台湾大学，马英九出席"),
        ("這裏、那裡、後來、皇后", "这里、那里、后来、皇后"),
        ("简体字，ABC，日本の駅", "简体字，ABC，日本の駅"),
    ],
)
def test_characters_are_opencc_s(given: str, expected: str) -> None:
    assert opencc_folds().fold(given) == expected


def test_folding_twice_is_folding_once() -> None:
    folds = opencc_folds()
    assert len(folds.traditional) > 3000
    assert folds.fold(folds.simplified) == folds.simplified


def test_tags_and_places_of_sentences_stay() -> None:
    sentence = Sentence("臺灣", ("B-LOC", "I-LOC"), "a.bio", 3)
    assert list(fold_sentences([sentence], opencc_folds())) == [
        Sentence("台湾", ("B-LOC", "I-LOC"), "a.bio", 3)
    ]


def test_all_texts_of_a_fit_are_folded(tmp_path: Path) -> None:
    corpus, raw = tmp_path / "train.bio", tmp_path / "raw.txt"
    corpus.write_text("臺\tB-LOC\n灣\tI-LOC\n\n" * 10)
    raw.write_text("馬英九\n")
    config = FitConfig(
        train=(str(corpus),), dev=(str(corpus),), raw=(str(raw),), word_vectors="none", dictionary="none"
    )
    plain, folded = open_corpora(config), open_corpora(config.model_copy(update={"fold_traditional": True}))
    assert {sentence.text for sentence in plain.train()} == {"臺灣"}
    assert {sentence.text for part in (folded.train, folded.dev) for sentence in part()} == {"台湾"}
    source, plain_source = folded.vector_source(), plain.vector_source()
    assert set(source.texts()) == {"台湾", "马英九"}
    assert source.sha256 != plain_source.sha256
