"""Entities in brackets, their labels behind them, as `zitag tag` prints: a text a line.

[小明 PER]去[[北京 LOC]大学 ORG]。   brackets may stand inside each other; one without a label is text
"""

import re
from collections.abc import Iterable, Iterator
from typing import TextIO

from model.tags.tag_set import is_label
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
    tagged = sum(_is_tagged(line) and not _ENTITY.search(line) for line in lines)
    return with_entities > 0 and with_entities >= tagged


def _is_tagged(line: str) -> bool:
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
    text: list[str] = []  # characters
    opened: list[
        tuple[int, int]
    ] = []  # brackets not closed: where in text, and how many spans stand before each
    spans: list[tuple[int, int, str]] = []
    for char in line:
        if char == "]" and opened:
            start, before = opened.pop()
            inside, space, label = "".join(text[start + 1 :]).rpartition(" ")
            in_label = any(end > start + 1 + len(inside) for _, end, _ in spans[before:])
            if space and inside and is_label(label) and not in_label:
                del text[len(text) - len(label) - 1 :], text[start]
                # What was found inside stood behind this bracket.
                spans[before:] = [(s - 1, e - 1, found) for s, e, found in spans[before:]]
                spans.append((start, start + len(inside), label))
                continue
        elif char == "[":
            opened.append((len(text), len(spans)))
        text.append(char)
    ordered = sorted(spans, key=lambda span: (span[0], -span[1]))
    return "".join(text), [Span(label, ((start, end),)) for start, end, label in ordered]


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
