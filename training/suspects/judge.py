"""A tagger beside the gold tags of sentences: where they differ, and how probable the tagger holds both.

sentences -> pieces, cut as for a fit -> Predictor -> spans, emissions --range_log_probabilities--> disagreements
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate, pairwise

import numpy as np

from model.crf.range_scores import TaggedRange, range_log_probabilities
from model.predictor import Prediction, Predictor
from model.tags.tag_set import EntitySpan, spans_from_tags
from training.corpus.reader import Sentence, sentence_chunks
from training.data.encode import cut_pieces
from training.suspects.disagreements import Disagreement, Range, find_ranges

CHUNK_CHARS = 1 << 16  # characters judged at a time

# Sentences to what is found in each. A tagger's, or a stand-in's.
Judge = Callable[[Sequence[Sentence]], list[list[Disagreement]]]


def judge_by(predictor: Predictor, sentences: Sequence[Sentence]) -> list[list[Disagreement]]:
    """Return where `predictor` and the gold tags differ, for each sentence."""
    return [
        found for chunk in sentence_chunks(sentences, CHUNK_CHARS) for found in _judge_chunk(predictor, chunk)
    ]


def _judge_chunk(predictor: Predictor, sentences: Sequence[Sentence]) -> Iterator[list[Disagreement]]:
    gold = [spans_from_tags(sentence.tags) for sentence in sentences]
    cuts = [
        cut_pieces(sentence.text, spans, predictor.rules.max_chars).pieces
        for sentence, spans in zip(sentences, gold, strict=True)
    ]
    bounds = [list(accumulate(map(len, pieces), initial=0)) for pieces in cuts]
    sources = [
        sentence.text[start:end]
        for sentence, edges in zip(sentences, bounds, strict=True)
        for start, end in pairwise(edges)
    ]
    prediction = predictor.predict([piece for pieces in cuts for piece in pieces], sources)
    spans = _spans_by_piece(predictor, prediction)
    piece = 0
    for of_sentence, edges in zip(gold, bounds, strict=True):
        found: list[Disagreement] = []
        for start, end in pairwise(edges):
            inside = [_moved(span, -start) for span in of_sentence if start <= span.start < end]
            ranges = list(find_ranges(inside, spans[piece]))
            found += [_moved_by(one, start) for one in _weigh(predictor, prediction, piece, ranges)]
            piece += 1
        yield found


def _spans_by_piece(predictor: Predictor, prediction: Prediction) -> list[list[EntitySpan]]:
    labels = predictor.crf.tag_set.labels
    spans: list[list[EntitySpan]] = [[] for _ in prediction.offsets[1:]]
    for piece, start, end, label in zip(*(column.tolist() for column in prediction.spans), strict=True):
        spans[piece].append(EntitySpan(start, end, labels[label]))
    return spans


def _weigh(
    predictor: Predictor, prediction: Prediction, piece: int, ranges: Sequence[Range]
) -> Iterator[Disagreement]:
    """Yield the ranges of a piece with the probabilities of both readings."""
    if not ranges:
        return
    here = slice(prediction.offsets[piece], prediction.offsets[piece + 1])
    tag_set = predictor.crf.tag_set
    readings = [
        TaggedRange(
            one.start, tag_set.tag_ids([_moved(span, -one.start) for span in side], one.end - one.start)
        )
        for one in ranges
        for side in (one.gold, one.predicted)
    ]
    logs = range_log_probabilities(
        prediction.emissions[here], predictor.crf, readings, np.asarray(prediction.no_edge[here])
    )
    for one, (gold_log, predicted_log) in zip(ranges, logs.reshape(-1, 2).tolist(), strict=True):
        yield Disagreement(*one, gold_log=gold_log, predicted_log=predicted_log)


def _moved(span: EntitySpan, by: int) -> EntitySpan:
    return EntitySpan(span.start + by, span.end + by, span.label)


def _moved_by(one: Disagreement, by: int) -> Disagreement:
    gold, predicted = (tuple(_moved(span, by) for span in side) for side in (one.gold, one.predicted))
    return one._replace(start=one.start + by, end=one.end + by, gold=gold, predicted=predicted)
