"""Word2vec files of others are read in the formats people have, and refused in words."""

import bz2
import gzip
import io
import lzma
import pickle
import re
import struct
import tarfile
import tempfile
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from gensim.models import KeyedVectors
from hypothesis import example, given, settings
from hypothesis import strategies as st

from training.embeddings.word2vec import Vectors, VectorsError
from training.embeddings.word2vec_files import load_vectors, load_word_vectors

ROWS = {"中": [0.5, -1.0], "国": [0.25, 2.0], "Ａ": [3.0, 1.0], "中国": [9.0, 9.0]}
Rows = list[tuple[bytes, list[float]]]


def as_text(rows: Rows, header: bytes | None = None) -> bytes:
    lines = b"".join(key + "".join(f" {n}" for n in vector).encode() + b"\n" for key, vector in rows)
    return (b"%d %d\n" % (len(rows), len(rows[0][1])) if header is None else header) + lines


def as_binary(rows: Rows, header: bytes | None = None) -> bytes:
    width = len(rows[0][1])
    data = b"".join(key + b" " + struct.pack(f"<{width}f", *vector) + b"\n" for key, vector in rows)
    return (b"%d %d\n" % (len(rows), width) if header is None else header) + data


TEXT = as_text([(key.encode(), vector) for key, vector in ROWS.items()])
BINARY = as_binary([(key.encode(), vector) for key, vector in ROWS.items()])


def written(tmp_path: Path, name: str, content: bytes) -> Path:
    (tmp_path / name).write_bytes(content)
    return tmp_path / name


def check(vectors: Vectors) -> None:
    assert vectors.keys == ("中", "国", "A")  # normalised; the word of two characters left out
    assert vectors.matrix.tolist() == [ROWS["中"], ROWS["国"], ROWS["Ａ"]]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("vectors.txt", TEXT),
        ("vectors.vec", TEXT),
        ("vectors", TEXT),
        ("crlf.txt", TEXT.replace(b"\n", b"\r\n")),
        ("byte_order_mark.txt", b"\xef\xbb\xbf" + TEXT),
        ("tabs.txt", TEXT.replace(b" ", b"\t")),
        ("fasttext.vec", TEXT.replace(b"\n", b" \n")),
        ("blank_lines.txt", TEXT.replace(b"\n", b"\n\n")),
        ("no_line_end.txt", TEXT.rstrip(b"\n")),
        ("vectors.vec.gz", gzip.compress(TEXT)),
        ("vectors.txt.bz2", bz2.compress(TEXT)),
        ("vectors.txt.xz", lzma.compress(TEXT)),
        ("gzip_under_another_name.txt", gzip.compress(TEXT)),
        ("vectors.bin", BINARY),
        ("no_line_feeds.bin", as_binary([(k.encode(), v) for k, v in ROWS.items()]).replace(b"\n", b"", 4)),
        ("vectors.bin.gz", gzip.compress(BINARY)),
    ],
)
def test_every_form_of_a_file_reads_alike(tmp_path: Path, name: str, content: bytes) -> None:
    if name.startswith("no_line_feeds"):  # the first line keeps its own
        content = content[:3] + b"\n" + content[3:]
    vectors = load_vectors(written(tmp_path, name, content))
    check(vectors)
    assert vectors.notes == ()


@pytest.mark.parametrize(
    ("name", "content", "note"),
    [
        ("text.bin", TEXT, "text, whatever its name says"),
        ("binary.txt", BINARY, "binary, whatever its name says"),
        (
            "glove.txt",
            TEXT.partition(b"\n")[2],
            "no first line with the number of keys: read as GloVe's, 2",
        ),
    ],
)
def test_content_counts_not_the_name_and_is_told(
    tmp_path: Path, name: str, content: bytes, note: str
) -> None:
    path = written(tmp_path, name, content)
    check(load_vectors(path))
    [said] = load_vectors(path).notes
    assert said.startswith(f"{path}: {note}")


