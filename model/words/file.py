"""A file of words: on each line a word, a tab and a label of the bundle.

file --read_words--> Word, ..., or WordsError that names the line
"""

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import NamedTuple
from unicodedata import category

from model.features.trie import code_points
from model.text import PICTOGRAPH, find_invisible, normalise

# Some hundred thousand names; a trie of them takes about 10 MB.
MAX_FILE_BYTES, MAX_WORDS = 16 * 2**20, 200_000
# Any name is shorter. What a chunk of an endless text sees of its neighbours is four times as long.
MAX_WORD_CHARS = 64
COMMENT = "#"


class WordsError(ValueError):
    """A file of words that cannot be used; the message names the file and, where it is in one, the line."""


class Word(NamedTuple):
    """A word, normalised like texts, and the label that it speaks for."""

    text: str
    label: str


def read_words(path: Path, labels: Collection[str]) -> list[Word]:
    """Return the words of a file in UTF-8, each pair of word and label once; labels: those that there are.

    Empty lines and lines that begin with # are skipped. Raises WordsError.
    """
    words: dict[Word, None] = {}
    for number, line in enumerate(_lines(path), 1):
        if not line.strip() or line.startswith(COMMENT):
            continue
        words[_word(f"{path}:{number}", line, labels)] = None
        if len(words) > MAX_WORDS:
            raise WordsError(
                f"{path}:{number}: expected at most {MAX_WORDS} words, got more; leave out the rare"
            )
    if not words:
        raise WordsError(
            f"{path}: expected a word, a tab and a label on a line, got none; write one, or no file"
        )
    return list(words)


def check_regular(path: Path) -> None:
    """Raise WordsError for a pipe or a device: it gives its words once, or lets its reader wait for ever."""
    if path.exists() and not (path.is_file() or path.is_dir()):
        raise WordsError(
            f"{path}: expected a file, which can be read again, got a pipe or a device; write the words to a file"
        )


def _lines(path: Path) -> Iterator[str]:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise WordsError(f"{path}: expected a file of words, got {error.strerror!r}; name another") from error
    if len(content) > MAX_FILE_BYTES:
        raise WordsError(
            f"{path}: expected at most {MAX_FILE_BYTES} bytes, got more; leave out the rare words"
        )
    for number, line in enumerate(content.split(b"\n"), 1):
        try:
            yield line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            wrong = line[error.start : error.start + 1]
            raise WordsError(
                f"{path}:{number}: expected UTF-8, got byte {wrong!r} at byte {error.start} of the line; "
                "convert the file"
            ) from error


def _word(where: str, line: str, labels: Collection[str]) -> Word:
    parts = line.strip().rsplit(maxsplit=1)
    if len(parts) != 2:
        raise WordsError(
            f"{where}: expected a word, a tab and a label, got {_shown(line)}; write a label of {_list(labels)}"
        )
    word, label = parts[0].strip(), parts[1]
    text = normalise(word)
    _check_readable(where, word, text)
    if label not in labels:
        raise WordsError(
            f"{where}: expected a label of {_list(labels)}, got {_shown(label)}; name one of these"
        )
    if not 0 < len(text) <= MAX_WORD_CHARS:
        raise WordsError(
            f"{where}: expected a word of 1 to {MAX_WORD_CHARS} characters, got {len(text)}; shorten it"
        )
    if find_invisible(text[0] + text[-1]).any() or any(
        0xD800 <= point < 0xE000 for point in code_points(text)
    ):
        raise WordsError(
            f"{where}: expected characters that can be seen, got {_shown(line)}; type the word anew"
        )
    return Word(text, label)


def _check_readable(where: str, word: str, text: str) -> None:
    """Raise WordsError for what is no one word, and for one that would stand for others; text: it normalised."""
    if any(category(char) == "Cc" for char in word):
        raise WordsError(
            f"{where}: expected a word without tabs, line breaks and control characters, got {_shown(word)}; write a "
            "word, a tab and a label alone, and a line feed"
        )
    if any(now == PICTOGRAPH != char for char, now in zip(word, text, strict=True)):
        raise WordsError(
            f"{where}: expected characters that the tagger tells apart, got {_shown(word)}; leave it out: it reads all "
            f"emoji as {PICTOGRAPH}"
        )


def _list(labels: Collection[str]) -> str:
    return ", ".join(labels)


def _shown(text: str) -> str:
    return repr(text.strip()[:80])
