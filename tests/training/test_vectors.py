"""Word2vec vectors: trained on tokens that no text can break, read from the formats people have."""

import gzip
import struct
import tempfile
from pathlib import Path

import numpy as np
import pytest
from gensim.models import KeyedVectors
from hypothesis import given, settings
from hypothesis import strategies as st

from model.text import normalise
from model.vocabulary import END
from training.vectors import (
    Vectors,
    VectorsError,
    VectorSettings,
    _unspell,
    _write_tokens,
    character_tokens,
    load_vectors,
    train_vectors,
)

TEXTS = ["北京在中国。", "中国的北京很大，北京很好。", "小明在北京\u3000读书。", "a b\u2028c\nd"] * 30
ROWS = {"中": [0.5, -1.0], "国": [0.25, 2.0], "Ａ": [3.0, 1.0], "中国": [9.0, 9.0]}


def small(width: int) -> VectorSettings:
    return VectorSettings(width=width, dim=4, min_count=1, epochs=1, sample=0, threads=1)


def test_characters_of_a_text_get_a_vector_each_white_space_included() -> None:
    vectors = train_vectors(character_tokens(TEXTS, 1), small(1))
    assert set(vectors.keys) == set(normalise("".join(TEXTS)))
    assert vectors.matrix.shape == (len(vectors.keys), 4)
    assert np.isfinite(vectors.matrix).all()


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


@pytest.fixture
def written(tmp_path: Path) -> Path:
    path = tmp_path / "vectors.txt"
    rows = "".join(f"{key} {a} {b}\n" for key, (a, b) in ROWS.items())
    path.write_text(f"{len(ROWS)} 2\n{rows}", encoding="utf-8")
    return path


def check(vectors: Vectors) -> None:
    assert vectors.keys == ("中", "国", "A")  # normalised; the word of two characters left out
    assert vectors.matrix.tolist() == [ROWS["中"], ROWS["国"], ROWS["Ａ"]]


def test_word2vec_text_is_read_plain_and_gzipped(written: Path, tmp_path: Path) -> None:
    check(load_vectors(written))
    packed = tmp_path / "vectors.vec.gz"
    packed.write_bytes(gzip.compress(written.read_bytes()))
    check(load_vectors(packed))


def test_word2vec_binary_is_read(tmp_path: Path) -> None:
    path = tmp_path / "vectors.bin"
    rows = b"".join(key.encode() + b" " + struct.pack("2f", *row) + b"\n" for key, row in ROWS.items())
    path.write_bytes(f"{len(ROWS)} 2\n".encode() + rows)
    check(load_vectors(path))


def test_a_pickle_is_read_only_when_it_is_trusted(written: Path, tmp_path: Path) -> None:
    path = tmp_path / "vectors.kv"
    KeyedVectors.load_word2vec_format(str(written)).save(str(path))
    with pytest.raises(
        VectorsError, match=r"vectors\.kv: a \.kv file is a pickle and may run code .*--allow-pickle"
    ):
        load_vectors(path)
    check(load_vectors(path, allow_pickle=True))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not readable as word2vec text"),
        (b"2 2\n\xe4\xb8\xad 1 2\n", "not readable as word2vec text"),  # a row is missing
        (b"1 2\n\xe4\xb8\xad 1\n", "the vector of '中' has one number, expected 2"),
        (b"1 3\n\xe4\xb8\xad 1 2\n", "not readable as word2vec text"),  # a number is missing
        (b"1 2\n\xe4\xb8\xad 1 x\n", "not readable as word2vec text"),
        (b"\xff\xfe\x00", "not readable as word2vec text"),
        (b"1 1\n\xe4\xb8\xad nan\n", "holds values that are not finite numbers"),
        (b"1 1\n\xe4\xb8\xad\xe5\x9b\xbd 1\n", "none of its 1 keys is a single character"),
    ],
)
def test_a_file_that_is_no_vectors_is_an_error(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "broken.txt"
    path.write_bytes(content)
    with pytest.raises(VectorsError, match=f"broken.txt: {message}"):
        load_vectors(path)


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(VectorsError, match=r"none\.txt: no such file; expected word2vec vectors"):
        load_vectors(tmp_path / "none.txt")
