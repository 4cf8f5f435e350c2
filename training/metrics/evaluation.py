"""A tagger's entities beside the gold tags of a corpus, counted sentence by sentence.

sentences -> chunks -> tagger.tag(texts), the tagger that serves -> Evaluation -> Report
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from model.tags.tag_set import EntitySpan, spans_from_tags
from model.text import normalise
from training.corpus.comparison import folded
from training.corpus.reader import Sentence, sentence_chunks
from training.metrics.calibration import Reliability
from training.metrics.error_analysis import ErrorAnalysis
from training.metrics.report import NewSentences, Report
from training.metrics.scoring import SpanCounts, strict_spans

CHUNK_CHARS = 1 << 16  # characters tagged at a time: memory does not grow with the corpus
KnownEntities = Collection[tuple[str, str]]  # (normalised text, label)
KnownTexts = Collection[str]  # as `folded` returns them


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


class TagsTexts(Protocol):
    """What is evaluated: model.tagger.Tagger, or a stand-in."""

    def tag(self, texts: Sequence[str]) -> Sequence[Sequence[ScoredSpan]]:
        """Return the entities of each text, offsets in its code points."""


def evaluate(
    tagger: TagsTexts,
    sentences: Iterable[Sentence],
    *,
    known: KnownEntities | None = None,
    known_texts: KnownTexts | None = None,
    max_examples: int = 0,
    also: Callable[[Sentence, Sequence[ScoredSpan]], object] | None = None,
) -> Report:
    """Return how well `tagger` tags the texts of `sentences`, which are streamed.

    known: the entities of the training text (`known_entities`), to score them and others apart.
    known_texts: its sentences (`known_sentences`), to score the others alone as well.
    max_examples: how many sentences with a mistake to keep for show. also: called with each sentence and its entities.
    """
    evaluation = Evaluation(known, known_texts, ErrorAnalysis(max_examples))
    for chunk in sentence_chunks(sentences, CHUNK_CHARS):
        found = tagger.tag([sentence.text for sentence in chunk])
        for sentence, entities in zip(chunk, found, strict=True):
            evaluation.add(sentence, entities)
            if also:
                also(sentence, entities)
    return evaluation.report()


def known_entities(sentences: Iterable[Sentence]) -> set[tuple[str, str]]:
    """Return (normalised text, label) of every entity.

    >>> known_entities([Sentence("北京人", ("B-LOC", "I-LOC", "O"))])
    {('北京', 'LOC')}
    """
    return {
        _surface(span, sentence.text) for sentence in sentences for span in spans_from_tags(sentence.tags)
    }


def known_sentences(sentences: Iterable[Sentence]) -> set[str]:
    """Return the text of every sentence, as texts are compared.

    >>> known_sentences([Sentence("ＮＢＡ 赛", ("O",) * 5)])
    {'NBA赛'}
    """
    return {folded(sentence.text) for sentence in sentences}


@dataclass
class Evaluation:
    """Running counts. The strict reading of the gold tags says what is right for calibration and error analysis."""

    known: KnownEntities | None = None  # the entities of the training text
    known_texts: KnownTexts | None = None  # and its sentences
    errors: ErrorAnalysis = field(default_factory=ErrorAnalysis)
    _reliability: Reliability = field(default_factory=Reliability)
    _strict: SpanCounts = field(default_factory=SpanCounts)
    _conlleval: SpanCounts = field(default_factory=SpanCounts)
    _seen: SpanCounts = field(default_factory=SpanCounts)
    _unseen: SpanCounts = field(default_factory=SpanCounts)
    _new: SpanCounts = field(default_factory=SpanCounts)  # of sentences that do not stand in training
    _new_sentences: int = 0
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
        self.errors.add(gold, predicted, sentence.text, f"{sentence.path}:{sentence.line}")
        if self.known is not None:
            for counts, wanted in ((self._seen, True), (self._unseen, False)):
                counts.add(
                    self._chosen(gold, sentence.text, wanted), self._chosen(predicted, sentence.text, wanted)
                )
        if self.known_texts is not None and folded(sentence.text) not in self.known_texts:
            self._new.add(gold, predicted)
            self._new_sentences += 1
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
            errors=self.errors,
            seen=None if self.known is None else self._seen.scores(),
            unseen=None if self.known is None else self._unseen.scores(),
            new=None if self.known_texts is None else self._score_new(),
        )

    def _score_new(self) -> NewSentences:
        in_train = self._sentences - self._new_sentences
        return NewSentences(sentences=self._new_sentences, in_train=in_train, strict=self._new.scores())

    def _chosen(self, spans: Iterable[EntitySpan], text: str, wanted: bool) -> list[EntitySpan]:
        known = self.known or ()
        return [span for span in spans if (_surface(span, text) in known) is wanted]


def _surface(span: EntitySpan, text: str) -> tuple[str, str]:
    return normalise(text[span.start : span.end]), span.label
