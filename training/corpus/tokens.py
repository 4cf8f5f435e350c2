"""One line of a corpus: a token, a tab or a space, a tag.

    b"\\xe5\\xb0\\x8f\\tB-PER\\r" -> ("小", "B-PER")        a blank line -> None

Lines repeat (MSRA: 2.2 million lines, 13 thousand different ones), so each is understood once and then
looked up. What is wrong with a line is worked out only when it is.
"""

import re
from collections.abc import Collection

from training.corpus.bad_lines import BYTE_ORDER_MARK, DOCUMENT_MARK, explain_line
from training.corpus.bad_tags import explain_tag
from training.corpus.bad_tokens import TAG, Unit
from training.corpus.errors import LineError, quote
from training.corpus.lines import MAX_LINE_BYTES
from training.corpus.schemes import PREFIXES

__all__ = ["LineError", "Tokens", "Unit"]

Token = tuple[str, str]  # the character (or word), the tag as written

MAX_KNOWN_LINES = 1 << 16  # lines remembered: a few MB
MAX_LABELS = 1000  # far beyond any CRF's; more means that the second column is not a tag
_SEPARATOR = re.compile("[\t ]")


class Tokens(dict[bytes, Token | None]):
    """Maps a line to its token and tag, a blank line to None; a malformed line raises LineError.

    An undecodable line raises UnicodeDecodeError: only the reader knows its place in the file.

    >>> tokens = Tokens()
    >>> tokens["小\\tB-PER".encode()], tokens["明 I-PER\\r".encode()], tokens[b"\\r"]
    (('小', 'B-PER'), ('明', 'I-PER'), None)
    """

    def __init__(
        self, encoding: str = "utf-8", unit: Unit = "char", prefixes: Collection[str] = PREFIXES
    ) -> None:
        super().__init__()
        self.encoding, self.unit, self.prefixes = encoding, unit, prefixes
        self.tags: dict[str, str] = {"O": "O"}  # each tag seen, as the one object that all its tokens share

    def __missing__(self, line: bytes) -> Token | None:
        if len(line) > MAX_LINE_BYTES:
            got = f"{len(line):,} that begin with {line[:20]!r}"
            expected, remedy = f"a line of at most {MAX_LINE_BYTES:,} bytes", "put each token on its own line"
            raise LineError(expected, got, remedy)
        if len(self) >= MAX_KNOWN_LINES:
            self.clear()
        self[line] = token = self._parse(line.decode(self.encoding).removesuffix("\r"))
        return token

    def _parse(self, line: str) -> Token | None:
        if not line.strip(" \t"):
            return None
        columns = _SEPARATOR.split(line)
        if len(columns) != 2 or not self._is_token(columns[0]) or "\0" in line or "\r" in line:
            raise explain_line(line, columns, self.unit)
        token, tag = columns
        return token, self.tags.get(tag) or self._learn(tag, line)

    def _is_token(self, token: str) -> bool:
        if self.unit == "char":
            return len(token) == 1 and not token.isspace()
        return token not in ("", DOCUMENT_MARK) and not any(
            char.isspace() or char == BYTE_ORDER_MARK for char in token
        )

    def _learn(self, tag: str, line: str) -> str:
        """Return a tag not met before, once it has been found good."""
        if TAG.fullmatch(line.split()[0]) and not TAG.fullmatch(tag):
            raise explain_line(line, _SEPARATOR.split(line), self.unit)
        if error := explain_tag(tag, line, self.prefixes):
            raise error
        if len({known[2:] for known in self.tags} | {tag[2:]}) > MAX_LABELS + 1:  # + 1: that of O is ""
            raise LineError(
                f"at most {MAX_LABELS:,} labels", f"one more in {quote(line)}", "check the tag column"
            )
        return self.tags.setdefault(tag, tag)
