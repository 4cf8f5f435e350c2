"""A corpus: files of `char<TAB or space>TAG` lines with a blank line between sentences.

    files -> lines -> tokens -> sentences -> tags in BIO
             (bytes)  (text, tag as written)

Everything streams. Unless its scheme is given, a corpus is read twice: once to recognise the scheme, once to yield it.
"""

import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from training.corpus.edges import trim_entities
from training.corpus.errors import CorpusError
from training.corpus.recognition import recognise_corpus
from training.corpus.schemes import CLOSED_SCHEMES, CONTINUES, OPEN, SCHEMES, Scheme
from training.corpus.sentences import Pair, RawSentence, Tokens, Unit, read_raw, tag_pairs
from training.corpus.tally import Tally
from training.corpus.words import join_tagged

__all__ = ["CorpusError", "ReadReport", "Sentence", "Stray", "Unit", "read_sentences", "sentence_chunks"]

MAX_PLACES = 10
_LETTERS = re.compile("[A-Za-zＡ-Ｚａ-ｚ]+")
ENCODINGS = {"utf-8": "utf-8", "utf8": "utf-8", "gb18030": "gb18030", "gbk": "gb18030", "gb2312": "gb18030"}
StrPath = str | os.PathLike[str]
Stray = Literal["repair", "refuse", "keep"]


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


def read_sentences(
    paths: StrPath | Iterable[StrPath],
    *,
    encoding: str = "utf-8",
    stray: Stray = "repair",
    scheme: Scheme = "auto",
    unit: Unit = "char",
    report: ReadReport | None = None,
) -> Iterator[Sentence]:
    """Yield the sentences of one corpus, however many files it has, with their tags in BIO.

    `unit="word"` reads a corpus of words, of which `join_words` makes text. Raises CorpusError for whatever is not a
    corpus; with `stray="refuse"` also for a tag that continues nothing and an entity without end. With "keep" a
    stray I- of a BIO corpus stays I-, which a strict reading does not take for an entity.
    """
    files = [Path(path) for path in ([paths] if isinstance(paths, (str, os.PathLike)) else paths)]
    if not files:
        raise CorpusError("corpus", "at least one file", "none", "name one")
    if encoding.lower() not in ENCODINGS:
        raise CorpusError(str(files[0]), "the encoding utf-8 or gb18030", repr(encoding), "convert the file")
    codec, report = ENCODINGS[encoding.lower()], report or ReadReport()
    report.scheme, report.unit = recognise_corpus(files, codec, unit) if scheme == "auto" else scheme, unit
    to_bio = ToBio(report.scheme)
    for raw in read_raw(files, Tokens(codec, unit, SCHEMES[report.scheme])):
        tags = _to_bio(raw, to_bio, stray, report)
        text, tags = join_tagged(raw.tokens, tags) if unit == "word" else ("".join(raw.tokens), tags)
        sentence = _trim(Sentence(text, tags, raw.path, raw.line, unit == "char"), report)
        report.tokens += len(raw.tokens)
        report.count(sentence)
        yield sentence


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


class ToBio(dict[Pair, str]):
    """Maps a tag after another (as `tag_pairs` gives them) to the second one in BIO.

    A tag that continues nothing opens an entity, as in conlleval. `stray` and `unclosed` collect the
    pairs met so far in which it happened, or in which an entity of BIOES, BMES or BMEWO lacks its end.

    >>> to_bio = ToBio("BIOES")
    >>> [to_bio[pair] for pair in tag_pairs(["B-PER", "E-PER", "S-LOC", "E-ORG"])]
    ['B-PER', 'I-PER', 'B-LOC', 'B-ORG', 'O']
    >>> to_bio.stray
    {('S-LOC', 'E-ORG')}
    """

    def __init__(self, scheme: str) -> None:
        super().__init__()
        self.scheme = scheme
        self.stray: set[Pair] = set()
        self.unclosed: set[Pair] = set()

    def __missing__(self, pair: Pair) -> str:
        before, tag = pair
        continues = before[0] in OPEN and tag[0] in CONTINUES and before[1:] == tag[1:]
        if tag[0] in CONTINUES and not continues and self.scheme != "IOB1":
            self.stray.add(pair)
        if before[0] in OPEN and not continues and self.scheme in CLOSED_SCHEMES:
            self.unclosed.add(pair)
        self[pair] = bio = tag if tag == "O" else ("I" if continues else "B") + tag[1:]
        return bio


def _to_bio(raw: RawSentence, to_bio: ToBio, stray: Stray, report: ReadReport) -> tuple[str, ...]:
    """Return the tags of a sentence in BIO, and report (or refuse) what had to be repaired."""
    pairs = list(tag_pairs(raw.tags))
    tags = [to_bio[pair] for pair in pairs][:-1]
    if to_bio.stray.isdisjoint(pairs) and to_bio.unclosed.isdisjoint(pairs):
        return tuple(tags)
    for index, (before, tag) in enumerate(pairs):
        continues_nothing, unclosed = (before, tag) in to_bio.stray, (before, tag) in to_bio.unclosed
        if not (continues_nothing or unclosed):
            continue
        where = f"{raw.path}:{raw.line + index - (not continues_nothing)}"
        if stray == "refuse":
            expected = "a tag that continues the one before" if continues_nothing else "the end of the entity"
            got = f"{tag!r} after {before!r}"
            raise CorpusError(where, expected, got, "correct the tag, or have such tags repaired")
        if stray == "keep" and continues_nothing and to_bio.scheme == "BIO":
            tags[index] = tag
        report.stray += continues_nothing
        report.unclosed += unclosed
        if len(report.places) < MAX_PLACES:
            report.places.append(where)
    return tuple(tags)


def _trim(sentence: Sentence, report: ReadReport) -> Sentence:
    if (
        sentence.text.isprintable() and " " not in sentence.text
    ):  # nothing in it is white space, control or format
        return sentence
    tags, changed = trim_entities(sentence.text, sentence.tags)
    if not changed:
        return sentence
    report.trimmed += len(changed)
    report.trimmed_at = report.trimmed_at or f"{sentence.path}:{sentence.line}"
    return replace(sentence, tags=tags)
