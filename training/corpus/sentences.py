"""The sentences of corpus files as they are written there: tokens, tags, place.

    file -> lines -> tokens, tags -> sentences
    b"\\xe5\\xb0\\x8f\\tB-PER\\r" -> ("小", "B-PER")        a blank line -> None: the sentence ends

Lines repeat (MSRA: 2.2 million lines, 13 thousand different ones), so each is understood once and then looked up.
What is wrong with a line is worked out only when it is, and becomes a CorpusError where its place in the file is known.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from training.corpus.errors import CorpusError, LineError, quote
from training.corpus.faults.encodings import FIRST_CHINESE, garbled_remedy, remedy_for
from training.corpus.faults.lines import BYTE_ORDER_MARK, DOCUMENT_MARK, explain_line
from training.corpus.faults.tags import explain_tag
from training.corpus.faults.tokens import TAG, Unit
from training.corpus.file_kinds import HEAD_BYTES, recognise_markup
from training.corpus.lines import MAX_LINE_BYTES, Block, read_blocks
from training.corpus.schemes import PREFIXES

__all__ = ["Pair", "RawSentence", "Tokens", "Unit", "read_raw", "tag_pairs"]

Pair = tuple[str, str]  # two neighbouring tags; "O" before the first and after the last
Token = tuple[str, str]  # the character (or word), the tag as written


class Layout(NamedTuple):
    """The columns of a file, and which of them, counted from 1, is the tag; the token is the first."""

    columns: int = 2
    tag: int = 2


MAX_KNOWN_LINES = 1 << 16  # lines remembered: a few MB
MAX_LABELS = 1000  # far beyond any CRF's; more means that the second column is not a tag
_SEPARATOR = re.compile("[\t ]")
_DOCUMENT_MARKS = (f"{DOCUMENT_MARK}\t", f"{DOCUMENT_MARK} ")  # where a sentence ends too
TWO_COLUMNS = Layout()
MAX_SENTENCE_TOKENS = 1_000_000  # without a blank line for so long, the file has none


class Tokens(dict[bytes, Token | None]):
    """Maps a line to its token and tag, a blank line to None; a malformed line raises LineError.

    An undecodable line raises UnicodeDecodeError: only the reader knows its place in the file.

    >>> tokens = Tokens()
    >>> tokens["小\\tB-PER".encode()], tokens["明 I-PER\\r".encode()], tokens[b"\\r"]
    (('小', 'B-PER'), ('明', 'I-PER'), None)
    """

    def __init__(
        self,
        encoding: str = "utf-8",
        unit: Unit = "char",
        prefixes: Collection[str] = PREFIXES,
        layout: Layout = TWO_COLUMNS,
    ) -> None:
        super().__init__()
        self.encoding, self.unit, self.prefixes, self.layout = encoding, unit, prefixes, layout
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
        if not line.strip(" \t") or line == DOCUMENT_MARK or line.startswith(_DOCUMENT_MARKS):
            return None
        columns = _SEPARATOR.split(line) if self.layout == TWO_COLUMNS else self._two_of(line)
        if len(columns) != 2 or not self._is_token(columns[0]) or "\0" in line or "\r" in line:
            raise explain_line(line, columns, self.unit)
        token, tag = columns
        return token, self.tags.get(tag) or self._learn(tag, line)

    def _two_of(self, line: str) -> list[str]:
        """Return the token and the tag of a line of more columns, which may be far apart."""
        columns = line.split()
        if len(columns) != self.layout.columns:
            got = f"{len(columns)} in {quote(line)}"
            remedy = "give each line as many, with an empty line between sentences"
            raise LineError(f"{self.layout.columns} columns, as in the first line", got, remedy)
        return [columns[0], columns[self.layout.tag - 1]]

    def _is_token(self, token: str) -> bool:
        if self.unit == "char":
            return len(token) == 1 and not token.isspace()
        return token != "" and not any(char.isspace() or char == BYTE_ORDER_MARK for char in token)

    def _learn(self, tag: str, line: str) -> str:
        """Return a tag not met before, once it has been found good."""
        if TAG.fullmatch(line.split()[0]) and not TAG.fullmatch(tag):
            raise explain_line(line, [line.split()[0], tag], self.unit)
        if error := explain_tag(tag, line, self.prefixes):
            raise error
        if len({known[2:] for known in self.tags} | {tag[2:]}) > MAX_LABELS + 1:  # + 1: that of O is ""
            raise LineError(
                f"at most {MAX_LABELS:,} labels", f"one more in {quote(line)}", "check the tag column"
            )
        return self.tags.setdefault(tag, tag)


@dataclass(frozen=True, slots=True)
class RawSentence:
    """The tokens and tags of a sentence, as written."""

    tokens: list[str]
    tags: list[str]  # as written
    path: str
    line: int
    line_a_token: bool = True  # not in records

    def place_of(self, index: int) -> str:
        """Return where a token stands, file:line."""
        return f"{self.path}:{self.line + index * self.line_a_token}"


def read_raw(files: Iterable[Path], tokens: Tokens) -> Iterator[RawSentence]:
    """Yield the sentences of each file as written; a file without one is a CorpusError."""
    for file in files:
        empty = True
        for sentence in _read_file(file, tokens):
            empty = False
            yield sentence
        if empty:
            raise CorpusError(str(file), "at least one sentence", "an empty file", "leave it out")


def tag_pairs(tags: Sequence[str]) -> Iterable[Pair]:
    """Return each tag with the one before it, and the last one with what follows: nothing.

    >>> list(tag_pairs(["B-PER", "I-PER"]))
    [('O', 'B-PER'), ('B-PER', 'I-PER'), ('I-PER', 'O')]
    """
    return zip(("O", *tags), (*tags, "O"), strict=True)


def _read_file(file: Path, known: Tokens) -> Iterator[RawSentence]:
    texts: list[str] = []
    tags: list[str] = []
    for block in read_blocks(file, known.encoding):
        for index, line in enumerate(block.lines):
            try:
                token = known[line]
            except (LineError, UnicodeDecodeError) as error:
                raise _markup_error(file, block, index) or _line_error(
                    file, block, index, error, known
                ) from error
            if token is not None:
                texts.append(token[0])
                tags.append(token[1])
            elif texts:
                yield RawSentence(texts, tags, str(file), block.number + index - len(texts))
                texts, tags = [], []
        if len(texts) > MAX_SENTENCE_TOKENS:
            expected, got = "a blank line between sentences", f"none in {len(texts):,} lines"
            raise CorpusError(f"{file}:{block.number}", expected, got, "add them")
    if texts:
        yield RawSentence(texts, tags, str(file), block.number + len(block.lines) - len(texts))


def _has_chinese(known: Tokens, block: Block, index: int) -> bool:
    """Return whether lines of the file before this one are surely in the encoding they were read in."""
    tokens = known.values() if block.number > 1 else map(known.get, block.lines[:index])
    return any(token is not None and max(token[0]) >= FIRST_CHINESE for token in tokens)


def _markup_error(file: Path, block: Block, index: int) -> CorpusError | None:
    """Return what is wrong where the first line with anything on it begins JSON or the like."""
    head = b"\n".join(block.lines[:HEAD_BYTES])[:HEAD_BYTES]
    kind = recognise_markup(head)
    if kind is None or block.number > 1 or any(map(bytes.strip, block.lines[:index])):
        return None
    got = f"{kind.name} that begins with {quote(head.decode(errors='replace'))}"
    remedy = kind.remedy.replace(
        "lines of text", "a character and its tag a line, an empty line between sentences"
    )
    if kind.name == "JSON":
        remedy = "name its format or none (docs/formats.md), or turn it into columns (zitag convert)"
    return CorpusError(f"{file}:{index + 1}", "a token and its tag on each line", got, remedy)


def _line_error(
    file: Path, block: Block, index: int, error: LineError | UnicodeDecodeError, known: Tokens
) -> CorpusError:
    where = f"{file}:{block.number + index}"
    if isinstance(error, LineError):
        remedy = garbled_remedy(block.lines[index], known.encoding) or error.remedy
        return CorpusError(where, error.expected, error.got, remedy)
    got = f"byte 0x{error.object[error.start]:02x} at byte offset {block.offset_of(index) + error.start:,}"
    remedy = remedy_for(error, others_decode=_has_chinese(known, block, index))
    return CorpusError(where, f"text in {error.encoding}", got, remedy)
