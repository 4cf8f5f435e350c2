"""What there is to say of a tagger on some sentences, counted sentence by sentence.

(gold tags, predicted entities) of each sentence -> Evaluation -> Report -> tables or JSON
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from model.tags.tag_set import EntitySpan, spans_from_tags
from model.text import normalise
from training.corpus.reader import Sentence
from training.metrics.calibration import Calibration, Reliability, format_calibration
from training.metrics.error_analysis import Mistakes, format_confusion, format_kinds
from training.metrics.scoring import Scores, SpanCounts, format_scores, strict_spans

KnownEntities = Collection[tuple[str, str]]  # (normalised text, label)


class ScoredSpan(Protocol):
    """A predicted entity, as model.tagger.Entity."""

    @property
    def start(self) -> int:
        """Its first code point."""

    @property
    def end(self) -> int:
        """The code point after its last."""

    @property
    def label(self) -> str:
        """Its label."""

    @property
    def score(self) -> float:
        """The probability that exactly this span with this label is an entity."""


@dataclass(frozen=True)
class Report:
    """How well some sentences were tagged."""

    strict: Scores
    conlleval: Scores
    calibration: Calibration
    sentences: int
    characters: int
    mistakes: Mistakes
    seen: Scores | None = None  # entities whose text stands in training with that label
    unseen: Scores | None = None

    def to_json(self) -> dict[str, Any]:
        """Return what `--json` prints; `seen` and `unseen` only where they were asked for."""
        names = ["strict", "conlleval", "calibration", "sentences", "characters"]
        if self.seen is not None:
            names += ["seen", "unseen"]
        return {name: getattr(self, name) for name in names}


@dataclass
class Evaluation:
    """Running counts. The strict reading of the gold tags says what is right for calibration and mistakes."""

    known: KnownEntities | None = None  # the entities of the training text
    mistakes: Mistakes = field(default_factory=Mistakes)
    _reliability: Reliability = field(default_factory=Reliability)
    _strict: SpanCounts = field(default_factory=SpanCounts)
    _conlleval: SpanCounts = field(default_factory=SpanCounts)
    _seen: SpanCounts = field(default_factory=SpanCounts)
    _unseen: SpanCounts = field(default_factory=SpanCounts)
    _sentences: int = 0
    _characters: int = 0

    def add(self, sentence: Sentence, entities: Sequence[ScoredSpan]) -> None:
        """Count one sentence and what was predicted for its text."""
        gold = strict_spans(sentence.tags)
        predicted = [EntitySpan(entity.start, entity.end, entity.label) for entity in entities]
        self._strict.add(gold, predicted)
        self._conlleval.add(spans_from_tags(sentence.tags), predicted)
        scores = (entity.score for entity in entities)
        self._reliability.add(zip(scores, map(set(gold).__contains__, predicted), strict=True))
        self.mistakes.add(gold, predicted, sentence.text, f"{sentence.path}:{sentence.line}")
        if self.known is not None:
            for counts, wanted in ((self._seen, True), (self._unseen, False)):
                counts.add(
                    self._chosen(gold, sentence.text, wanted), self._chosen(predicted, sentence.text, wanted)
                )
        self._sentences += 1
        self._characters += len(sentence.text)

    def report(self) -> Report:
        """Return the report on what was counted so far."""
        return Report(
            strict=self._strict.scores(),
            conlleval=self._conlleval.scores(),
            calibration=self._reliability.calibration(),
            sentences=self._sentences,
            characters=self._characters,
            mistakes=self.mistakes,
            seen=None if self.known is None else self._seen.scores(),
            unseen=None if self.known is None else self._unseen.scores(),
        )

    def _chosen(self, spans: Iterable[EntitySpan], text: str, wanted: bool) -> list[EntitySpan]:
        known = self.known or ()
        return [span for span in spans if (_surface(span, text) in known) is wanted]


def known_entities(sentences: Iterable[Sentence]) -> set[tuple[str, str]]:
    """Return (normalised text, label) of every entity.

    >>> known_entities([Sentence("北京人", ("B-LOC", "I-LOC", "O"))])
    {('北京', 'LOC')}
    """
    return {
        _surface(span, sentence.text) for sentence in sentences for span in spans_from_tags(sentence.tags)
    }


def format_report(report: Report) -> str:
    """Return the report as tables for people."""
    same = report.conlleval == report.strict
    parts = [
        f"{report.sentences:,} sentences, {report.characters:,} characters",
        f"strict\n{format_scores(report.strict)}",
        "conlleval: the same" if same else f"conlleval\n{format_scores(report.conlleval)}",
    ]
    if report.seen is not None and report.unseen is not None:
        parts.append(f"entities that stand in training\n{format_scores(report.seen)}")
        parts.append(f"entities that do not\n{format_scores(report.unseen)}")
    parts += [
        format_kinds(report.mistakes.kinds),
        f"expected (down), got (across)\n{format_confusion(report.mistakes.confusion)}",
        f"calibration of the scores\n{format_calibration(report.calibration)}",
        *report.mistakes.examples,
    ]
    return "\n\n".join(parts)


def _surface(span: EntitySpan, text: str) -> tuple[str, str]:
    return normalise(text[span.start : span.end]), span.label
