"""What is wrong with predicted spans: kinds of mistakes, and which label was taken for which.

    gold span, predicted span     kind
    [北京大学]ORG  [北京大学]LOC    label                same range, other label
    [北京大学]ORG  [北京]ORG        boundary             they overlap, same label
    [北京大学]ORG  [北京]LOC        boundary and label   they overlap
    [北京大学]ORG  -                missed
    -              [北京大学]ORG    invented

Each wrong span has one kind: wrong spans are paired one to one, same range first, then same label, then the
larger overlap, then from the left; what finds no partner is missed or invented.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from model.tags.tag_set import EntitySpan
from training.metrics.excerpt import MAX_NAME_CHARS, MAX_TEXT_CHARS, excerpt

KINDS = ("label", "boundary", "boundary and label", "missed", "invented")
MAX_SHOWN_MISTAKES = 20  # of one sentence: of a whole book that is one, all would fill the screen
MAX_SHOWN_LABELS = 100  # a table of more is read by nobody, and one of ten thousand takes minutes
NONE = "-"  # stands for the missing partner of a missed or invented span


class Pairing(NamedTuple):
    """A gold span and the predicted one taken for it; one of them may be missing."""

    gold: EntitySpan | None
    predicted: EntitySpan | None

    @property
    def kind(self) -> str:
        """One of KINDS, or "correct"."""
        if self.gold is None or self.predicted is None:
            return "missed" if self.predicted is None else "invented"
        if self.gold[:2] == self.predicted[:2]:
            return "correct" if self.gold == self.predicted else "label"
        return "boundary" if self.gold.label == self.predicted.label else "boundary and label"


@dataclass
class ErrorAnalysis:
    """Running counts; `examples` has the first `max_examples` sentences with a mistake, for a terminal."""

    max_examples: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    confusion: Counter[tuple[str, str]] = field(default_factory=Counter)  # (gold label, predicted label)
    examples: list[str] = field(default_factory=list)

    def add(self, gold: Iterable[EntitySpan], predicted: Iterable[EntitySpan], text: str, place: str) -> None:
        """Count one sentence; `place` says where it stands (file:line)."""
        pairings = list(pair_spans(gold, predicted))
        for pairing in pairings:
            self.kinds[pairing.kind] += 1
            self.confusion[_label(pairing.gold), _label(pairing.predicted)] += 1
        wrong = [pairing for pairing in pairings if pairing.kind != "correct"]
        if wrong and len(self.examples) < self.max_examples:
            self.examples.append("\n".join(_example(wrong, text, place)))


def pair_spans(gold: Iterable[EntitySpan], predicted: Iterable[EntitySpan]) -> Iterator[Pairing]:
    """Yield each span of a sentence in exactly one pairing, correct ones first.

    >>> [pairing.kind for pairing in pair_spans([EntitySpan(0, 4, "ORG")], [EntitySpan(0, 2, "ORG")])]
    ['boundary']
    """
    left, right = set(gold), set(predicted)
    for span in sorted(left & right):
        yield Pairing(span, span)
    left, right = left - right, right - left
    for _, one, other in sorted(_overlaps(left, right)):
        if one in left and other in right:
            left.remove(one)
            right.remove(other)
            yield Pairing(one, other)
    for span in sorted(left):
        yield Pairing(span, None)
    for span in sorted(right):
        yield Pairing(None, span)


def format_kinds(kinds: Counter[str]) -> str:
    """Return the counts of mistakes as a table for people."""
    return "\n".join([f"{'mistake':<18}  count", *(f"{kind:<18}  {kinds[kind]:>5,}" for kind in KINDS)])


def format_confusion(confusion: Counter[tuple[str, str]]) -> str:
    """Return the counts as a table for people: gold labels downward, predicted ones across, `-` for none."""
    shown, left_out = confused_labels(confusion)
    labels = [*shown, NONE]
    width = max(6, *(len(label) for label in labels))
    lines = ["  ".join(f"{cell:>{width}}" for cell in ("", *labels))]
    for gold in labels:
        counts = (f"{confusion[gold, predicted]:,}" for predicted in labels)
        lines.append("  ".join(f"{cell:>{width}}" for cell in (gold, *counts)))
    if left_out:
        lines.append(f"and {left_out:,} rarer labels")
    return "\n".join(lines)


def confused_labels(confusion: Mapping[tuple[str, str], int]) -> tuple[list[str], int]:
    """Return the labels of a table of confusions, sorted, and how many rarer ones have no place in it.

    >>> confused_labels({("PER", "LOC"): 2, ("ORG", NONE): 1})
    (['LOC', 'ORG', 'PER'], 0)
    """
    times: Counter[str] = Counter()
    for pair, count in confusion.items():
        times.update(dict.fromkeys({*pair} - {NONE}, count))
    shown = sorted(label for label, _ in times.most_common(MAX_SHOWN_LABELS))
    return shown, len(times) - len(shown)


Overlap = tuple[tuple[bool, bool, int], EntitySpan, EntitySpan]


def _overlaps(gold: Iterable[EntitySpan], predicted: Iterable[EntitySpan]) -> Iterator[Overlap]:
    for one in gold:
        for other in predicted:
            shared = min(one.end, other.end) - max(one.start, other.start)
            if shared > 0:
                yield (one[:2] != other[:2], one.label != other.label, -shared), one, other


def _label(span: EntitySpan | None) -> str:
    return span.label if span else NONE


def _example(wrong: Sequence[Pairing], text: str, place: str) -> Iterator[str]:
    """Yield the lines that show a sentence and its mistakes; of a long one the part around the first of them."""
    is_long = len(text) > MAX_TEXT_CHARS
    wrong = sorted(wrong, key=_begin) if is_long else wrong
    start, end = excerpt(len(text), _begin(wrong[0]))
    part = f"{'…' * (start > 0)}{text[start:end]}{'…' * (end < len(text))}"
    yield (
        f"{place}: characters {start:,} to {end:,} of {len(text):,}: {part}"
        if is_long
        else f"{place}: {part}"
    )
    for pairing in wrong[:MAX_SHOWN_MISTAKES]:
        at = f" at {_begin(pairing):,}" if is_long else ""
        sides = f"expected {_show(pairing.gold, text)}, got {_show(pairing.predicted, text)}"
        yield f"    {pairing.kind}{at}: {sides}"
    if len(wrong) > MAX_SHOWN_MISTAKES:
        yield f"    and {len(wrong) - MAX_SHOWN_MISTAKES:,} more"


def _begin(pairing: Pairing) -> int:
    """Return the first character of a mistake."""
    return min(span.start for span in (pairing.gold, pairing.predicted) if span)


def _show(span: EntitySpan | None, text: str) -> str:
    if span is None:
        return NONE
    name = text[span.start : span.end]
    return f"[{name[:MAX_NAME_CHARS]}{'…' * (len(name) > MAX_NAME_CHARS)}]{span.label}"
