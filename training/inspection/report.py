"""What a look at a corpus found, as JSON and as a page of text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

from training.corpus.reader import ReadReport
from training.inspection.leakage import NEAR_SHARE, SHINGLE_CHARS, Leak
from training.inspection.statistics import LENGTH_BARS, Census, Contradiction, Unseen

RARE_ENTITIES = 50  # a label with fewer in training is hardly learnt
TOP = 10
EXAMPLES = 3
BAR_CHARS = 40
EXAMPLE_CHARS = 40


@dataclass(frozen=True)
class SplitFindings:
    """One split: how it was read, what is in it, sentences that repeat (and repeat with other tags)."""

    report: ReadReport
    census: Census
    repeats: int
    retagged: int

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        report, census = self.report, self.census
        return {
            "sentences": report.sentences,
            "characters": report.characters,
            "scheme": report.scheme,
            "illegal": {"stray": report.stray, "unclosed": report.unclosed, "places": report.places},
            "labels": dict(census.labels.most_common()),
            "without_entities": census.without_entities,
            "lengths": dict(zip(length_names(), census.lengths, strict=True)),
            "longest": census.longest,
            "repeats": self.repeats,
            "repeats_tagged_otherwise": self.retagged,
        }


@dataclass(frozen=True)
class Findings:
    """All of it; `leaks` by (split, earlier split), the first split is the one trained on."""

    splits: dict[str, SplitFindings]
    leaks: dict[tuple[str, str], list[Leak]]
    contradictions: list[Contradiction]
    unseen: dict[str, Unseen]

    def rare_labels(self) -> dict[str, int]:
        """Return the labels with few entities in the first split, none included."""
        first, *others = (split.census.labels for split in self.splits.values())
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


def format_findings(findings: Findings) -> str:
    """Return the findings as a page for people."""
    sections = (_splits, _labels, _lengths, _leakage, _contradictions, _unseen)
    return "\n\n".join("\n".join(section(findings)) for section in sections)


def _splits(findings: Findings) -> Iterator[str]:
    columns = f"{'sentences':>12}{'characters':>12}{'entities':>10}{'no entity':>11}{'repeated':>10}"
    yield f"{'':8}{columns}  scheme, illegal tags"
    for name, split in findings.splits.items():
        report, census = split.report, split.census
        illegal = f"{report.stray} stray, {report.unclosed} unclosed" if report.places else "none"
        places = f": {', '.join(report.places[:EXAMPLES])}" if report.places else ""
        yield (
            f"{name:8}{report.sentences:12,}{report.characters:12,}{census.labels.total():10,}"
            f"{census.without_entities / report.sentences:11.0%}{split.repeats:10,}  {report.scheme}, {illegal}{places}"
        )


def _labels(findings: Findings) -> Iterator[str]:
    rare = findings.rare_labels()
    names = sorted({label for split in findings.splits.values() for label in split.census.labels})
    width = max([len(name) for name in names], default=5) + 2
    yield f"{'label':{width}}" + "".join(f"{name:>10}" for name in findings.splits)
    for label in names:
        counts = "".join(f"{split.census.labels[label]:10,}" for split in findings.splits.values())
        note = "" if label not in rare else "  rare: hardly learnt" if rare[label] else "  never trained on"
        yield f"{label:{width}}{counts}{note}"


def _lengths(findings: Findings) -> Iterator[str]:
    for name, split in findings.splits.items():
        yield f"{name}: lengths in characters, the longest {split.census.longest:,}"
        for bar, count in zip(length_names(), split.census.lengths, strict=True):
            share = count / split.report.sentences
            yield f"  {bar:>8} {count:10,} {'█' * round(share * BAR_CHARS)}"


def _leakage(findings: Findings) -> Iterator[str]:
    for (name, earlier), leaks in findings.leaks.items():
        exact, retagged, near = count_leaks(leaks).values()
        yield (
            f"{name} in {earlier}: word for word {exact:,} ({retagged:,} tagged otherwise), "
            f"nearly {near:,} (at least {NEAR_SHARE:.0%} of their {SHINGLE_CHARS}-grams)"
        )
        worst = sorted(leaks, key=lambda leak: (-leak.share, -len(leak.text)))
        for whole in (True, False):
            for leak in [leak for leak in worst if leak.exact is whole][:EXAMPLES]:
                yield f"  {leak.place} {_relation(leak)} {leak.other}  {_shorten(leak.text)}"
    if not findings.leaks:
        yield "leakage: one split alone, nothing to compare"


def _contradictions(findings: Findings) -> Iterator[str]:
    found = findings.contradictions
    entities = sum(one.minority for one in found)
    yield f"contradictory labels: {len(found):,} surfaces with several labels, {entities:,} entities in a minority"
    for one in found[:TOP]:
        yield f"  {one.surface}: " + ", ".join(f"{label} {times:,}" for label, times in one.labels)


def _unseen(findings: Findings) -> Iterator[str]:
    for name, unseen in findings.unseen.items():
        yield (
            f"{name}: {unseen.tokens:,} characters never seen in training ({unseen.token_share:.2%}), "
            f"{unseen.types:,} different ones ({unseen.type_share:.1%}): "
            + " ".join(f"{char}×{times}" for char, times in unseen.top)
        )
    if not findings.unseen:
        yield "unseen characters: one split alone, nothing to compare"


def _relation(leak: Leak) -> str:
    if not leak.exact:
        return f"~ {leak.share:.0%} of"
    return "=" if leak.same_tags else "= (tagged otherwise)"


def _shorten(text: str) -> str:
    return text if len(text) <= EXAMPLE_CHARS else text[:EXAMPLE_CHARS] + "…"
