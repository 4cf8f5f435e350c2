"""The report of `training.check` on a corpus, and its JSON."""

from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

from training.corpus.reader import ReadReport
from training.inspection.leakage import Leak
from training.inspection.statistics import LENGTH_BARS, Contradiction, SplitStatistics, Unseen

RARE_ENTITIES = 50  # a label with fewer in training is seldom learnt well


@dataclass(frozen=True)
class SplitReport:
    """One split: how it was read, what is in it, sentences that repeat (and repeat with other tags)."""

    reading: ReadReport
    statistics: SplitStatistics
    repeats: list[Leak]
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
            "formats": dict(reading.formats),
            "resolved": reading.tally.to_json(),
            "spaces": reading.spaces,
            "latin_letters": reading.letters,
            "labels": dict(statistics.labels.most_common()),
            "without_entities": statistics.without_entities,
            "lengths": dict(zip(length_names(), statistics.lengths, strict=True)),
            "longest": statistics.longest,
            "repeats": len(self.repeats),
            "repeats_tagged_otherwise": count_leaks(self.repeats)["exact_tagged_otherwise"],
            "repeated": [asdict(repeat) for repeat in self.repeats],
            "odd_edges": {
                fault: {"entities": times, "places": statistics.edge_places[fault]}
                for fault, times in statistics.edges.items()
            },
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
