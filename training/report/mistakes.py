"""The sentences with a mistake, the most confident mistakes first: what the error browser shows.

sentence, gold, predicted --pair_spans--> mistakes, each with how sure the tagger was of it --to_json--> page data
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from model.tags.schemes import EntitySpan
from training.corpus.reader import Sentence
from training.metrics.error_analysis import pair_spans
from training.metrics.evaluation import ScoredSpan

# What a page carries at most: a browser searches so much at once, and the file stays a few MB.
MAX_SHOWN, MAX_SHOWN_CHARS = 5000, 1_000_000
# Sentences that are kept to choose from.
MAX_KEPT = 20_000
# Of a longer text the part around its first mistake is shown.
MAX_TEXT_CHARS, BEFORE_CHARS = 600, 100
MAX_NAME_CHARS = 60

Spans = Sequence[EntitySpan]


class ScoresSpans(Protocol):
    """What knows the probability of any span: model.tagger.Tagger."""

    def score_spans(self, texts: Sequence[str], spans: Sequence[Spans]) -> Sequence[Sequence[float]]:
        """Return the probability of each of the spans of each text."""


@dataclass
class Mistake:
    """A wrong pairing, and how sure the tagger was: 1 less the gold entity's probability where none was found there."""

    kind: str
    gold: EntitySpan | None
    predicted: EntitySpan | None
    confidence: float


@dataclass
class Wrong:
    """One sentence with mistakes."""

    number: int  # of its sentence, from 0
    place: str
    text: str
    gold: list[EntitySpan]
    predicted: list[tuple[EntitySpan, float]]
    mistakes: list[Mistake]

    @property
    def confidence(self) -> float:
        """That of its surest mistake."""
        return max(mistake.confidence for mistake in self.mistakes)


class Mistakes:
    """The sentences with mistakes, of which the first MAX_KEPT are kept."""

    def __init__(self) -> None:
        self.wrong: list[Wrong] = []
        self.sentences = 0  # with a mistake
        self._read = 0

    def add(self, sentence: Sentence, gold: Collection[EntitySpan], entities: Sequence[ScoredSpan]) -> None:
        """Look at one sentence."""
        number, self._read = self._read, self._read + 1
        scores = {EntitySpan(entity.start, entity.end, entity.label): entity.score for entity in entities}
        pairings = [pairing for pairing in pair_spans(gold, scores) if pairing.kind != "correct"]
        if not pairings:
            return
        self.sentences += 1
        if len(self.wrong) < MAX_KEPT:
            mistakes = [
                Mistake(pairing.kind, *pairing, scores[pairing.predicted] if pairing.predicted else 1.0)
                for pairing in pairings
            ]
            place = f"{sentence.path}:{sentence.line}"
            self.wrong.append(
                Wrong(number, place, sentence.text, sorted(gold), sorted(scores.items()), mistakes)
            )

    def score_missed(self, tagger: ScoresSpans) -> None:
        """Work out how sure the tagger was that there is nothing where it missed an entity."""
        missed = [
            (wrong, [mistake for mistake in wrong.mistakes if mistake.predicted is None])
            for wrong in self.wrong
        ]
        missed = [(wrong, mistakes) for wrong, mistakes in missed if mistakes]
        spans = [[mistake.gold for mistake in mistakes if mistake.gold] for _, mistakes in missed]
        for (_, mistakes), scores in zip(
            missed, tagger.score_spans([wrong.text for wrong, _ in missed], spans), strict=True
        ):
            for mistake, score in zip(mistakes, scores, strict=True):
                mistake.confidence = round(1 - score, 4)

    def shown(self) -> list[Wrong]:
        """Return those that a page carries, the surest first."""
        chosen: list[Wrong] = []
        chars = 0
        for wrong in sorted(self.wrong, key=lambda wrong: -wrong.confidence):
            chars += min(len(wrong.text), MAX_TEXT_CHARS)
            if len(chosen) == MAX_SHOWN or chars > MAX_SHOWN_CHARS:
                break
            chosen.append(wrong)
        return chosen

    def to_json(self, colours: Mapping[str, str]) -> dict[str, Any]:
        """Return the data of the error browser."""
        shown = [_to_json(wrong) for wrong in self.shown()]
        return {"sentences": self.sentences, "colours": dict(colours), "errors": shown}


def _to_json(wrong: Wrong) -> dict[str, Any]:
    start, end = _window(wrong)
    return {
        "number": wrong.number,
        "place": wrong.place,
        "text": wrong.text[start:end],
        "cut": [start > 0, end < len(wrong.text)],
        "gold": [
            [span.start - start, span.end - start, span.label]
            for span in wrong.gold
            if start <= span.start and span.end <= end
        ],
        "predicted": [
            [span.start - start, span.end - start, span.label, score]
            for span, score in wrong.predicted
            if start <= span.start and span.end <= end
        ],
        "mistakes": [
            [mistake.kind, _named(mistake.gold, wrong), _named(mistake.predicted, wrong), mistake.confidence]
            for mistake in wrong.mistakes
        ],
    }


def _named(span: EntitySpan | None, wrong: Wrong) -> list[str] | None:
    return [wrong.text[span.start : span.end][:MAX_NAME_CHARS], span.label] if span else None


def _window(wrong: Wrong) -> tuple[int, int]:
    """Return which part of a text is shown: all of it, or that from a little before its surest mistake."""
    if len(wrong.text) <= MAX_TEXT_CHARS:
        return 0, len(wrong.text)
    worst = max(wrong.mistakes, key=lambda mistake: mistake.confidence)
    span = worst.gold or worst.predicted
    assert span
    start = max(0, min(span.start - BEFORE_CHARS, len(wrong.text) - MAX_TEXT_CHARS))
    return start, start + MAX_TEXT_CHARS
