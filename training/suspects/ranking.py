"""Disagreements of all sentences in one list, the likeliest label errors first."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from model.tags.schemes import EntitySpan
from training.corpus.reader import Sentence
from training.suspects.disagreements import Disagreement


class SuspectsError(Exception):
    """Suspects that cannot be looked for: what was expected, what came, what to do."""


@dataclass(frozen=True)
class Suspect:
    """A place where the gold tags are probably wrong."""

    sentence: Sentence
    found: Disagreement

    @property
    def place(self) -> str:
        """file:line of its first character, or as near as its file allows."""
        return self.sentence.place_of(self.found.start)

    @property
    def score(self) -> float:
        """Natural logarithm of how many times more probable the tagger holds its own reading than the gold one."""
        return self.found.predicted_log - self.found.gold_log

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON values; offsets are code points of the sentence's text."""
        found = self.found
        return {
            "place": self.place,
            "kind": found.kind,
            "score": round(self.score, 2),
            "start": found.start,
            "end": found.end,
            "text": self.sentence.text,
            "gold": [self._entity(span) for span in found.gold],
            "predicted": [self._entity(span) for span in found.predicted],
            "gold_probability": round(math.exp(found.gold_log), 6),
            "predicted_probability": round(math.exp(found.predicted_log), 6),
        }

    def _entity(self, span: EntitySpan) -> dict[str, Any]:
        return {**span._asdict(), "text": self.sentence.text[span.start : span.end]}


def rank(sentences: Sequence[Sentence], found: Iterable[Sequence[Disagreement]]) -> list[Suspect]:
    """Return what was found in each sentence as suspects, the most suspicious first."""
    suspects = [
        Suspect(sentence, one)
        for sentence, disagreements in zip(sentences, found, strict=True)
        for one in disagreements
    ]
    return sorted(suspects, key=lambda suspect: -suspect.score)
