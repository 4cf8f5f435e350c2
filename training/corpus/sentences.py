"""The sentences of corpus files as they are written there: tokens, tags, place.

    file -> lines -> tokens -> sentences

What is wrong with a line becomes a CorpusError here, where its place in the file is known.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from training.corpus.errors import CorpusError
from training.corpus.lines import Block, read_blocks
from training.corpus.tokens import LineError, Tokens

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
                raise _line_error(file, block, index, error) from error
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


def _line_error(file: Path, block: Block, index: int, error: LineError | UnicodeDecodeError) -> CorpusError:
    where = f"{file}:{block.number + index}"
    if isinstance(error, LineError):
        return CorpusError(where, error.expected, error.got, error.remedy)
    got = f"byte 0x{error.object[error.start]:02x} at byte offset {block.offset_of(index) + error.start:,}"
    remedy = "convert the file, or name its encoding (utf-8 or gb18030)"
    return CorpusError(where, f"text in {error.encoding}", got, remedy)
