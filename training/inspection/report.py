"""The report of `training.check` on a corpus, as JSON and as a page of text."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

from training.corpus.reader import ReadReport
from training.inspection.leakage import NEAR_SHARE, SHINGLE_CHARS, Leak
from training.inspection.notes import spacing_notes, trimming_notes
from training.inspection.statistics import LENGTH_BARS, Contradiction, SplitStatistics, Unseen

RARE_ENTITIES = 50  # a label with fewer in training is seldom learnt well
TOP = 10
EXAMPLES = 3
BAR_CHARS = 40
EXAMPLE_CHARS = 40


@dataclass(frozen=True)
class SplitReport:
    """One split: how it was read, what is in it, sentences that repeat (and repeat with other tags)."""

    reading: ReadReport
    statistics: SplitStatistics
    repeats: int
    retagged: int
    notes: tuple[str, ...] = ()  # on what may be wrong in the files

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        reading, statistics = self.reading, self.statistics
        return {
            "sentences": reading.sentences,
            "characters": reading.characters,
            "scheme": reading.scheme,
            "illegal": {"stray": reading.stray, "unclosed": reading.unclosed, "places": reading.places},
            "trimmed": {"entities": reading.trimmed, "first": reading.trimmed_at},
            "spaces": reading.spaces,
            "latin_letters": reading.letters,
            "labels": dict(statistics.labels.most_common()),
            "without_entities": statistics.without_entities,
            "lengths": dict(zip(length_names(), statistics.lengths, strict=True)),
            "longest": statistics.longest,
            "repeats": self.repeats,
            "repeats_tagged_otherwise": self.retagged,
            "notes": list(self.notes),
        }


@dataclass(frozen=True)
class CorpusReport:
    """The report on all splits; `leaks` by (split, earlier split), the first split is the one trained on."""

    splits: dict[str, SplitReport]
    leaks: dict[tuple[str, str], list[Leak]]
    contradictions: list[Contradiction]
    unseen: dict[str, Unseen]

    def rare_labels(self) -> dict[str, int]:
        """Return the labels with few entities in the first split, none included."""
        first, *others = (split.statistics.labels for split in self.splits.values())
        labels = sorted(set(first).union(*others))
        return {label: first[label] for label in labels if first[label] < RARE_ENTITIES}

    def to_json(self) -> dict[str, Any]:
        """Return them as JSON values."""
        return {
            "splits": {name: split.to_json() for name, split in self.splits.items()},
            "leakage": {
                f"{name} in {earlier}": {**count_leaks(leaks), "leaks": [asdict(leak) for leak in leaks]}
                for (name, earlier), leaks in self.leaks.items()
            },
            "contradictions": [asdict(one) | {"minority": one.minority} for one in self.contradictions],
            "unseen_characters": {name: asdict(unseen) for name, unseen in self.unseen.items()},
            "rare_labels": self.rare_labels(),
        }


def count_leaks(leaks: list[Leak]) -> dict[str, int]:
    """Return how many leaks are exact, how many of these are tagged otherwise, and how many are near."""
    exact = [leak for leak in leaks if leak.exact]
    retagged = sum(not leak.same_tags for leak in exact)
    return {"exact": len(exact), "exact_tagged_otherwise": retagged, "near": len(leaks) - len(exact)}


def length_names() -> list[str]:
    """Return the names of the length histogram's bars.

    >>> length_names()[:2], length_names()[-1]
    (['1-10', '11-20'], 'over 500')
    """
    return [f"{low + 1}-{high}" for low, high in pairwise((0, *LENGTH_BARS))] + [f"over {LENGTH_BARS[-1]}"]


def format_corpus_report(report: CorpusReport) -> str:
    """Return the report as a page for people."""
    sections = (_splits, _notes, _labels, _lengths, _leakage, _contradictions, _unseen)
    return "\n\n".join(filter(None, ("\n".join(section(report)) for section in sections)))


def _splits(report: CorpusReport) -> Iterator[str]:
    columns = f"{'sentences':>12}{'characters':>12}{'entities':>10}{'no entity':>11}{'repeated':>10}"
    yield f"{'':8}{columns}  scheme, illegal tags"
    for name, split in report.splits.items():
        reading, statistics = split.reading, split.statistics
        illegal = f"{reading.stray} stray, {reading.unclosed} unclosed" if reading.places else "none"
        places = f": {', '.join(reading.places[:EXAMPLES])}" if reading.places else ""
        yield (
            f"{name:8}{reading.sentences:12,}{reading.characters:12,}{statistics.labels.total():10,}"
            f"{statistics.without_entities / reading.sentences:11.0%}{split.repeats:10,}  "
            f"{reading.scheme}, {illegal}{places}"
        )
    for name, split in report.splits.items():
        for note in (*trimming_notes(split.reading), *spacing_notes(split.reading)):
            yield f"{name}: {note}"


def _notes(report: CorpusReport) -> Iterator[str]:
    for split in report.splits.values():
        yield from (f"warning: {note}" for note in split.notes)


def _labels(report: CorpusReport) -> Iterator[str]:
    rare = report.rare_labels()
    names = sorted({label for split in report.splits.values() for label in split.statistics.labels})
    width = max([len(name) for name in names], default=5) + 2
    yield f"{'label':{width}}" + "".join(f"{name:>10}" for name in report.splits)
    for label in names:
        counts = "".join(f"{split.statistics.labels[label]:10,}" for split in report.splits.values())
        note = (
            ""
            if label not in rare
            else f"  rare: fewer than {RARE_ENTITIES} in train"
            if rare[label]
            else "  never trained on"
        )
        yield f"{label:{width}}{counts}{note}"


def _lengths(report: CorpusReport) -> Iterator[str]:
    for name, split in report.splits.items():
        yield f"{name}: lengths in characters, the longest {split.statistics.longest:,}"
        for bar, count in zip(length_names(), split.statistics.lengths, strict=True):
            share = count / split.reading.sentences
            yield f"  {bar:>8} {count:10,} {'█' * round(share * BAR_CHARS)}"


def _leakage(report: CorpusReport) -> Iterator[str]:
    for (name, earlier), leaks in report.leaks.items():
        exact, retagged, near = count_leaks(leaks).values()
        yield (
            f"{name} in {earlier}: word for word {exact:,} ({retagged:,} tagged otherwise), "
            f"nearly {near:,} (at least {NEAR_SHARE:.0%} of their {SHINGLE_CHARS}-grams)"
        )
        worst = sorted(leaks, key=lambda leak: (-leak.share, -len(leak.text)))
        for whole in (True, False):
            for leak in [leak for leak in worst if leak.exact is whole][:EXAMPLES]:
                yield f"  {leak.place} {_relation(leak)} {leak.other}  {_shorten(leak.text)}"
    if not report.leaks:
        yield "leakage: one split alone, nothing to compare"


def _contradictions(report: CorpusReport) -> Iterator[str]:
    found = report.contradictions
    entities = sum(one.minority for one in found)
    yield f"contradictory labels: {len(found):,} surfaces with several labels, {entities:,} entities in a minority"
    for one in found[:TOP]:
        yield f"  {one.surface}: " + ", ".join(f"{label} {times:,}" for label, times in one.labels)


def _unseen(report: CorpusReport) -> Iterator[str]:
    for name, unseen in report.unseen.items():
        yield (
            f"{name}: {unseen.tokens:,} characters never seen in training ({unseen.token_share:.2%}), "
            f"{unseen.types:,} different ones ({unseen.type_share:.1%}): "
            + " ".join(f"{char}×{times}" for char, times in unseen.top)
        )
    if not report.unseen:
        yield "unseen characters: one split alone, nothing to compare"


def _relation(leak: Leak) -> str:
    if not leak.exact:
        return f"~ {leak.share:.0%} of"
    return "=" if leak.same_tags else "= (tagged otherwise)"


def _shorten(text: str) -> str:
    return text if len(text) <= EXAMPLE_CHARS else text[:EXAMPLE_CHARS] + "…"
