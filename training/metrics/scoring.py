"""Precision, recall and F1 of entity spans, and what the errors are.

    gold spans, predicted spans, sentence by sentence -> SpanCounts -> Scores {micro, macro, labels}

A predicted span is right if a gold span has the same start, end and label. Two readings of the gold tags:

    strict      as seqeval's mode="strict", scheme=IOB2: an entity is B- and the I- of its label after it
    conlleval   as conlleval (CoNLL-2003) and seqeval's default: a stray I- opens an entity too

Where tags break no rule of BIO both readings are the same spans.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypedDict

from model.tags.tag_set import EntitySpan

Spans = Iterable[EntitySpan]


class Rates(TypedDict):
    """Shares between 0 and 1. A share of nothing is 0, as in seqeval with zero_division=0."""

    precision: float
    recall: float
    f1: float


class LabelRates(Rates):
    """The rates of one label, and how many gold entities have it."""

    support: int


class Scores(TypedDict):
    """Scores as they stand in JSON.

    micro: all entities pooled. macro: the plain mean of the labels' rates, over every label of gold or
    prediction (so macro F1 is the mean of F1s). labels: in alphabetical order.
    """

    micro: Rates
    macro: Rates
    labels: dict[str, LabelRates]


@dataclass
class SpanCounts:
    """Running counts per label; memory does not grow with the corpus."""

    gold: Counter[str] = field(default_factory=Counter)
    predicted: Counter[str] = field(default_factory=Counter)
    correct: Counter[str] = field(default_factory=Counter)

    def add(self, gold: Spans, predicted: Spans) -> None:
        """Count one sentence."""
        gold, predicted = set(gold), set(predicted)
        for counter, spans in (
            (self.gold, gold),
            (self.predicted, predicted),
            (self.correct, gold & predicted),
        ):
            counter.update(span.label for span in spans)

    def scores(self) -> Scores:
        """Return the scores of what was counted so far."""
        labels: dict[str, LabelRates] = {}
        for label in sorted(self.gold | self.predicted):
            rates = _rates(self.correct[label], self.predicted[label], self.gold[label])
            labels[label] = LabelRates(**rates, support=self.gold[label])
        return Scores(
            micro=_rates(self.correct.total(), self.predicted.total(), self.gold.total()),
            macro=_mean(list(labels.values())),
            labels=labels,
        )


def score(gold: Iterable[Spans], predicted: Iterable[Spans]) -> Scores:
    """Return the scores of `predicted`, one collection of spans per sentence, against `gold`, likewise.

    Raises ValueError when one has more sentences than the other.

    >>> gold = [[EntitySpan(0, 2, "PER"), EntitySpan(3, 5, "LOC")]]
    >>> score(gold, [[EntitySpan(0, 2, "PER"), EntitySpan(3, 6, "LOC")]])["micro"]
    {'precision': 0.5, 'recall': 0.5, 'f1': 0.5}
    """
    counts = SpanCounts()
    for gold_spans, predicted_spans in zip(gold, predicted, strict=True):
        counts.add(gold_spans, predicted_spans)
    return counts.scores()


def strict_spans(tags: Sequence[str]) -> list[EntitySpan]:
    """Return the entity spans of BIO tags; an I- that continues no entity of its label belongs to none.

    >>> strict_spans(["I-PER", "B-LOC", "I-LOC", "I-PER"])
    [EntitySpan(start=1, end=3, label='LOC')]
    """
    spans, start = [], None
    for position, tag in enumerate((*tags, "O")):
        if start is not None and tag != "I" + tags[start][1:]:
            spans.append(EntitySpan(start, position, tags[start][2:]))
            start = None
        if tag.startswith("B-"):
            start = position
    return spans


def format_scores(scores: Scores) -> str:
    """Return the scores as a table for people, in percent."""
    width = max(len("label"), *(len(name) for name in ("micro", *scores["labels"])))
    lines = [f"{'label':<{width}}  precision   recall       F1  entities"]
    support = 0
    for name, rates in scores["labels"].items():
        lines.append(f"{name:<{width}}  {_percents(rates)}  {rates['support']:>8,}")
        support += rates["support"]
    lines.append(f"{'micro':<{width}}  {_percents(scores['micro'])}  {support:>8,}")
    lines.append(f"{'macro':<{width}}  {_percents(scores['macro'])}  {support:>8,}")
    return "\n".join(lines)


def _percents(rates: Rates) -> str:
    return f"{rates['precision']:>9.2%}  {rates['recall']:>7.2%}  {rates['f1']:>7.2%}"


def _rates(correct: int, predicted: int, gold: int) -> Rates:
    return Rates(
        precision=correct / predicted if predicted else 0.0,
        recall=correct / gold if gold else 0.0,
        f1=2 * correct / (predicted + gold) if predicted + gold else 0.0,
    )


def _mean(rates: Sequence[Rates]) -> Rates:
    count = max(1, len(rates))
    return Rates(
        precision=sum(rate["precision"] for rate in rates) / count,
        recall=sum(rate["recall"] for rate in rates) / count,
        f1=sum(rate["f1"] for rate in rates) / count,
    )
