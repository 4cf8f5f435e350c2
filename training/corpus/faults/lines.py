"""What is wrong with a line that is no token and tag, and what mends it without harm.

line -> the first check that knows it -> LineError: what was expected, what came, what to do
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from model.text import is_invisible
from training.corpus.errors import LineError, quote
from training.corpus.faults.tokens import TAG, Unit, explain_token

BYTE_ORDER_MARK = "\ufeff"
DOCUMENT_MARK = "-DOCSTART-"  # of CoNLL-2003

_COLUMNS = "two columns, a token and a tag with one tab or space between"
_OTHER_SEPARATOR = re.compile(rf"(\S+?)([^\w-])({TAG.pattern})")
_RULE = re.compile(r"([-=*_#~])\1+")  # drawn between sentences
_INLINE = re.compile(rf".+[/_|]({TAG.pattern})")


@dataclass(frozen=True)
class BadLine:
    """A line, its columns between tabs and spaces, and what its tokens should be."""

    line: str
    columns: Sequence[str]
    unit: Unit

    @property
    def token(self) -> str:
        """The first column."""
        return self.columns[0]


def explain_line(line: str, columns: Sequence[str], unit: Unit) -> LineError:
    """Return what is wrong with a line that is not blank and no token and tag.

    >>> print(explain_line("B-PER\\t小", ["B-PER", "小"], "char").remedy)
    swap the columns: the token stands before its tag
    """
    bad = BadLine(line, columns, unit)
    for check in _CHECKS:
        if error := check(bad):
            return error
    token, tag = columns
    return explain_token(line, token, tag, unit)


def _nul(bad: BadLine) -> LineError | None:
    if "\0" not in bad.line:
        return None
    got = f"a NUL in {quote(bad.line)}"
    return LineError("text", got, "remove it, or check that this is a text file")


def _carriage_return(bad: BadLine) -> LineError | None:
    if "\r" not in bad.line:
        return None
    got = f"a carriage return in {quote(bad.line)}"
    return LineError("lines that end with a line feed", got, "convert the line ends")


def _nothing_to_see(bad: BadLine) -> LineError | None:
    if not all(map(is_invisible, bad.line)):
        return None
    kind = "white space" if bad.line.isspace() else "invisible characters"
    expected = "a token and a tag, or an empty line between sentences"
    remedy = "empty the line where a sentence ends, and drop it elsewhere"
    return LineError(expected, f"{kind} alone in {quote(bad.line)}", remedy)


def _byte_order_mark(bad: BadLine) -> LineError | None:
    if not (bad.line.startswith(BYTE_ORDER_MARK) and len(bad.token) > 1):
        return None
    expected = "a byte order mark (U+FEFF) at the start of a file alone"
    remedy = "remove it; if files were joined here, keep an empty line between them"
    return LineError(expected, quote(bad.line), remedy)


def _white_space_first(bad: BadLine) -> LineError | None:
    if not bad.line[0].isspace():
        return None
    rest = bad.line.lstrip()
    if re.fullmatch(rf"\S+[\t ]{TAG.pattern}", rest) or not TAG.fullmatch(rest.strip()):
        return LineError(
            "a token at the start of the line", quote(bad.line), "remove the white space before it"
        )
    remedy = {
        "B": "drop the line, and begin the entity with the next one",
        "E": "drop the line, and end the entity with the one before",
        "O": "drop the line, or empty it where a sentence ends",
    }.get(rest[0], "drop the line")
    return LineError("a character that can be seen", f"white space in {quote(bad.line)}", remedy)


def _comment(bad: BadLine) -> LineError | None:
    if not bad.line.startswith("#") or len(bad.columns) == 2:
        return None
    return LineError("a token and a tag", f"a comment, {quote(bad.line)}", "drop the line")


def _one_column(bad: BadLine) -> LineError | None:
    if len(bad.columns) != 1:
        return None
    if TAG.fullmatch(bad.line):
        remedy = "add the character" if bad.line != "O" else "add what is missing, the character or the tag"
    elif match := _OTHER_SEPARATOR.fullmatch(bad.line.strip()):
        remedy = f"put a tab in place of {quote(match[2])}"
    elif _RULE.fullmatch(bad.line):
        remedy = "empty the line if a sentence ends there"
    elif len(bad.line) > 1 and bad.unit == "char":
        remedy = "put each character on its own line, with a tab and its tag"
    else:
        remedy = "add the tag"
    return LineError(_COLUMNS, f"1 in {quote(bad.line)}", remedy)


def _inline(bad: BadLine) -> LineError | None:
    if not all(map(_INLINE.fullmatch, bad.columns)):
        return None
    remedy = "put each token on its own line, with a tab before its tag"
    return LineError(_COLUMNS, f"{len(bad.columns)} tokens in {quote(bad.line)}", remedy)


def _more_columns(bad: BadLine) -> LineError | None:
    if len(bad.columns) <= 2:
        return None
    tags = [number for number, column in enumerate(bad.columns, 1) if TAG.fullmatch(column)]
    if "" in bad.columns:
        remedy = "keep one tab or space between the two columns, and none after them"
    elif tags and (tags[-1] == len(bad.columns) or len(tags) == 1) and not bad.token.isascii():
        remedy = f"keep the token and its tag alone: columns 1 and {tags[-1]}"
    else:
        remedy = "keep the token and its tag alone"
    return LineError(_COLUMNS, f"{len(bad.columns)} in {quote(bad.line)}", remedy)


_CHECKS: tuple[Callable[[BadLine], LineError | None], ...] = (
    _nul,
    _carriage_return,
    _nothing_to_see,
    _byte_order_mark,
    _white_space_first,
    _comment,
    _one_column,
    _inline,
    _more_columns,
)