@pytest.mark.parametrize("form", [as_text, as_binary])
@pytest.mark.parametrize(
    ("keys", "kept", "note"),
    [
        (["中", "国", "中"], "中国", "1 of 3 keys, the first at {3}, stood there before: the first vector"),
        (["中", "……", "国", "……", "中"], "中国", "2 of 5 keys, the first at {4}, stood there before"),
        (
            ["Ａ", "中", "A", "①", "1"],
            "A中1",
            "2 of 5 keys, the first at {3}, become equal to an earlier one",
        ),
        (
            ["中", "一个\udce6", "国"],
            "中国",
            "1 of 3 keys, the first at {2}, hold a torn character (no UTF-8)",
        ),
        (["\udce4\udcb8", "中", "国"], "中国", "1 of 3 keys, the first at {1}, hold a torn character"),
        (["中", "\ufffd", "国"], "中国", "1 of 3 keys, the first at {2}, hold a torn character"),
    ],
)
def test_of_keys_that_cannot_all_count_the_first_does(
    tmp_path: Path, form: Callable[[Rows], bytes], keys: list[str], kept: str, note: str
) -> None:
    rows = [(key.encode(errors="surrogateescape"), [n + 0.5, n + 1.25]) for n, key in enumerate(keys)]
    path = written(tmp_path, "vectors.txt" if form is as_text else "vectors.bin", form(rows))
    vectors = load_vectors(path)
    assert "".join(vectors.keys) == kept
    expected = {"A": "Ａ", "1": "①"}
    first = [keys.index(expected[key] if expected.get(key) in keys else key) for key in kept]
    assert vectors.matrix.tolist() == [[n + 0.5, n + 1.25] for n in first]
    said = re.sub(r"\{(\d)\}", lambda n: f"{path}:{int(n[1]) + 1}", note)
    if form is as_binary:
        said = re.escape(re.sub(r"\{(\d)\}", lambda n: f"{path}: key {n[1]} (byte ", note))
        said = said.replace(r"\(byte\ ", r"\(byte \d+\)")
        assert re.match(f"vectors: {said}", vectors.notes[0])
    else:
        assert vectors.notes[0].startswith(f"vectors: {said}")


def test_keys_that_hold_white_space_are_left_out_and_counted(tmp_path: Path) -> None:
    path = written(tmp_path, "vectors.txt", "4 2\n中 1 2\n  3 4\n. . 5 6\n国 7 8\n".encode())
    vectors = load_vectors(path)
    assert (vectors.keys, vectors.matrix.tolist()) == (("中", "国"), [[1, 2], [7, 8]])
    assert vectors.notes == (f"vectors: 2 keys, the first at {path}:3, hold white space: left out",)


