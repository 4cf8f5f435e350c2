"""The rows of a word2vec file, text or binary, one after the other: memory holds one of them.

first line (number of keys, width) --> key, vector --> Row
    text    a line each: key, then its numbers; without a first line it is GloVe's, as wide as its first row
    binary  key, a space, its numbers as little-endian float32

Which of the two it is shows in what follows the first line, not in the file's name.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BufferedReader
from pathlib import Path

import numpy as np
import numpy.typing as npt

from model.bundle.config import MAX_WIDTH
from training.corpus.errors import quote
from training.embeddings.word2vec import VectorsError

SAMPLE_BYTES = 4096
BLOCK_BYTES = 1 << 20
MAX_LINE_BYTES = 1 << 20  # a key and MAX_WIDTH numbers of up to 200 digits
MAX_KEY_BYTES = 4096
MEND = "correct the line, or fetch the file again"

_COUNT = re.compile(rb"[0-9]{1,15}")
_ENDS_IN_NUMBER = re.compile(rb"[ \t][-+]?([0-9.]+([eE][-+]?[0-9]+)?|nan|inf)[ \t\r]*$")
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1f]")


@dataclass(frozen=True, slots=True)
class Row:
    """A key with its vector, float32 [width], and where it stands; no key where its bytes are no UTF-8."""

    where: str
    key: str | None
    vector: npt.NDArray[np.float32]


@dataclass
class VectorFile:
    """A word2vec file that is being read; what is odd about it grows while its rows are drawn."""

    path: Path
    content: BufferedReader
    is_text: bool = True
    has_header: bool = True
    count: int = 0  # of keys, as the first line says
    width: int = 0
    blank: list[str] = field(default_factory=list)  # places of keys that hold white space

    def rows(self) -> Iterator[Row]:
        """Yield the rows. Raises VectorsError with the place of the first that is none."""
        first = self.content.readline(MAX_LINE_BYTES)
        self.is_text = self._looks_like_text(first)
        self._read_header(first)
        yield from self._text_rows(first) if self.is_text else self._binary_rows(len(first))

    def notes(self) -> Iterator[str]:
        """Yield what is odd about the file as a whole."""
        if not self.has_header:
            yield f"{self.path}: no first line with the number of keys: read as GloVe's, {self.width} numbers a line"
        if self.is_text and self.path.suffix == ".bin":
            yield f"{self.path}: text, whatever its name says, and read as text"
        if not self.is_text and self.path.suffix in (".txt", ".vec"):
            yield f"{self.path}: binary, whatever its name says, and read as binary"
        if self.blank:
            yield f"vectors: {len(self.blank):,} keys, the first at {self.blank[0]}, hold white space: left out"

    def _looks_like_text(self, first: bytes) -> bool:
        sample = self.content.peek(SAMPLE_BYTES)[:SAMPLE_BYTES]
        lines = sample.split(b"\n")[:-1] or [sample]
        if 2 * sum(_ENDS_IN_NUMBER.search(line) is not None for line in lines) >= len(lines):
            return True
        return self.path.suffix != ".bin" and not _CONTROL.search(first + sample)

    def _read_header(self, first: bytes) -> None:
        """Set count and width; a text file may lack the first line that says them."""
        fields = first.removeprefix(b"\xef\xbb\xbf").split()
        if len(fields) == 2 and all(map(_COUNT.fullmatch, fields)):
            self.count, self.width = map(int, fields)
        elif self.is_text and len(fields) > 2 and _numbers(fields[1:]) is not None:
            self.has_header, self.width = False, len(fields) - 1
        else:
            got = _quote(first) if first else "an empty file"
            raise VectorsError(
                f"{self.path}:1: expected the number of keys and the width of their vectors, as in word2vec files, "
                f"got {got}; name a word2vec file (text, .bin or .gz)"
            )
        if not self.width:
            raise VectorsError(f"{self.path}: expected vectors of one number or more, got a width of 0")
        if self.width > MAX_WIDTH:
            raise VectorsError(
                f"{self.path}:1: expected vectors of at most {MAX_WIDTH:,} numbers, got a width of {self.width:,}; "
                "check that this is a word2vec file"
            )

    def _text_rows(self, first: bytes) -> Iterator[Row]:
        count, number, line = 0, 1, first.removeprefix(b"\xef\xbb\xbf")
        if self.has_header:
            number, line = 2, self.content.readline(MAX_LINE_BYTES)
        while line:
            if not line.isspace():
                count += 1
                if row := self._text_row(number, line):
                    yield row
            number, line = number + 1, self.content.readline(MAX_LINE_BYTES)
        if self.has_header and count != self.count:
            raise self._wrong_count(f"{count:,}", count < self.count)

    def _text_row(self, number: int, line: bytes) -> Row | None:
        """Return the row that a line is; None where its key is white space or holds some."""
        where = f"{self.path}:{number}"
        fields = line.split()
        vector = _numbers(fields[-self.width :])
        is_blank = len(fields) == self.width and line[:1].isspace()
        if vector is not None and (is_blank or self._has_spaced_key(fields)):
            self.blank.append(where)
            return None
        if vector is None or len(fields) != self.width + 1:
            raise self._wrong_line(where, line, fields)
        return Row(where, _decode(fields[0]), vector)

    def _has_spaced_key(self, fields: list[bytes]) -> bool:
        return len(fields) > self.width + 1 and _numbers(fields[1 : -self.width]) is None

    def _wrong_line(self, where: str, line: bytes, fields: list[bytes]) -> VectorsError:
        """Return the error of a line that is no key and its numbers."""
        expected = f"a key and {self.width} number{'s' if self.width > 1 else ''}"
        if not self.has_header:
            expected += ", as in line 1"
        wrong = next((field for field in fields[1:] if _numbers([field]) is None), None)
        if len(line) >= MAX_LINE_BYTES:
            got = f"a line of more than {MAX_LINE_BYTES:,} bytes"
        elif len(fields) != self.width + 1:
            got = f"a key and {len(fields) - 1} in {_quote(line)}"
        else:
            got = f"{_quote(wrong or b'')} for a number in {_quote(line)}"
        is_last = len(line) < MAX_LINE_BYTES and not line.endswith(b"\n")
        ended = "the file ends here, it may be cut off: " if is_last else ""
        return VectorsError(f"{where}: expected {expected}, got {got}; {ended}{MEND}")

    def _binary_rows(self, offset: int) -> Iterator[Row]:
        size = 4 * self.width
        buffer, at = b"", 0
        for number in range(1, self.count + 1):
            if len(buffer) - at < MAX_KEY_BYTES + size:
                buffer, at = buffer[at:] + self.content.read(BLOCK_BYTES), 0
            end = buffer.find(b" ", at, at + MAX_KEY_BYTES)
            where = f"{self.path}: key {number:,} (byte {offset:,})"
            if len(buffer) < end + 1 + size or (end < 0 and len(buffer) - at < MAX_KEY_BYTES):
                raise self._wrong_count(f"{number - 1:,}", True)
            if end < 0:
                raise VectorsError(
                    f"{where}: expected a key, a space and {self.width} numbers of 4 bytes, got "
                    f"{_quote(buffer[at : at + MAX_KEY_BYTES])}; {MEND.removeprefix('correct the line, or ')}"
                )
            vector = np.frombuffer(buffer, "<f4", self.width, end + 1).astype(np.float32)
            yield Row(where, _decode(buffer[at:end].lstrip(b"\n")), vector)
            offset += end + 1 + size - at
            at = end + 1 + size
        if (buffer[at:] + self.content.read(SAMPLE_BYTES)).strip():
            raise self._wrong_count("more", False)

    def _wrong_count(self, there: str, cut_off: bool) -> VectorsError:
        remedy = (
            "the file is cut off: fetch it again, or correct the number" if cut_off else "correct the number"
        )
        return VectorsError(f"{self.path}:1: says {self.count:,} keys, but {there} follow; {remedy}")


def _numbers(fields: list[bytes]) -> npt.NDArray[np.float32] | None:
    """Return what the fields say, float32; None where one is no number."""
    if b"_" in b"".join(fields):  # Python's float takes 1_5
        return None
    try:
        values = list(map(float, fields))
    except ValueError:
        return None
    with np.errstate(over="ignore"):  # what float32 cannot hold is infinite, and told as such
        return np.array(values, np.float32)


def _decode(key: bytes) -> str | None:
    """Return a key; None if it is not UTF-8, or was not when it was written (U+FFFD)."""
    try:
        text = key.decode()
    except UnicodeDecodeError:
        return None
    return None if "\ufffd" in text else text


def _quote(line: bytes) -> str:
    return quote(line.rstrip(b"\r\n")[:400].decode(errors="replace"))
