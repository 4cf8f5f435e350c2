"""Texts from files or standard input, one a line, read as they come and never more than one block at a time."""

import codecs
from collections.abc import Iterator
from typing import BinaryIO

# What one read may bring; of a pipe, what is there already, so that someone who types sees an answer.
BLOCK_BYTES = 1 << 16


class TextError(ValueError):
    """A line that is not text in the encoding it was said to be in."""


def read_texts(file: BinaryIO, name: str, encoding: str = "utf-8") -> Iterator[list[str]]:
    """Yield the lines of a binary file, those of one read together; "\\n" or "\\r\\n" ends a line, nothing else.

    name: for messages. A byte order mark at the start is dropped. Memory grows with the longest line alone.
    Raises TextError naming line and byte.
    """
    read = getattr(file, "read1", file.read)
    rest, line = bytearray(), 1
    while block := read(BLOCK_BYTES):
        *lines, last = block.split(b"\n")
        if lines:
            lines[0] = bytes(rest) + lines[0]
            texts: list[str] = []
            try:
                for index, content in enumerate(lines):
                    texts.append(_decode(content, name, line + index, encoding))
            except TextError:
                if texts:
                    yield texts  # what stands before it is answered
                raise
            yield texts
            line += len(lines)
            rest.clear()
        rest += last
    if rest:
        yield [_decode(bytes(rest), name, line, encoding)]


def _decode(content: bytes, name: str, line: int, encoding: str) -> str:
    if line == 1 and encoding == "utf-8":
        content = content.removeprefix(codecs.BOM_UTF8)
    try:
        return content.removesuffix(b"\r").decode(encoding)
    except UnicodeDecodeError as error:
        raise TextError(
            f"{name}:{line}: expected {encoding}, got byte {content[error.start : error.start + 1]!r} "
            f"at byte {error.start} of the line; convert the file, or give its --encoding"
        ) from error
