"""One line of a corpus: a token, a tab or a space, a tag.

    b"\\xe5\\xb0\\x8f\\tB-PER\\r" -> ("小", "B-PER")        a blank line -> None

Lines repeat (MSRA: 2.2 million lines, 13 thousand different ones), so each is understood once and then
looked up. What is wrong with a line is worked out only when it is.
"""

import re
from collections.abc import Collection
from typing import Literal

from model.tags.tag_set import LABEL_FORM, is_label
from training.corpus.errors import quote
from training.corpus.lines import MAX_LINE_BYTES
from training.corpus.schemes import PREFIXES

Unit = Literal["char", "word"]
Token = tuple[str, str]  # the character (or word), the tag as written

MAX_KNOWN_LINES = 1 << 16  # lines remembered: a few MB
MAX_LABELS = 1000  # far beyond any CRF's; more means that the second column is not a tag
_SEPARATOR = re.compile("[\t ]")


class LineError(ValueError):
    """A line that is not a token and a tag: what was expected, what came, what to do."""

    def __init__(self, expected: str, got: str, remedy: str) -> None:
        super().__init__(expected, got, remedy)
        self.expected, self.got, self.remedy = expected, got, remedy


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
        if "\0" in line:
            raise LineError("text", f"a NUL in {quote(line)}", "remove it, or check that this is a text file")
        if line[0].isspace():
            raise LineError("a character that can be seen", f"white space in {quote(line)}", "drop the line")
        if len(columns) != 2:
            raise _wrong_columns(line, len(columns))
        token, tag = columns
        if any(map(str.isspace, token)):
            raise LineError("a token without white space", quote(line), "split the token there")
        if self.unit == "char" and len(token) > 1:
            remedy = "put each character on its own line (or read the corpus as words)"
            raise LineError("one character, a tab and a tag", quote(line), remedy)
        return token, self.tags.get(tag) or self._learn(tag, line)

    def _learn(self, tag: str, line: str) -> str:
        """Return a tag not met before, once it has been found good."""
        prefix, dash, label = tag.partition("-")
        if not tag:
            raise LineError("a tag in the second column", quote(line), "write O where there is no entity")
        if any(map(str.isspace, tag)):
            raise LineError("a tag without white space", quote(line), "remove it")
        if prefix not in self.prefixes or (not dash and prefix not in PREFIXES):
            known = ", ".join(f"{known}-LABEL" for known in self.prefixes)
            raise LineError(f"a tag O, {known}", quote(line), "correct the tag or name its scheme")
        if not label:
            raise LineError("a label after the prefix", quote(line), f"write {prefix}-PER or the like")
        if not is_label(label):
            raise LineError(f"a label of {LABEL_FORM}", quote(line), "give the label another name")
        if len({known[2:] for known in self.tags} | {label}) > MAX_LABELS + 1:  # + 1: that of O is ""
            raise LineError(
                f"at most {MAX_LABELS:,} labels", f"one more in {quote(line)}", "check the tag column"
            )
        return self.tags.setdefault(tag, tag)


def _wrong_columns(line: str, count: int) -> LineError:
    expected = "two columns, a token and a tag with one tab or space between"
    remedy = "add the tag" if count == 1 else "keep the token and its tag alone"
    return LineError(expected, f"{count} in {quote(line)}", remedy)
