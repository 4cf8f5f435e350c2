"""What a file is, told by its first bytes: files that are no text, or not the text that was asked for.

first bytes --recognise_kind--> FileKind: its name, and what to do with it; None where it may well be text
"""

import re
from typing import NamedTuple

HEAD_BYTES = 1024


class FileKind(NamedTuple):
    """A kind of file that is not read here: what it is called, and what its owner can do."""

    name: str
    remedy: str


_UNPACK = "unpack it and name the file inside"
_SAVE = "save it as plain text in UTF-8"
_FETCH = "fetch the file itself"

# First bytes -> kind; the first that fits.
_KINDS: tuple[tuple[bytes, str, str], ...] = (
    (rb"PK(?s:.){2,500}\.npy", "NumPy arrays (.npz)", "save them with gensim's save_word2vec_format"),
    (rb"PK(?s:.){2,500}/data\.pkl", "a PyTorch file", "save its vectors as word2vec text"),
    (rb"PK(?s:.){2,1000}word/", "a Word document (.docx)", _SAVE),
    (rb"PK(?s:.){2,1000}xl/", "an Excel workbook (.xlsx)", "save its sheet as text with tabs, in UTF-8"),
    (rb"PK(\x03\x04|\x05\x06|\x07\x08)", "a zip archive", _UNPACK),
    (rb"7z\xbc\xaf\x27\x1c", "a 7z archive", _UNPACK),
    (rb"Rar!\x1a\x07", "a rar archive", _UNPACK),
    (rb"(?s:.){257}ustar", "a tar archive", _UNPACK),
    (rb"\x28\xb5\x2f\xfd", "a file packed by zstd", "unpack it (zstd -d)"),
    (rb"\x04\x22\x4d\x18", "a file packed by lz4", "unpack it (lz4 -d)"),
    (rb"\x1f\x9d", "a file packed by compress", "unpack it (uncompress)"),
    (rb"\xba\x16\x4f\x2f", "fastText's model", "name the .vec file that fastText writes beside it"),
    (rb"\x93NUMPY", "a NumPy array (.npy)", "save keys and vectors with gensim's save_word2vec_format"),
    (rb"\x89HDF\r\n\x1a\n", "an HDF5 file", "export its content as text"),
    (rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Word or Excel file (.doc, .xls)", _SAVE),
    (rb"\{\\rtf", "a rich text file (.rtf)", _SAVE),
    (rb"%PDF-", "a PDF", "use the text that it was made from"),
    (rb"SQLite format 3\0", "an SQLite database", "export its content as text"),
    (rb"PAR1[\0-\x08\x15]", "a Parquet file", "export its content as text"),
    (rb"\x89PNG|\xff\xd8\xff", "a picture", "name the right file"),
    (rb"version https://git-lfs", "a pointer of Git LFS, not the file", f"{_FETCH} (git lfs pull)"),
    (rb"\xff\xfe\0\0|\0\0\xfe\xff", "text in UTF-32", _SAVE),
    (rb"\xff\xfe|\xfe\xff", "text in UTF-16", _SAVE),
)
_MARKUP: tuple[tuple[bytes, str, str], ...] = (
    (rb"\s*<(?i:!doctype|html|head|body)\b", "a web page (HTML)", f"{_FETCH} instead of the page about it"),
    (rb"\s*<\?xml", "XML", "convert it to lines of text"),
    (rb"\s*(\[\s*)?\{\s*[\"}]|\s*\[\s*[\"\[]|\s*\[\s*\]\s*\Z", "JSON", "convert it to lines of text"),
)
_PICKLE = re.compile(rb"\x80[\x02-\x05][\x00-\xff]")
_CONTROL = re.compile("[\x00-\x08\x0b-\x0c\x0e-\x1f]")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def recognise_kind(head: bytes) -> FileKind | None:
    """Return the kind of a file that begins with `head`, if it is one that holds no lines of text.

    >>> recognise_kind(b"PK\\x03\\x04...").name, recognise_kind("小\\tO".encode("utf-16")).name
    ('a zip archive', 'text in UTF-16')
    >>> recognise_kind("小\\tO".encode())
    """
    for pattern, name, remedy in _KINDS:
        if re.match(pattern, head):
            return FileKind(name, remedy)
    if _is_utf16(head):
        return FileKind("text in UTF-16", _SAVE)
    return None


def recognise_markup(head: bytes) -> FileKind | None:
    """Return the kind of a text that begins with `head`, if it is HTML, XML or JSON.

    >>> recognise_markup(b'[{"text": "..."}]').name, recognise_markup(b"[\\tO"), recognise_markup(b"{ O")
    ('JSON', None, None)
    """
    head = head.removeprefix(_BYTE_ORDER_MARK)
    for pattern, name, remedy in _MARKUP:
        if re.match(pattern, head):
            return FileKind(name, remedy)
    return None


def is_pickle(head: bytes) -> bool:
    """Return whether a file that begins with `head` is a Python pickle.

    >>> is_pickle(b"\\x80\\x04\\x95"), is_pickle(b"5 4")
    (True, False)
    """
    return _PICKLE.match(head) is not None


def _is_utf16(head: bytes) -> bool:
    """Return whether a file without a byte order mark is lines of text in UTF-16."""
    if head.count(0) * 8 <= len(head):
        return False
    texts = [head.decode(codec, errors="replace") for codec in ("utf-16-le", "utf-16-be")]
    return any("\n" in text and not _CONTROL.search(text) for text in texts)
