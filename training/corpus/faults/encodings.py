"""What is wrong with bytes that are no text in their encoding, and what mends them."""

import re

# A pair of bytes of GB18030 may be a letter in UTF-8, but none from here on.
FIRST_CHINESE = "\u2e80"
_AS_UTF_8 = "read the file as UTF-8 (--encoding utf-8)"
_SURROGATES = re.compile(rb"\xed[\xa0-\xaf][\x80-\xbf]\xed[\xb0-\xbf][\x80-\xbf]")
_SURROGATE = re.compile(rb"\xed[\xa0-\xbf][\x80-\xbf]")


def remedy_for(error: UnicodeDecodeError, *, others_decode: bool) -> str:
    """Return what to do about a line that cannot be decoded.

    `others_decode`: whether lines before it are Chinese text in that encoding.

    >>> line = "小\\tO".encode("gb18030")
    >>> remedy_for(UnicodeDecodeError("utf-8", line, 0, 1, ""), others_decode=False)
    'convert the file to UTF-8, or name its encoding (--encoding gb18030)'
    """
    line, encoding = error.object, error.encoding.lower()
    if encoding == "utf-8" and (match := _SURROGATES.match(line, error.start)):
        char = match[0].decode("utf-8", "surrogatepass").encode("utf-16", "surrogatepass").decode("utf-16")
        code = char.encode().hex(" ")
        return (
            f"write {char} as {code}: it stands there as two surrogates (CESU-8, as some programs export it)"
        )
    if encoding == "utf-8" and _SURROGATE.match(line, error.start):
        return "remove it: half of a pair of surrogates is no character"
    if encoding == "utf-8" and line[error.start : error.start + 2] == b"\xc0\x80":
        return "remove it: it is a NUL, as Java writes one"
    if encoding == "gb18030" and _decodes(line, "utf-8"):
        return _AS_UTF_8
    if others_decode:
        return "correct this character: the lines before it are in that encoding"
    if encoding == "utf-8" and _decodes(line, "gb18030"):
        return "convert the file to UTF-8, or name its encoding (--encoding gb18030)"
    return "convert the file to UTF-8"


def garbled_remedy(line: bytes, encoding: str) -> str | None:
    """Return what to do about a line that is Chinese text in UTF-8, but was read in another encoding.

    >>> garbled_remedy("今天\\tO".encode(), "gb18030")
    'read the file as UTF-8 (--encoding utf-8)'
    """
    if encoding != "gb18030" or not _decodes(line, "utf-8") or max(line.decode()) < FIRST_CHINESE:
        return None
    return _AS_UTF_8


def _decodes(line: bytes, encoding: str) -> bool:
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True
