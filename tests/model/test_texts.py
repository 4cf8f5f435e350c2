"""Lines of a stream, whatever the reads cut them into."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model import texts
from model.texts import TextError, read_texts


class Trickle(io.RawIOBase):
    """A pipe that brings a few bytes at a time."""

    def __init__(self, content: bytes, size: int) -> None:
        self.rest, self.size = content, size

    def read1(self, size: int) -> bytes:
        block, self.rest = self.rest[: self.size], self.rest[self.size :]
        return block


@given(
    lines=st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n"))),
    size=st.integers(1, 9),
)
def test_lines_come_back_however_they_arrive(lines: list[str], size: int) -> None:
    lines = [line.lstrip("\ufeff") for line in lines]
    content = "".join(line + "\n" for line in lines).encode()
    blocks = read_texts(Trickle(content, size), "pipe")  # type: ignore[arg-type]
    assert [line for block in blocks for line in block] == lines


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", []),
        (b"\n", [""]),
        (b"a", ["a"]),
        (b"a\r\nb\rc\n\n", ["a", "b\rc", ""]),
        ("\ufeffa\n\ufeffb".encode(), ["a", "\ufeffb"]),
        ("a\u2028b\x85c\n".encode(), ["a\u2028b\x85c"]),
        (b"a" * 200_000 + b"\nb", ["a" * 200_000, "b"]),
    ],
)
def test_only_line_feeds_end_a_line(content: bytes, expected: list[str]) -> None:
    assert [line for block in read_texts(io.BytesIO(content), "x") for line in block] == expected


def test_what_is_there_is_yielded_at_once() -> None:
    pipe = Trickle("一\n二\n三".encode(), 8)
    assert next(read_texts(pipe, "pipe")) == ["一", "二"]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("content", "encoding", "message"),
    [
        (
            b"a\nb\xffc\n",
            "utf-8",
            r"f.txt:2: expected utf-8, got byte b'\\xff' at byte 1 of the line; convert",
        ),
        ("\ud800".encode("utf-8", "surrogatepass"), "utf-8", "f.txt:1: expected utf-8"),
        (b"a\n" * 100_000 + b"\xff", "utf-8", "f.txt:100001: "),
        (b"\xff\n", "gb18030", "f.txt:1: expected gb18030"),
    ],
)
def test_wrong_bytes_are_named_with_line_and_place(content: bytes, encoding: str, message: str) -> None:
    assert texts.BLOCK_BYTES < 200_000
    with pytest.raises(TextError, match=message):
        list(read_texts(io.BytesIO(content), "f.txt", encoding))


def test_lines_before_a_wrong_one_are_given_out() -> None:
    reading = read_texts(io.BytesIO("一\n二\n".encode() + b"\xff\n" + "三\n".encode()), "f.txt")
    assert next(reading) == ["一", "二"]
    with pytest.raises(TextError, match=r"f\.txt:3: "):
        next(reading)
