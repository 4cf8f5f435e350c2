"""The sentences with a mistake, gathered to be browsed, the surest mistakes first.

sentence, gold, predicted --pair_spans--> findings, each with how sure the tagger was of it --to_json--> page data
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol

from model.tags.schemes import EntitySpan
from training.corpus.reader import Sentence
from training.metrics.error_analysis import pair_spans
from training.metrics.evaluation import ScoredSpan
from training.report.browser import Finding, Marked, Shown, browser_data

# Sentences that are kept to choose from.
MAX_KEPT = 20_000
SIDES = ("gold", "predicted")


class ScoresSpans(Protocol):
    """What knows the probability of any span: model.tagger.Tagger."""

    def score_spans(
        self, texts: Sequence[str], spans: Sequence[Sequence[EntitySpan]]
    ) -> Sequence[Sequence[float]]:
        """Return the probability of each of the spans of each text."""


class Mistakes:
    """The sentences with mistakes, of which the first MAX_KEPT are kept."""

    def __init__(self) -> None:
        self.kept: list[Shown] = []
        self.sentences = 0  # with a mistake
        self._read = 0

    def add(self, sentence: Sentence, gold: Collection[EntitySpan], entities: Sequence[ScoredSpan]) -> None:
        """Look at one sentence."""
        number, self._read = self._read, self._read + 1
        scores = {EntitySpan(entity.start, entity.end, entity.label): entity.score for entity in entities}
        findings = [
            # Of what was missed it is not known yet: see `score_missed`.
            Finding(pairing.kind, tuple(pairing), scores[pairing.predicted] if pairing.predicted else 1.0)
            for pairing in pair_spans(gold, scores)
            if pairing.kind != "correct"
        ]
        if not findings:
            return
        self.sentences += 1
        if len(self.kept) < MAX_KEPT:
            sides = (
                [Marked(span, None, span not in scores) for span in sorted(gold)],
                [Marked(span, score, span not in gold) for span, score in sorted(scores.items())],
            )
            place = f"{sentence.path}:{sentence.line}"
            self.kept.append(Shown(number, place, sentence.text, sides, findings))

    def score_missed(self, tagger: ScoresSpans) -> None:
        """Work out how sure the tagger was that there is nothing where it missed an entity."""
        missed = [
            (item.text, [(finding, span) for finding in item.findings if (span := _missed(finding))])
            for item in self.kept
        ]
        missed = [(text, found) for text, found in missed if found]
        scores = tagger.score_spans(
            [text for text, _ in missed], [[span for _, span in found] for _, found in missed]
        )
        for (_, found), of_text in zip(missed, scores, strict=True):
            for (finding, _), score in zip(found, of_text, strict=True):
                finding.sure = round(1 - score, 4)

    def to_json(self, colours: Mapping[str, str]) -> dict[str, Any]:
        """Return the data of the browser."""
        return browser_data(SIDES, self.sentences, self.kept, colours)


def _missed(finding: Finding) -> EntitySpan | None:
    gold, predicted = finding.spans
    return gold if predicted is None else None
