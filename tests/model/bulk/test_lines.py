"""Lines of splits, joined, are the lines of the file, wherever it is cut."""

import gzip
import io
import itertools
import random
import tracemalloc
from typing import BinaryIO

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.bulk.rows.lines import Line, read_lines, read_packed


def lines_of(content: bytes) -> list[bytes]:
    """What the lines are, by another way than reading them."""
    lines = content.split(b"\n")
    if not lines[-1]:
        lines.pop()
    return [line[:-1] if line.endswith(b"\r") else line for line in lines]


@given(
    content=st.lists(st.sampled_from([b"a", b"bc", b"\n", b"\r\n", b"\r", "年".encode()])).map(b"".join),
    cuts=st.lists(st.integers(0, 60)),
)
def test_lines_of_splits_joined_are_those_of_the_file(content: bytes, cuts: list[int]) -> None:
    bounds = sorted({0, *(min(cut, len(content)) for cut in cuts), len(content)})
    read = [
        line
        for start, end in itertools.pairwise(bounds)
        for line in read_lines(io.BytesIO(content), start, end, 100)
    ]
    assert [line.content for line in read] == lines_of(content)
    assert all(content.startswith(line.content or b"", line.offset) for line in read)


@pytest.mark.parametrize(
    ("line", "kept"), [(b"x" * 9, True), (b"x" * 10, True), (b"x" * 11, False), (b"x" * 5000, False)]
)
@pytest.mark.parametrize("end", [b"\n", b"\r\n", b""])
def test_a_line_over_the_limit_is_passed_over(line: bytes, kept: bool, end: bytes) -> None:
    first, *others = read_lines(io.BytesIO(line + end + b"next" * bool(end)), 0, 9999, 10)
    assert first.content == (line if kept else None)
    assert kept == (first.error == "")
    assert [other.content for other in others] == [b"next"] * bool(end)


def test_a_line_of_100_mb_takes_no_memory() -> None:
    file = io.BufferedReader(_Zeros(100 << 20), 1 << 20)  # type: ignore[arg-type]
    tracemalloc.start()
    (line,) = read_lines(file, 0, 100 << 20, 1 << 20)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert line.error == f"expected a line of at most {1 << 20} bytes, got one of {100 << 20}"
    assert peak < 20 << 20


def test_a_damaged_file_is_one_more_row_after_those_before_it() -> None:
    packed = gzip.compress(b"one\ntwo\n" + bytes(range(256)) * 200)
    read = list(read_packed(_buffered(gzip.GzipFile(fileobj=io.BytesIO(packed[:-40]))), 1 << 20))
    assert [line.content for line in read[:2]] == [b"one", b"two"]
    assert "damaged" in read[-1].error


@pytest.mark.parametrize("wrong", [slice(0, 300), slice(300, None)])
def test_a_damaged_zstd_file_is_one_more_row(wrong: slice) -> None:
    packed = bytearray(pa.compress(b"one\n" * 1000 + random.Random(1).randbytes(1000), "zstd", asbytes=True))
    del packed[wrong]
    read = list(read_packed(_buffered(pa.CompressedInputStream(io.BytesIO(packed), "zstd")), 1 << 20))
    assert "damaged" in read[-1].error


def test_members_of_a_gzip_file_are_one_file() -> None:
    packed = gzip.compress(b"one\ntw") + gzip.compress(b"o\n")
    read = read_packed(_buffered(gzip.GzipFile(fileobj=io.BytesIO(packed))), 9)
    assert list(read) == [Line(0, b"one"), Line(4, b"two")]


def _buffered(file: object) -> BinaryIO:
    return io.BufferedReader(file)  # type: ignore[arg-type,return-value]


class _Zeros(io.RawIOBase):
    """So many bytes, none of which ends a line."""

    def __init__(self, size: int) -> None:
        self.left = size

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        count = min(len(buffer), self.left)
        self.left -= count
        buffer[:count] = bytes(count)
        return count
