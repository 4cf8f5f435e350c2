"""A tagged sentence, and what is counted while a corpus is read."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from training.corpus.faults.tokens import Unit
from training.corpus.tally import Tally

_LETTERS = re.compile("[A-Za-zＡ-Ｚａ-ｚ]+")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A text with one BIO tag per character, and where it stands."""

    text: str
    tags: tuple[str, ...]
    path: str = ""
    line: int = 0  # of its first token, counted from 1
    line_a_char: bool = True  # not where lines hold words, or records whole texts

    def place_of(self, index: int) -> str:
        """Return where a character stands, file:line; where its sentence begins if lines are no characters.

        >>> Sentence("小明", ("O", "O"), "train.bio", 7).place_of(1)
        'train.bio:8'
        """
        return f"{self.path}:{self.line + index * self.line_a_char}"


@dataclass
class ReadReport:
    """What was counted while a corpus was read; it grows as sentences are drawn."""

    scheme: str = ""
    unit: Unit = "char"
    sentences: int = 0
    tokens: int = 0  # characters, or with unit word words
    tags: Counter[str] = field(default_factory=Counter)  # in BIO, per character
    stray: int = 0  # tags that continue no entity, and were made to begin one
    unclosed: int = 0  # BIOES entities without their end
    places: list[str] = field(default_factory=list)  # file:line of the first of both
    trimmed: int = 0  # entities that began or ended with white space or an invisible character
    trimmed_at: str = ""  # file:line of the sentence of the first
    spaces: int = 0
    letters: int = 0  # Latin ones
    formats: dict[str, str] = field(
        default_factory=dict
    )  # of the files that are no columns of tokens and tags
    tally: Tally = field(default_factory=Tally)  # what such formats have that tags cannot hold

    @property
    def characters(self) -> int:
        """The number of characters."""
        return self.tags.total()

    @property
    def entities(self) -> dict[str, int]:
        """The number of entities of each label, in the order of labels."""
        return {tag[2:]: count for tag, count in sorted(self.tags.items()) if tag[0] == "B"}

    @property
    def written_in(self) -> str:
        """The formats of the files, or the tag scheme where all are columns of tokens and tags."""
        return ", ".join(dict.fromkeys(self.formats.values())) or self.scheme

    def count(self, sentence: Sentence) -> None:
        """Count what is in a sentence."""
        self.sentences += 1
        self.tags.update(sentence.tags)
        self.spaces += sentence.text.count(" ")
        self.letters += sum(map(len, _LETTERS.findall(sentence.text)))


def sentence_chunks(sentences: Iterable[Sentence], max_chars: int) -> Iterator[list[Sentence]]:
    """Yield the sentences, so many at a time that they come to `max_chars` characters.

    >>> [len(chunk) for chunk in sentence_chunks([Sentence("北京", ("O", "O"))] * 5, max_chars=4)]
    [2, 2, 1]
    """
    chunk: list[Sentence] = []
    n_chars = 0
    for sentence in sentences:
        chunk.append(sentence)
        n_chars += len(sentence.text)
        if n_chars >= max_chars:
            yield chunk
            chunk, n_chars = [], 0
    if chunk:
        yield chunk
