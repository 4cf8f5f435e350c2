"""Entities in brackets, their labels behind them, as `zitag tag` prints: a text a line.

[小明 PER]去[[北京 LOC]大学 ORG]。   brackets may stand inside each other; one without a label is text
"""

import re
from collections.abc import Iterable, Iterator
from itertools import accumulate
from typing import TextIO

from model.tags.tag_set import MAX_LABEL_CHARS, is_label
from training.corpus.errors import CorpusError, quote
from training.corpus.faults.tokens import TAG
from training.corpus.lines import MAX_TEXT_LINE_BYTES, read_blocks
from training.formats.documents import Document, Span
from training.formats.sources import Source

_ENTITY = re.compile(r"\[[^\[\]]+ [^\s\[\]/]+\]")
_HEAD_LINES = 200


def is_inline(head: str) -> bool:
    """Return whether a file that begins with `head` holds texts with entities in brackets.

    >>> is_inline("[小明 PER]来了"), is_inline("[ O\\n小 B-PER\\n] O\\n"), is_inline("见[1]")
    (True, False, False)
    """
    lines = [line.rstrip() for line in head.split("\n")[:_HEAD_LINES]]
    with_entities = sum(_ENTITY.search(line) is not None for line in lines)
    # A text may end like a line of columns does (` O`), but not most of them.
    tagged = sum(is_tagged(line) and not _ENTITY.search(line) for line in lines)
    return with_entities > 0 and with_entities >= tagged


def is_tagged(line: str) -> bool:
    """Return whether a line is a token and its tag, of columns."""
    columns = line.split()
    return len(columns) > 1 and TAG.fullmatch(columns[-1]) is not None


def read_inline(source: Source) -> Iterator[Document]:
    """Yield the lines of a file that hold something, as documents. Raises CorpusError for what is no text."""
    for block in read_blocks(source.path, source.codec, max_line_bytes=MAX_TEXT_LINE_BYTES):
        for number, content in enumerate(block.lines, block.number):
            where = f"{source.path}:{number}"
            try:
                line = content.removesuffix(b"\r").decode(source.codec)
            except UnicodeDecodeError as error:
                got = f"byte 0x{content[error.start]:02x} at byte {error.start} of the line"
                raise CorpusError(
                    where, f"text in {source.codec}", got, "convert the file to UTF-8"
                ) from error
            if line.strip():
                text, spans = parse(line)
                if "\0" in text:
                    raise CorpusError(where, "text", f"a NUL in {quote(text)}", "remove it")
                yield Document(text, tuple(spans), str(source.path), number, where)


def write_inline(file: TextIO, documents: Iterable[Document]) -> None:
    """Write documents, each of one line. Raises CorpusError where a text holds what would be read as an entity."""
    for document in documents:
        line = render(document)
        if parse(line) != (document.text, list(document.spans)):
            expected = "a text without brackets that look like an entity's"
            remedy = "write another format, all of which hold any text (--to)"
            raise CorpusError(document.where, expected, quote(document.text), remedy)
        file.write(line + "\n")


def parse(line: str) -> tuple[str, list[Span]]:
    """Return the text and the spans of a line, in order.

    >>> parse("[小明 PER]在[1]")
    ('小明在[1]', [Span(label='PER', parts=((0, 2),))])
    """
    is_text = bytearray(b"\1") * len(line)  # each character, until it is found to be a bracket or in a label
    opened, space = [], -1  # the brackets not closed yet, the last space
    found: list[tuple[int, int, str]] = []
    for index, char in enumerate(line):
        if char == " ":
            space = index
        elif char == "[":
            opened.append(index)
        elif char == "]" and opened:
            start = opened.pop()
            if start + 1 < space and is_text[space] and (label := _label(line, space, index)):
                is_text[start] = 0
                is_text[space : index + 1] = bytes(index + 1 - space)
                found.append((start, space, label))
    before = list(accumulate(is_text, initial=0))  # how much text stands before each character
    spans = [Span(label, ((before[start], before[end]),)) for start, end, label in found]
    text = "".join(char for char, is_kept in zip(line, is_text, strict=True) if is_kept)
    return text, sorted(spans, key=lambda span: (span.start, -span.end))


def _label(line: str, space: int, end: int) -> str:
    """Return the label that stands between a space and a closing bracket, empty where none does."""
    label = line[space + 1 : end] if end - space <= MAX_LABEL_CHARS + 1 else ""
    return label if is_label(label) else ""


def render(document: Document) -> str:
    """Return a document on one line.

    >>> render(Document("小明来了", (Span("PER", ((0, 2),)),)))
    '[小明 PER]来了'
    """
    parts, position = [], 0
    for span in document.spans:
        parts += [
            document.text[position : span.start],
            f"[{document.text[span.start : span.end]} {span.label}]",
        ]
        position = span.end
    return "".join([*parts, document.text[position:]])
