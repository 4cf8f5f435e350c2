"""A file as it was before it was packed: gzip, bzip2 and xz are known by their first bytes, whatever their names."""

import bz2
import gzip
import io
import lzma
import re
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from training.corpus.file_kinds import HEAD_BYTES, FileKind, recognise_kind

BUFFER_BYTES = 1 << 16
# What reading from a damaged one raises; bzip2's "invalid data stream" is a bare OSError.
DAMAGED = (EOFError, gzip.BadGzipFile, zlib.error, lzma.LZMAError)

_PACKED: tuple[tuple[bytes, Callable[..., Any]], ...] = (
    (rb"\x1f\x8b\x08", gzip.open),
    (rb"BZh[1-9](1AY&SY|\x17rE8P\x90)", bz2.open),
    (rb"\xfd7zXZ\0", lzma.open),
)


class ForeignFileError(ValueError):
    """A file of a kind that cannot be read here."""

    def __init__(self, kind: FileKind) -> None:
        super().__init__(f"{kind.name}; {kind.remedy}")
        self.kind = kind


def open_unpacked(path: Path) -> io.BufferedReader:
    """Return the content of a file, unpacked; what is called .gz is unpacked as one.

    Raises OSError, one of DAMAGED, and ForeignFileError for an archive or whatever else holds no lines of text.
    """
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    _refuse_foreign(head)
    unpack = _unpacker(head)
    if path.suffix == ".gz":
        unpack = unpack or gzip.open
    if unpack is None:
        return path.open("rb")
    content = io.BufferedReader(unpack(path, "rb"), BUFFER_BYTES)
    try:
        head = content.peek(HEAD_BYTES)[:HEAD_BYTES]
        _refuse_foreign(head)
        if _unpacker(head):
            raise ForeignFileError(FileKind("a file packed twice", "unpack it once"))
    except BaseException:
        content.close()
        raise
    return content


def _unpacker(head: bytes) -> Callable[..., Any] | None:
    return next((opener for magic, opener in _PACKED if re.match(magic, head)), None)


def _refuse_foreign(head: bytes) -> None:
    if kind := recognise_kind(head):
        raise ForeignFileError(kind)