MEND = "correct the line, or fetch the file again"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("3 3\n中 1 2 3\n国 1 2\n大 1 2 3\n", f":3: expected a key and 3 numbers, got a key and 2 in '国 1 2'; {MEND}"),
        ("3 3\n中 1 2 3\n国 1\n大 1 2 3\n", ":3: expected a key and 3 numbers, got a key and 1 in '国 1'"),
        ("3 3\n中 1 2 3\n国\n大 1 2 3\n", ":3: expected a key and 3 numbers, got a key and 0 in '国'"),
        ("3 2\n中 1 2\n国 1 2 3\n大 1 2\n", ":3: expected a key and 2 numbers, got a key and 3 in '国 1 2 3'"),
        ("3 2\n中 1 2\n国 1 二\n大 1 2\n", ":3: expected a key and 2 numbers, got '二' for a number in '国 1 二'"),
        ("3 2\n中 1 2\n国 1 1_5\n大 1 2\n", ":3: expected a key and 2 numbers, got '1_5' for a number in '国 1 1_5'"),
        ("3 2\n中 1 2\n国大 1 0,5\n大 1 2\n", ":3: expected a key and 2 numbers, got '0,5' for a number in"),
        ("3 2\n中 1 2\n国 1 nan\n大 1 2\n", ":3: the vector of '国' holds values that are not finite numbers; leave"),
        ("3 2\n中 1 2\n国 -inf 1\n大 1 2\n", ":3: the vector of '国' holds values that are not finite"),
        ("3 2\n中 1 2\n国 1e39 1\n大 1 2\n", ":3: the vector of '国' holds values that are not finite"),
        ("3 2\n中 1 2\n国 1 2\n大 1", ":4: expected a key and 2 numbers, got a key and 1 in '大 1'; the file ends"),
        ("3 2\n中 1 2\n国 1 2\n", ":1: says 3 keys, but 2 follow; the file is cut off: fetch it again, or correct"),
        ("1 2\n中 1 2\n国 1 2\n", ":1: says 1 keys, but 2 follow; correct the number"),
        ("9" * 15 + " 2\n中 1 2\n", ":1: says 999,999,999,999,999 keys, but 1 follow; the file is cut off"),
        ("2 999999999\n中 1 2\n", ":1: expected vectors of at most 4,096 numbers, got a width of 999,999,999"),
        ("1 0\n中 \n", ": expected vectors of one number or more, got a width of 0"),
        ("中 1 2\n国 1\n", ":2: expected a key and 2 numbers, as in line 1, got a key and 1 in '国 1'"),
        ("", ":1: expected the number of keys and the width of their vectors, as in word2vec files, got an empty file"),
        ("小\tO\n", ":1: expected the number of keys and the width of their vectors, as in word2vec files, got '小"),
        ("-2 2\n中 1 2\n", ":1: expected the number of keys and the width"),
        ("1 1\n中国 1\n", ": none of its 1 keys is a single character; name another file"),
        ("中国 1 2\n国 1 2\n大 1 2\n".encode("gb18030"), ": 3 of 3 keys are no UTF-8; convert the file to UTF-8"),
        (b"2 2\n\xe4\xb8\xad " + bytes(8), ":1: says 2 keys, but 1 follow; the file is cut off"),
        (b"2 2\n\xe4\xb8\xad " + bytes(8) + b"\xe5\x9b\xbd " + bytes(7), ":1: says 2 keys, but 1 follow; the"),
        (b"1 2\n\xe4\xb8\xad " + bytes(17), ":1: says 1 keys, but more follow; correct the number"),
        (b"2 2\n" + b"\0" * 9000, ": key 1 (byte 4): expected a key, a space and 2 numbers of 4 bytes, got '\\x00"),
        (b"1 1\na " + struct.pack("f", float("nan")), ": key 1 (byte 4): the vector of 'a' holds values that are not"),
    ],
)  # fmt: skip
def test_a_bad_row_is_named_with_its_place(tmp_path: Path, content: str | bytes, message: str) -> None:
    path = written(tmp_path, "broken.txt", content if isinstance(content, bytes) else content.encode())
    with pytest.raises(VectorsError) as caught:
        load_vectors(path)
    assert str(caught.value).startswith(f"{path}{message}")


def zipped(name: str, content: bytes = TEXT) -> bytes:
    with io.BytesIO() as file:
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr(name, content)
        return file.getvalue()


def tarred(mode: str) -> bytes:
    with io.BytesIO() as file:
        with tarfile.open(fileobj=file, mode=mode) as archive:  # type: ignore[call-overload]
            member = tarfile.TarInfo("vectors.txt")
            member.size = len(TEXT)
            archive.addfile(member, io.BytesIO(TEXT))
        return file.getvalue()


def numpy_file(save: Callable[..., None]) -> bytes:
    with io.BytesIO() as file:
        save(file, np.zeros((2, 2), np.float32))
        return file.getvalue()


