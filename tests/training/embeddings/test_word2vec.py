"""Word2vec vectors trained on tokens that no text can break."""

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.features.vocabulary import END
from model.text import normalise
from training.embeddings.word2vec import (
    VectorsError,
    VectorSettings,
    _unspell,
    _write_tokens,
    character_tokens,
    train_vectors,
)

TEXTS = ["北京在中国。", "中国的北京很大，北京很好。", "小明在北京\u3000读书。", "a b\u2028c\nd"] * 30


def small(width: int) -> VectorSettings:
    return VectorSettings(width=width, dim=4, min_count=1, epochs=1, sample=0, threads=1)


def test_characters_of_a_text_get_a_vector_each_white_space_included() -> None:
    vectors = train_vectors(character_tokens(TEXTS, 1), small(1))
    assert set(vectors.keys) == set(normalise("".join(TEXTS)))
    assert vectors.matrix.shape == (len(vectors.keys), 4)
    assert np.isfinite(vectors.matrix).all()


def test_each_pass_over_the_text_is_told() -> None:
    passes: list[None] = []
    three = small(1).model_copy(update={"epochs": 3})
    train_vectors(character_tokens(TEXTS, 1), three, passed=lambda: passes.append(None))
    assert len(passes) == 3


def test_bigrams_pair_each_character_with_its_successor_and_the_last_with_the_end() -> None:
    assert set(train_vectors(character_tokens(["北京好。"] * 9, 2), small(2)).keys) == {
        "北京",
        "京好",
        "好。",
        "。" + END,
    }


def test_bigrams_do_not_cross_a_sentence_boundary() -> None:
    keys = train_vectors(character_tokens(["好。好。"] * 9, 2), small(2)).keys
    assert set(keys) == {"好。", "。" + END}


def test_tokens_rarer_than_min_count_are_left_out() -> None:
    settings_ = small(1).model_copy(update={"min_count": 3})
    assert set(train_vectors(character_tokens(["中中中国国", "中国国"], 1), settings_).keys) == {"中", "国"}


def test_text_too_small_for_vectors_is_an_error() -> None:
    with pytest.raises(VectorsError, match=r"no token occurs 5 times in a text of 2 tokens; give more text"):
        train_vectors([["中", "国"]], small(1).model_copy(update={"min_count": 5}))


@given(st.lists(st.text(max_size=30), max_size=5), st.sampled_from([1, 2]))
@settings(max_examples=100, deadline=None)
def test_every_token_reads_back_as_the_characters_it_stands_for(texts: list[str], width: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tokens.txt"
        count = _write_tokens(character_tokens(texts, width), path)
        tokens = path.read_text("ascii").split()
    assert count == len(tokens) == sum(map(len, texts))
    assert "".join(_unspell(token)[0] for token in tokens) == normalise("".join(texts))
