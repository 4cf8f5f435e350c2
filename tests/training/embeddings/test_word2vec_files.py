"""Word2vec files of others are read in the formats people have, and refused in words."""

import gzip
import pickle
import re
import struct
from pathlib import Path

import pytest
from gensim.models import KeyedVectors

from training.embeddings.word2vec import Vectors, VectorsError
from training.embeddings.word2vec_files import load_vectors

ROWS = {"中": [0.5, -1.0], "国": [0.25, 2.0], "Ａ": [3.0, 1.0], "中国": [9.0, 9.0]}


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
        (b"2 0\n\xe4\xb8\xad \n\xe5\x9b\xbd \n", "expected vectors of one number or more, got a width of 0"),
        (b"1 1\n\xe4\xb8\xad 1\n\xe5\x9b\xbd 1\n", "1: says 1 keys, but 2 follow; correct the number"),
    ],
)
def test_a_file_that_is_no_vectors_is_an_error(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "broken.txt"
    path.write_bytes(content)
    with pytest.raises(VectorsError, match=f"broken.txt: ?{message}"):
        load_vectors(path)


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(VectorsError, match=r"none\.txt: no such file; expected word2vec vectors"):
        load_vectors(tmp_path / "none.txt")


@pytest.mark.parametrize("place", [30, -1])
def test_a_damaged_gzip_is_an_error(written: Path, tmp_path: Path, place: int) -> None:
    content = bytearray(gzip.compress(written.read_bytes() * 50))
    content[place] ^= 0xFF
    path = tmp_path / "broken.vec.gz"
    path.write_bytes(content)
    with pytest.raises(VectorsError, match=r"broken\.vec\.gz: not readable as word2vec text"):
        load_vectors(path)


@pytest.mark.parametrize("name", ["broken.kv", "broken.model"])
@pytest.mark.parametrize("content", [b"no pickle", pickle.dumps([1, 2])])
def test_a_trusted_pickle_of_something_else_is_an_error(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(VectorsError, match=rf"{re.escape(name)}: (not readable as|expected) gensim's"):
        load_vectors(tmp_path / name, allow_pickle=True)