@pytest.mark.parametrize("name", ["vectors.txt", "vectors.bin", "vectors", "vectors.vec.gz", "vectors.kv"])
@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (zipped("vectors.txt"), "a zip archive; unpack it and name the file inside"),
        (tarred("w"), "a tar archive; unpack it and name the file inside"),
        (tarred("w:gz"), "a tar archive; unpack it"),
        (tarred("w:bz2"), "a tar archive; unpack it"),
        (struct.pack("<ii", 793712314, 12) + bytes(100), "fastText's model; name the .vec file that fastText"),
        (numpy_file(np.save), "a NumPy array (.npy); save keys and vectors with gensim"),
        (numpy_file(np.savez), "NumPy arrays (.npz); save"),
        (b"7z\xbc\xaf\x27\x1c" + bytes(30), "a 7z archive; unpack it"),
        (b"\x28\xb5\x2f\xfd" + bytes(30), "a file packed by zstd; unpack it"),
        (TEXT.decode().encode("utf-16"), "text in UTF-16; save it as plain text in UTF-8"),
        (TEXT.decode().encode("utf-16-le"), "text in UTF-16; save it"),
        (b"\x89HDF\r\n\x1a\n" + bytes(30), "an HDF5 file; export its content as text"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "a pointer of Git LFS, not the file; fetch"),
        (b"<!DOCTYPE html>\n<html><body>404</body></html>\n", "a web page (HTML); fetch the file itself"),
        (gzip.compress(gzip.compress(TEXT)), "a file packed twice; unpack it once"),
        (b'{"\xe4\xb8\xad": [1, 2]}\n', "JSON; convert it"),
    ],
)  # fmt: skip
def test_other_formats_are_recognised_whatever_they_are_called(
    tmp_path: Path, name: str, content: bytes, kind: str
) -> None:
    is_packed = content[:2] in (b"\x1f\x8b", b"BZ") or not name.endswith(".gz")
    path = written(tmp_path, name, content if is_packed else gzip.compress(content))
    with pytest.raises(VectorsError) as caught:
        load_vectors(path)
    assert str(caught.value).startswith(f"{path}: expected word2vec vectors (text, .bin or .gz), got {kind}")


def saved_kv(path: Path) -> None:
    plain = written(path.parent, "plain.txt", TEXT)
    KeyedVectors.load_word2vec_format(str(plain)).save(str(path))


@pytest.mark.parametrize(("name", "kind"), [("vectors.kv", "a .kv file"), ("vectors.bin", "this file")])
def test_a_pickle_is_read_only_when_it_is_trusted(tmp_path: Path, name: str, kind: str) -> None:
    path = tmp_path / name
    saved_kv(path)
    message = rf"{re.escape(name)}: {kind} is a pickle and may run code .*--allow-pickle"
    with pytest.raises(VectorsError, match=message):
        load_vectors(path)
    check(load_vectors(path, allow_pickle=True))


