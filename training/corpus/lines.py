"""The lines of a file, plain or packed, in bounded memory.

    file -> blocks of about 256 KiB -> lists of lines (bytes, without the line feed)

A line feed is never part of a UTF-8 or GB18030 character, so lines are cut before they are decoded.
"""

from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path
from typing import NamedTuple

from training.corpus.errors import CorpusError
from training.corpus.file_kinds import HEAD_BYTES, recognise_markup
from training.corpus.unpacked import DAMAGED, ForeignFileError, open_unpacked

BLOCK_BYTES = 1 << 18
# A token and its tag; the longest word of a web corpus is an address of some hundred bytes.
MAX_LINE_BYTES = 4096
# A line is held in memory; a whole novel on one is fine.
MAX_TEXT_LINE_BYTES = 1 << 26
BYTE_ORDER_MARKS = {"utf-8": b"\xef\xbb\xbf", "gb18030": b"\x84\x31\x95\x33"}


class Block(NamedTuple):
    """Consecutive whole lines of a file."""

    number: int  # of the first line, counted from 1
    offset: int  # of the first line, in bytes of the (unzipped) file
    lines: list[bytes]

    def offset_of(self, index: int) -> int:
        """Return the byte offset in the file at which line `index` of the block starts.

        >>> Block(1, 100, [b"ab", b"c"]).offset_of(1)
        103
        """
        return self.offset + sum(len(line) + 1 for line in self.lines[:index])


def read_blocks(
    path: Path, encoding: str = "utf-8", *, max_line_bytes: int = MAX_LINE_BYTES
) -> Iterator[Block]:
    """Yield the lines of a file, in blocks, without a byte order mark.

    Raises CorpusError for what is not a readable file, for a torn .gz and for a line over max_line_bytes.
    """
    number, offset, rest = 1, 0, b""
    for chunk in read_chunks(path):
        if not offset and number == 1 and not rest:
            mark = BYTE_ORDER_MARKS[encoding]
            # With a tab after it, it is a token of the text.
            offset = len(mark) if chunk.startswith(mark) and not chunk.startswith(mark + b"\t") else 0
            chunk = chunk[offset:]
        lines = (rest + chunk).split(b"\n")
        rest = lines.pop()
        if lines:
            yield Block(number, offset, lines)
            number += len(lines)
            offset += sum(map(len, lines)) + len(lines)
        if len(rest) > max_line_bytes:
            raise _too_long(f"{path}:{number}", rest, max_line_bytes)
    if rest:
        yield Block(number, offset, [rest])


def read_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield number and text of each line of a UTF-8 file that is no corpus: raw text, a list of words.

    Raises CorpusError with file and line for what is not UTF-8.
    """
    for block in read_blocks(path, max_line_bytes=MAX_TEXT_LINE_BYTES):
        for number, line in enumerate(block.lines, block.number):
            try:
                yield number, line.removesuffix(b"\r").decode()
            except UnicodeDecodeError as error:
                got = f"byte {line[error.start : error.start + 1]!r} at byte {error.start} of the line"
                raise CorpusError(f"{path}:{number}", "UTF-8", got, "save the file as UTF-8") from error


def read_chunks(path: Path) -> Iterator[bytes]:
    """Yield the (unzipped) content of a file; whatever keeps it from being read is a CorpusError."""
    try:
        with _open_file(path) as file:
            while chunk := file.read(BLOCK_BYTES):
                yield chunk
    except ForeignFileError as error:
        raise CorpusError(str(path), "lines of text", error.kind.name, error.kind.remedy) from error
    except (*DAMAGED, OSError, ValueError) as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: Exception) -> CorpusError:
    if isinstance(error, DAMAGED) or (isinstance(error, OSError) and error.errno is None):  # bzip2's is bare
        remedy = "fetch the file again, or rename it if it is not compressed"
        return CorpusError(str(path), "a whole compressed file", f"{error}", remedy)
    reason = getattr(error, "strerror", None) or str(error)
    return CorpusError(str(path), "a readable corpus file", repr(reason), "check the path")


def _open_file(path: Path) -> BufferedReader:
    if path.exists() and not path.is_file():
        kind = "a directory" if path.is_dir() else "a pipe or device"
        remedy = "name the files themselves: they are read twice"
        raise CorpusError(str(path), "a regular file", kind, remedy)
    return open_unpacked(path)


def _too_long(where: str, line: bytes, max_line_bytes: int) -> CorpusError:
    if kind := recognise_markup(line[:HEAD_BYTES]):
        return CorpusError(where, "lines of text", kind.name, kind.remedy)
    got = f"at least {len(line):,} that begin with {line[:20]!r}"
    return CorpusError(
        where, f"a line of at most {max_line_bytes:,} bytes", got, "end each line with a line feed"
    )
