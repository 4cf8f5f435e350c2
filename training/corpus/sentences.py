"""The sentences of corpus files as they are written there: tokens, tags, place.

    file -> lines -> tokens -> sentences

What is wrong with a line becomes a CorpusError here, where its place in the file is known.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from training.corpus.errors import CorpusError, quote
from training.corpus.file_kinds import HEAD_BYTES, recognise_markup
from training.corpus.lines import Block, read_blocks
from training.corpus.tokens import LineError, Tokens
from training.corpus.undecodable import remedy_for

# A pair of bytes of GB18030 may be a letter in UTF-8, but none from here on.
FIRST_CHINESE = "\u2e80"
MAX_SENTENCE_TOKENS = 1_000_000  # without a blank line for so long, the file has none


@dataclass(frozen=True, slots=True)
class RawSentence:
    """The tokens and tags of a sentence, as written."""

    tokens: list[str]
    tags: list[str]  # as written
    path: str
    line: int


def read_raw(files: Iterable[Path], tokens: Tokens) -> Iterator[RawSentence]:
    """Yield the sentences of each file as written; a file without one is a CorpusError."""
    for file in files:
        empty = True
        for sentence in _read_file(file, tokens):
            empty = False
            yield sentence
        if empty:
            raise CorpusError(str(file), "at least one sentence", "an empty file", "leave it out")


def _read_file(file: Path, known: Tokens) -> Iterator[RawSentence]:
    texts: list[str] = []
    tags: list[str] = []
    for block in read_blocks(file, known.encoding):
        for index, line in enumerate(block.lines):
            try:
                token = known[line]
            except (LineError, UnicodeDecodeError) as error:
                raise _markup_error(file, block, index) or _line_error(
                    file, block, index, error, others_decode=_has_chinese(known)
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


def _has_chinese(known: Tokens) -> bool:
    """Return whether lines were read that are surely in the encoding they were read in."""
    return any(token is not None and max(token[0]) >= FIRST_CHINESE for token in known.values())


def _markup_error(file: Path, block: Block, index: int) -> CorpusError | None:
    """Return what is wrong where the first line with anything on it begins JSON or the like."""
    head = b"\n".join(block.lines[:HEAD_BYTES])[:HEAD_BYTES]
    kind = recognise_markup(head)
    if kind is None or block.number > 1 or any(map(bytes.strip, block.lines[:index])):
        return None
    got = f"{kind.name} that begins with {quote(head.decode(errors='replace'))}"
    return CorpusError(f"{file}:{index + 1}", "a token and its tag on each line", got, kind.remedy)


def _line_error(
    file: Path, block: Block, index: int, error: LineError | UnicodeDecodeError, *, others_decode: bool
) -> CorpusError:
    where = f"{file}:{block.number + index}"
    if isinstance(error, LineError):
        return CorpusError(where, error.expected, error.got, error.remedy)
    got = f"byte 0x{error.object[error.start]:02x} at byte offset {block.offset_of(index) + error.start:,}"
    remedy = remedy_for(error, others_decode=others_decode)
    return CorpusError(where, f"text in {error.encoding}", got, remedy)
