"""The outline of a corpus: what a first reading from end to end shows.

files --read_outline--> Outline: the reader's report, the labels in each sentence, files without blank lines
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from training.corpus.blank_lines import BlankLines
from training.corpus.reader import CorpusError, ReadReport, Sentence

Read = Callable[..., Iterator[Sentence]]  # `read_sentences`, its options given


@dataclass(frozen=True)
class Outline:
    """What was found in the files of one corpus."""

    report: ReadReport
    labels_by_sentence: list[frozenset[str]]
    notes: tuple[str, ...]  # on files whose sentences have no blank lines between them

    def labels(self, sentences: Iterable[int] | None = None) -> tuple[str, ...]:
        """Return the labels of the entities in these sentences, given by index, or in all; sorted."""
        chosen = range(len(self.labels_by_sentence)) if sentences is None else sentences
        return tuple(sorted(frozenset().union(*{self.labels_by_sentence[index] for index in chosen})))


def read_outline(read: Read, paths: Collection[Path]) -> Outline:
    """Return the outline of the corpus in `paths`. Raises CorpusError.

    Most corpora are BIO without a fault and are read once, as that. Any other gives an error that way, and is read
    again.
    """
    try:
        return _read_as(partial(read, scheme="BIO", stray="refuse"), paths)
    except CorpusError:
        return _read_as(read, paths)


def _read_as(read: Read, paths: Collection[Path]) -> Outline:
    report, blank_lines = ReadReport(), BlankLines()
    labels: list[frozenset[str]] = []
    known: dict[tuple[str, ...], frozenset[str]] = {}  # few sentences differ in which tags they have
    for sentence in read(paths, report=report):
        tags = tuple(dict.fromkeys(sentence.tags))
        if tags not in known:
            known[tags] = frozenset(tag[2:] for tag in tags if tag != "O")
        labels.append(known[tags])
        blank_lines.add(sentence)
    return Outline(report, labels, tuple(blank_lines.notes(report.formats)))
