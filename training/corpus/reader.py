"""A corpus: files of `char<TAB or space>TAG` lines with a blank line between sentences.

    files -> lines -> tokens -> sentences -> tags in BIO
             (bytes)  (text, tag as written)

Everything streams. Each corpus is read twice: once to see which tag scheme it is in, once to give it out.
"""

import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, NoReturn

from model.machine.atomic import atomic_file
from training.corpus.edges import trim_entities
from training.corpus.errors import CorpusError
from training.corpus.schemes import SCHEMES, Pair, Scheme, ToBio, fits_scheme, recognise_scheme, tag_pairs
from training.corpus.sentences import RawSentence, read_raw
from training.corpus.tokens import Tokens, Unit
from training.corpus.words import join_words

__all__ = ["CorpusError", "ReadReport", "Sentence", "read_sentences", "sentence_chunks", "write_sentences"]

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


@dataclass
class ReadReport:
    """What a reading met; it grows while the sentences are drawn."""

    scheme: str = ""
    sentences: int = 0
    tags: Counter[str] = field(default_factory=Counter)  # in BIO, per character
    stray: int = 0  # tags that continued nothing and were made to open an entity
    unclosed: int = 0  # BIOES entities without their end
    places: list[str] = field(default_factory=list)  # file:line of the first of both
    trimmed: int = 0  # entities that began or ended with white space or an invisible character
    trimmed_at: str = ""  # file:line of the sentence of the first
    spaces: int = 0
    letters: int = 0  # Latin ones

    @property
    def characters(self) -> int:
        """The number of characters."""
        return self.tags.total()

    @property
    def entities(self) -> dict[str, int]:
        """The number of entities of each label, in the order of labels."""
        return {tag[2:]: count for tag, count in sorted(self.tags.items()) if tag[0] == "B"}


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
    report.scheme = _recognise(files, codec, unit) if scheme == "auto" else scheme
    to_bio = ToBio(report.scheme)
    for raw in read_raw(files, Tokens(codec, unit, SCHEMES[report.scheme])):
        tags = _to_bio(raw, to_bio, stray, report)
        sentence = _trim(_JOIN[unit](raw, tags), report)
        report.sentences += 1
        report.tags.update(sentence.tags)
        report.spaces += sentence.text.count(" ")
        report.letters += sum(map(len, _LETTERS.findall(sentence.text)))
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


def write_sentences(path: StrPath, sentences: Iterable[Sentence]) -> None:
    """Write sentences as `char<TAB>tag` lines; the file appears under its name only when it is whole.

    Raises CorpusError for a sentence that could not be read back.
    """
    target = Path(path)
    with atomic_file(target) as partial, partial.open("w", encoding="utf-8", newline="\n") as file:
        for sentence in sentences:
            _check_writable(sentence, target)
            pairs = zip(sentence.text, sentence.tags, strict=True)
            file.write("".join(f"{char}\t{tag}\n" for char, tag in pairs) + "\n")


def _recognise(files: list[Path], codec: str, unit: Unit) -> str:
    """Return the scheme of a whole corpus; CorpusError at the first tag with which it fits none."""
    pairs: Counter[Pair] = Counter()
    for raw in read_raw(files, Tokens(codec, unit)):
        pairs.update(tag_pairs(raw.tags))
    return recognise_scheme(pairs) or _refuse_mixture(read_raw(files, Tokens(codec, unit)))


def _refuse_mixture(sentences: Iterator[RawSentence]) -> NoReturn:
    first: dict[str, str] = {}  # prefix -> where it first stood
    for raw in sentences:
        for index, tag in enumerate(raw.tags):
            place = first.setdefault(tag[0], f"{raw.path}:{raw.line + index}")
            if not fits_scheme(set(first)):
                others = ", ".join(f"{known}- at {at}" for known, at in first.items() if at != place)
                got = f"{tag!r} in a corpus with {others}"
                raise CorpusError(place, "the tags of one scheme", got, "bring all files to one scheme")
    raise CorpusError("corpus", "a corpus that keeps still", "another one when read again", "read it again")


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
    tags, changed = trim_entities(sentence.text, sentence.tags)
    if not changed:
        return sentence
    report.trimmed += len(changed)
    report.trimmed_at = report.trimmed_at or f"{sentence.path}:{sentence.line}"
    return replace(sentence, tags=tags)


def _join_chars(raw: RawSentence, tags: tuple[str, ...]) -> Sentence:
    return Sentence("".join(raw.tokens), tags, raw.path, raw.line)


def _join_words(raw: RawSentence, tags: tuple[str, ...]) -> Sentence:
    """Return the sentence that words make, with tags per character."""
    text, starts = join_words(raw.tokens)
    spread: list[str] = []
    for word, start, tag in zip(raw.tokens, starts, tags, strict=True):
        inside = tag if tag == "O" else "I" + tag[1:]
        if start > len(spread):
            continues = tag[0] == "I" and spread[-1][2:] == tag[2:]
            spread.append(tag if continues else "O")  # the space before the word
        spread += [tag, *[inside] * (len(word) - 1)]
    return Sentence(text, tuple(spread), raw.path, raw.line)


_JOIN = {"char": _join_chars, "word": _join_words}


def _check_writable(sentence: Sentence, target: Path) -> None:
    """Raise CorpusError unless the sentence's lines would be read back as they are."""
    text, tags, where = sentence.text, sentence.tags, f"{sentence.path or target}:{sentence.line}"
    if not text or len(text) != len(tags):
        got = f"{len(text):,} characters and {len(tags):,} tags"
        raise CorpusError(where, "as many tags as characters", got, "write no empty sentence")
    for char in set(text):
        if char.isspace() or char == "\0" or "\ud800" <= char <= "\udfff":
            raise CorpusError(where, "characters that a corpus can hold", repr(char), "replace it")
