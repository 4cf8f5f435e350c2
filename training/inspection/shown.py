"""Findings with the sentences that they are about, for a page: what is odd, and one or two readings of its tags.

report, sentences read once more -> groups of findings
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from model.tags.schemes import EntitySpan, spans_from_tags
from model.text import normalise
from training.corpus.reader import Sentence
from training.inspection.report import CorpusReport

BEGINNING_CHARS = 30  # of a sentence that stands for its finding


class Reading(NamedTuple):
    """A text and its entities, and whose reading it is."""

    name: str
    text: str
    spans: tuple[EntitySpan, ...]


class Shown(NamedTuple):
    """A finding at a place: what it is, and the sentence as it is tagged, beside another reading where there is one."""

    place: str
    what: str
    readings: tuple[Reading, ...]


@dataclass
class Group:
    """Findings of one kind."""

    title: str
    note: str
    findings: list[Shown] = field(default_factory=list)


def gold_reading(sentence: Sentence, name: str = "gold") -> Reading:
    """Return a sentence as it is tagged."""
    return Reading(name, sentence.text, tuple(spans_from_tags(sentence.tags)))


def collect(report: CorpusReport, sentences: Iterable[Sentence]) -> list[Group]:
    """Return contradictory labels, odd edges, and sentences that stand twice with other tags; no group is empty.

    sentences: those of all splits, read once more.
    """
    labels = Group("Labels", "Texts that have another label elsewhere, most often the other one.")
    edges = Group(
        "Edges", "Entities with punctuation at an edge, or with half of a pair of brackets or quotes."
    )
    twice = Group("Repeats", "Sentences that stand twice, with other tags.")
    entities = {**_contradictions(report, labels), **_edges(report, edges)}
    pairs = dict(_retagged(report))
    wanted = {*pairs, *pairs.values()}
    kept: dict[str, Sentence] = {}
    for sentence in sentences:
        if (place := sentence.place_of(0)) in wanted:
            kept.setdefault(place, sentence)
        for key in _entities_of(sentence):
            if found := entities.get(key):
                found.group.findings.append(Shown(key.place, found.what, (gold_reading(sentence),)))
    for place, other in pairs.items():
        if place in kept and other in kept:
            readings = (gold_reading(kept[place], "here"), gold_reading(kept[other], other))
            twice.findings.append(Shown(place, _beginning(kept[place].text), readings))
    return [group for group in (labels, edges, twice) if group.findings]


class _Entity(NamedTuple):
    place: str
    surface: str
    label: str


class _Finding(NamedTuple):
    group: Group
    what: str


def _entities_of(sentence: Sentence) -> Iterator[_Entity]:
    text = normalise(sentence.text)
    for start, end, label in spans_from_tags(sentence.tags):
        yield _Entity(sentence.place_of(start), text[start:end], label)


def _contradictions(report: CorpusReport, group: Group) -> dict[_Entity, _Finding]:
    found: dict[_Entity, _Finding] = {}
    for one in report.contradictions:
        (most, times), *fewer = one.labels
        for label, count in fewer:
            what = f"{one.surface}: {label} {_times(count)}, {most} {_times(times)}"
            found |= {
                _Entity(place, one.surface, label): _Finding(group, what) for place in one.places[label]
            }
    return found


def _edges(report: CorpusReport, group: Group) -> dict[_Entity, _Finding]:
    return {
        _Entity(place, surface, label): _Finding(group, surface)
        for split in report.splits.values()
        for places in split.statistics.edge_places.values()
        for place, surface in places
        for label in split.statistics.labels
    }


def _beginning(text: str) -> str:
    return text if len(text) <= BEGINNING_CHARS else f"{text[:BEGINNING_CHARS]}…"


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count:,} times"


def _retagged(report: CorpusReport) -> Iterator[tuple[str, str]]:
    """Yield the places of each two copies of a sentence with other tags."""
    for leaks in (*(split.repeats for split in report.splits.values()), *report.leaks.values()):
        yield from ((leak.place, leak.other) for leak in leaks if leak.exact and not leak.same_tags)
