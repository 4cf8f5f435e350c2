"""A corpus: files of `char<TAB or space>TAG` lines with a blank line between sentences.

    files -> lines -> tokens -> sentences -> tags in BIO
             (bytes)  (text, tag as written)

Everything streams. Unless its scheme is given, a corpus is read twice: once to recognise the scheme, once to yield it.
"""

import os
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Literal

from training.corpus.edges import trim_entities
from training.corpus.errors import CorpusError
from training.corpus.recognition import recognise_corpus
from training.corpus.schemes import CLOSED_SCHEMES, CONTINUES, OPEN, SCHEMES, Scheme
from training.corpus.sentences import Pair, RawSentence, Tokens, Unit, read_raw, tag_pairs
from training.corpus.tagged import ReadReport, Sentence, sentence_chunks
from training.corpus.words import join_tagged

__all__ = ["CorpusError", "ReadReport", "Sentence", "Stray", "Unit", "read_sentences", "sentence_chunks"]

MAX_PLACES = 10
ENCODINGS = {"utf-8": "utf-8", "utf8": "utf-8", "gb18030": "gb18030", "gbk": "gb18030", "gb2312": "gb18030"}
StrPath = str | os.PathLike[str]
Stray = Literal["repair", "refuse", "keep"]
ReadRaw = Callable[[Collection[str]], Iterator[RawSentence]]  # given the prefixes that tags may have


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
    known = recognise_corpus(files, codec, unit) if scheme == "auto" else scheme

    def read(prefixes: Collection[str]) -> Iterator[RawSentence]:
        return read_raw(files, Tokens(codec, unit, prefixes))

    yield from tagged_sentences(read, known, stray, unit, report)


def tagged_sentences(
    read: ReadRaw, scheme: str, stray: Stray, unit: Unit, report: ReadReport
) -> Iterator[Sentence]:
    """Yield the sentences of what `read` gives as written, with their tags in BIO."""
    report.scheme, report.unit = scheme, unit
    to_bio = ToBio(scheme)
    for raw in read(SCHEMES[scheme]):
        tags = _to_bio(raw, to_bio, stray, report)
        text = "".join(raw.tokens)
        if unit == "word" or len(text) > len(tags):
            text, tags = join_tagged(raw.tokens, tags, spaced=unit == "word")
        line_a_char = raw.line_a_token and unit == "char"
        sentence = _trim(Sentence(text, tags, raw.path, raw.line, line_a_char), report)
        report.tokens += len(raw.tokens)
        report.count(sentence)
        yield sentence


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
        where = raw.place_of(index - (not continues_nothing))
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
