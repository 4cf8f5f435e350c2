"""Two taggers on the same sentences: what changed from A to B, entity by entity, and whether B is really better.

(sentence, entities of A, entities of B) --add--> Comparison --describe--> numbers, as they stand in JSON

    gold       A          B          what it is
    [北京]LOC   -          [北京]LOC   fixed: wrong before, right now
    [北京]LOC   [北京]LOC   [北京]ORG   broken
    -          [北京]LOC   -          fixed: no longer invented
    [北京]LOC   -          -          both wrong

The test is the paired bootstrap over sentences (Koehn 2004, aclanthology.org/W04-3250): both taggers are scored on the
same resamples, and p is how probable a difference as far from 0 would be by chance, on either side.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from model.tags.schemes import EntitySpan
from training.corpus.reader import Sentence
from training.metrics.scoring import strict_spans
from training.report.bootstrap import SEED, Floats, intervals, rates_of, resampled_sums, two_sided_p
from training.report.browser import Finding, Marked, Shown, browser_data

RESAMPLES = 10_000
CHANGES = ("fixed", "broken", "both wrong")
ALL = "all"
F1 = 2

Scored = Mapping[EntitySpan, float | None]  # None where no score is known


class Comparison:
    """Running counts of both taggers, and the sentences that one of them has wrong."""

    def __init__(self) -> None:
        self.sentences = 0
        self.shown: list[Shown] = []
        self.changes: Counter[tuple[str, str]] = Counter()  # (label, what) of gold entities
        self.inventions: Counter[tuple[str, str]] = Counter()  # (label, what) of entities that are not gold
        # (sentence, label) -> gold, predicted by A, right by A, predicted by B, right by B
        self._counts: dict[tuple[int, str], list[int]] = {}

    def add(self, sentence: Sentence, first: Scored, second: Scored) -> None:
        """Count one sentence and what A and B found in it. Gold tags are read strictly."""
        gold = set(strict_spans(sentence.tags))
        one, other = first.keys() & gold, second.keys() & gold
        for column, spans in enumerate((gold, first, one, second, other)):
            for span in spans:
                counts = self._counts.setdefault((self.sentences, span.label), [0] * 5)
                counts[column] += 1
        for span in gold:
            self.changes[span.label, _change(span in first, span in second)] += 1
        for span in (first.keys() | second.keys()) - gold:
            self.inventions[span.label, _change(span not in first, span not in second)] += 1
        if not (first.keys() == second.keys() == gold):
            self.shown.append(_shown(self.sentences, sentence, gold, first, second))
        self.sentences += 1

    @property
    def labels(self) -> list[str]:
        """Every label of gold, A or B, sorted."""
        return sorted({label for _, label in self._counts})

    @property
    def gold_labels(self) -> set[str]:
        """The labels of gold entities."""
        return {label for (_, label), (gold, *_) in self._counts.items() if gold}

    @property
    def found_labels(self) -> set[str]:
        """The labels of what A or B found."""
        return {label for (_, label), (_, of_a, _, of_b, _) in self._counts.items() if of_a or of_b}

    def describe(self, resamples: int = RESAMPLES, seed: int = SEED) -> dict[str, Any]:
        """Return the numbers of the comparison: by label and for all, both scores, their difference, its p."""
        labels = self.labels
        table = np.zeros((self.sentences, len(labels) + 1, 5))
        for (sentence, label), counts in self._counts.items():
            table[sentence, labels.index(label)] = counts
        table[:, -1] = table.sum(1)
        sums = table.sum(0)  # [labels + 1, 5]
        resampled = resampled_sums(table.reshape(self.sentences, 5 * (len(labels) + 1)), resamples, seed)
        resampled = resampled.reshape(resamples, len(labels) + 1, 5)
        names = [*labels, ALL]
        rows = {name: _row(sums[index], resampled[:, index]) for index, name in enumerate(names)}
        return {
            "sentences": self.sentences,
            "resamples": resamples,
            "seed": seed,
            "scores": rows,
            "entities": {label: _counted(self.changes, label, (*CHANGES, "both right")) for label in labels},
            "inventions": {label: _counted(self.inventions, label, CHANGES) for label in labels},
        }

    def to_json(self, colours: Mapping[str, str]) -> dict[str, Any]:
        """Return the data of the browser of changes."""
        return browser_data(("gold", "A", "B"), len(self.shown), self.shown, colours)


def _change(is_right_before: bool, is_right_now: bool) -> str:
    if is_right_before:
        return "both right" if is_right_now else "broken"
    return "fixed" if is_right_now else "both wrong"


def _counted(counts: Counter[tuple[str, str]], label: str, kinds: Sequence[str]) -> dict[str, int]:
    return {kind: counts[label, kind] for kind in kinds}


def _row(sums: Floats, resampled: Floats) -> dict[str, Any]:
    """Return the scores of one label: sums [5], resampled [resamples, 5]."""
    columns = {"A": [0, 1, 2], "B": [0, 3, 4]}
    rates = {name: rates_of(sums[chosen]) for name, chosen in columns.items()}
    drawn = {name: rates_of(resampled[:, chosen])[:, F1] for name, chosen in columns.items()}
    differences = drawn["B"] - drawn["A"]
    return {
        "gold": int(sums[0]),
        **{
            name: dict(zip(("precision", "recall", "f1"), values.tolist(), strict=True))
            for name, values in rates.items()
        },
        "difference": float(rates["B"][F1] - rates["A"][F1]),
        "interval": intervals(differences[:, np.newaxis])[:, 0].tolist(),
        "p": two_sided_p(differences),
    }


def _shown(number: int, sentence: Sentence, gold: set[EntitySpan], first: Scored, second: Scored) -> Shown:
    findings = list(_findings(gold, first, second))
    sides = (
        [Marked(span) for span in sorted(gold)],
        *([Marked(span, side[span], span not in gold) for span in sorted(side)] for side in (first, second)),
    )
    return Shown(number, f"{sentence.path}:{sentence.line}", sentence.text, sides, findings)


def _findings(gold: set[EntitySpan], first: Scored, second: Scored) -> Iterator[Finding]:
    for span in sorted(gold | first.keys() | second.keys()):
        if span in gold:
            kind = _change(span in first, span in second)
        else:
            kind = _change(span not in first, span not in second)
        if kind == "both right":
            continue
        sure = max(first.get(span) or 0.0, second.get(span) or 0.0)
        sides = (gold, first.keys(), second.keys())
        yield Finding(kind, tuple(span if span in side else None for side in sides), sure)
