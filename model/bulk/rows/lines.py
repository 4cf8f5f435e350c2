"""The lines of a split as bytes, each with its place, in memory that no line's length changes."""

import gzip
import zlib
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

_BLOCK = 1 << 20


class Line(NamedTuple):
    """A line without its end.

    offset: of its first byte in the (unpacked) file. content: None where `error` says why it can't be read.
    """

    offset: int
    content: bytes | None
    error: str = ""


def read_lines(file: BinaryIO, start: int, end: float, max_bytes: int) -> Iterator[Line]:
    r"""Yield the lines whose first byte lies in [start, end); "\n" or "\r\n" ends a line, the file's end the last.

    A line of more than `max_bytes` bytes is passed over and comes without content.

    >>> import io
    >>> [line.content for line in read_lines(io.BytesIO(b"one\ntwo\r\nlong\nlast"), 2, 99, 3)]
    [b'two', None, None]
    """
    position = start and _next_line(file, start)
    while position < end:
        content = file.readline(max_bytes + 2)
        if not content:
            return
        length = len(content)
        if not content.endswith(b"\n") and length == max_bytes + 2:
            length += _pass_over(file)
        kept = content.removesuffix(b"\n").removesuffix(b"\r")
        yield _line(position, kept, length, max_bytes)
        position += length


def read_packed(file: BinaryIO, max_bytes: int) -> Iterator[Line]:
    """Yield all lines of a file that unpacks as it is read; where it is damaged, one more line with the error."""
    end = 0
    try:
        for line in read_lines(file, 0, float("inf"), max_bytes):
            end = line.offset + len(line.content or b"")
            yield line
    except (EOFError, zlib.error, OSError) as error:
        if isinstance(error, OSError) and not _is_damage(error):
            raise
        yield Line(end, None, f"expected packed lines, got a file that is damaged from here on ({error})")


def _is_damage(error: OSError) -> bool:
    return isinstance(error, gzip.BadGzipFile) or any(word in str(error) for word in ("ZSTD", "Truncated"))


def _line(offset: int, content: bytes, length: int, max_bytes: int) -> Line:
    if len(content) > max_bytes:
        return Line(offset, None, f"expected a line of at most {max_bytes} bytes, got one of {length}")
    return Line(offset, content)


def _next_line(file: BinaryIO, start: int) -> int:
    """Return where the first line begins that begins at `start` or later, and go there."""
    file.seek(start - 1)
    return start - 1 + _pass_over(file)


def _pass_over(file: BinaryIO) -> int:
    """Return how many bytes the rest of this line had."""
    length = 0
    while block := file.readline(_BLOCK):
        length += len(block)
        if block.endswith(b"\n"):
            break
    return length
