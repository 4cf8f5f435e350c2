"""Raw text to train vectors on: UTF-8, a sentence or paragraph a line, plain or .gz."""

from collections.abc import Iterator
from pathlib import Path

from training.corpus.errors import CorpusError
from training.corpus.lines import read_blocks

# A line is held in memory; a whole novel on one is fine.
MAX_LINE_BYTES = 1 << 26


def read_raw_text(path: Path) -> Iterator[str]:
    """Yield the lines of a file, without line ends. Raises CorpusError with file and line for what is not UTF-8."""
    for block in read_blocks(path, max_line_bytes=MAX_LINE_BYTES):
        for index, line in enumerate(block.lines):
            try:
                yield line.removesuffix(b"\r").decode()
            except UnicodeDecodeError as error:
                got = f"byte {line[error.start : error.start + 1]!r} at byte {error.start} of the line"
                raise CorpusError(
                    f"{path}:{block.number + index}", "UTF-8", got, "save the file as UTF-8"
                ) from error