@pytest.mark.parametrize("name", ["broken.kv", "broken.model"])
@pytest.mark.parametrize("content", [b"no pickle", pickle.dumps([1, 2])])
def test_a_trusted_pickle_of_something_else_is_an_error(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(VectorsError, match=rf"{re.escape(name)}: (not readable as|expected) gensim's"):
        load_vectors(tmp_path / name, allow_pickle=True)


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(VectorsError, match=r"none\.txt: expected word2vec vectors .*, got 'No such file or"):
        load_vectors(tmp_path / "none.txt")


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
@pytest.mark.parametrize("damage", [lambda packed: packed[:-9], lambda packed: packed[:40] + b"\xff" * 60])
def test_a_damaged_file_is_an_error(tmp_path: Path, pack, damage) -> None:
    path = written(tmp_path, "broken.vec.gz", damage(pack(TEXT * 50)))
    with pytest.raises(VectorsError, match=r"broken\.vec\.gz(: not readable as|:1: says|:\d+: expected)"):
        load_vectors(path)


def test_what_is_called_gz_but_is_none_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(
        VectorsError, match=r"a\.gz: not readable as .*Not a gzipped file .*fetch the file again"
    ):
        load_vectors(written(tmp_path, "a.gz", TEXT))


def test_large_numbers_in_the_first_line_cost_no_memory(tmp_path: Path) -> None:
    path = written(tmp_path, "vectors.bin", b"999999999 4096\n\xe4\xb8\xad " + bytes(4096 * 4))
    tracemalloc.start()
    with pytest.raises(VectorsError, match="says 999,999,999 keys, but 1 follow"):
        load_vectors(path)
    assert tracemalloc.get_traced_memory()[1] < 20_000_000
    tracemalloc.stop()


def test_words_are_read_of_what_holds_chinese(tmp_path: Path) -> None:
    path = written(tmp_path, "words.txt", "4 2\n中国 1 2\nNBA 3 4\n京 5 6\n中\u3000国 7 8\n".encode())
    assert load_word_vectors(path).keys == ("中国", "京")


rows = st.lists(
    st.tuples(
        st.one_of(st.text(max_size=3).map(lambda key: key.encode(errors="replace")), st.binary(max_size=3)),
        st.lists(st.floats(width=32), min_size=2, max_size=2),
    ),
    min_size=1,
    max_size=5,
)
files = st.one_of(
    st.binary(),
    st.builds(
        lambda header, rest: header + rest, st.sampled_from([b"1 1\n", b"2 2\n", b"3 1 2\n"]), st.binary()
    ),
    rows.map(as_text),
    rows.map(as_binary),
    rows.map(lambda drawn: as_text(drawn, b"")),
    rows.map(as_text).map(gzip.compress),
)


@settings(max_examples=400)
@given(
    content=files,
    name=st.sampled_from(["a.txt", "a.bin", "a.vec.gz", "a.kv"]),
    cut=st.integers(0, 400),
    load=st.sampled_from([load_vectors, load_word_vectors]),
)
@example(b"1 1\n\xe4\xb8\xad 1_0\n", "a.txt", 400, load_vectors)
@example(b"1 2\n\x00 AAAABBBB\n", "a.bin", 400, load_vectors)
def test_any_bytes_give_vectors_or_a_vectors_error(content: bytes, name: str, cut: int, load) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = written(Path(folder), name, content[:cut])
        try:
            vectors = load(path)
        except VectorsError:
            return
    assert len(vectors.keys) == len(set(vectors.keys)) == len(vectors.matrix) > 0
    assert vectors.matrix.dtype == np.float32
    assert np.isfinite(vectors.matrix).all()


@settings(max_examples=200)
@given(rows=rows.filter(lambda drawn: np.isfinite([vector for _, vector in drawn]).all()))
def test_text_and_binary_of_the_same_rows_read_alike(rows: Rows) -> None:
    rows = [(re.sub(rb"\s", b"_", key) or b"_", vector) for key, vector in rows]
    read = []
    with tempfile.TemporaryDirectory() as folder:
        for name, content in (("a.txt", as_text(rows)), ("a.bin", as_binary(rows))):
            try:
                vectors = load_vectors(written(Path(folder), name, content))
                read.append((vectors.keys, vectors.matrix.tolist()))
            except VectorsError as error:
                read.append(str(error).partition(": ")[2])
    assert read[0] == read[1]


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("/dev/null", "got a pipe or device; name the file itself"),
        ("vectors.txt", "got 'Too many levels of symbolic links'; check the path"),
        (".", "got a directory; check the path"),
    ],
)
def test_a_link_to_no_file_is_told_by_what_it_leads_to(tmp_path: Path, target: str, message: str) -> None:
    path = tmp_path / "vectors.txt"
    path.symlink_to(target)
    with pytest.raises(VectorsError, match=rf"vectors\.txt: expected word2vec vectors .*, {message}"):
        load_vectors(path)
