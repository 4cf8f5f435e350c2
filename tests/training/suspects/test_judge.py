"""A tagger beside gold tags: it differs where they do, with the probabilities that it serves as scores."""

import math
from dataclasses import replace

import pytest

from model.bundle.bundle import Bundle
from model.predictor import Predictor
from model.runtime.onnx import OnnxRuntime
from model.tagger import Tagger
from model.tags.tag_set import tags_from_spans
from training.corpus.reader import Sentence
from training.suspects.judge import judge_by

TEXTS = [
    "小明今天在北京大学见到了江泽民主席，他们说中国很好。",
    "张三去年到过上海市。李四没有去过法国。",
    "，",
]


@pytest.fixture(scope="module")
def predictor(bundle: Bundle) -> Predictor:
    return Predictor.build(bundle, OnnxRuntime(bundle, threads=1))


@pytest.fixture
def found(tagger: Tagger) -> list[Sentence]:
    """The texts with the very tags that the tagger gives them."""
    taggings = zip(TEXTS, tagger.find(TEXTS), strict=True)
    return [Sentence(text, tuple(tags_from_spans(spans, len(text))), "a.bio", 1) for text, spans in taggings]


def test_a_tagger_agrees_with_itself(predictor: Predictor, found: list[Sentence]) -> None:
    assert judge_by(predictor, found) == [[], [], []]


def test_without_gold_tags_all_it_finds_differs_by_its_scores(
    predictor: Predictor, tagger: Tagger, found: list[Sentence]
) -> None:
    untagged = [replace(sentence, tags=("O",) * len(sentence.text)) for sentence in found]
    judged = judge_by(predictor, untagged)
    entities = tagger.tag(TEXTS)
    assert [[one.predicted for one in of_one] for of_one in judged] == [
        [(entity.span,) for entity in of_one] for of_one in entities
    ]
    assert sum(map(len, judged)) > 3
    for of_one, scored in zip(judged, entities, strict=True):
        for one, entity in zip(of_one, scored, strict=True):
            assert math.exp(one.predicted_log) == pytest.approx(entity.score, abs=2e-4)
            assert one.gold == ()
            assert one.gold_log < 0


def test_other_labels_are_less_probable_and_stand_where_they_stood(
    predictor: Predictor, tagger: Tagger, found: list[Sentence]
) -> None:
    swapped = {"PER": "LOC", "LOC": "ORG", "ORG": "PER"}
    others = [
        replace(one, tags=tuple(tag if tag == "O" else tag[:2] + swapped[tag[2:]] for tag in one.tags))
        for one in found
    ]
    for spans, of_one in zip(tagger.find(TEXTS), judge_by(predictor, others), strict=True):
        assert [(one.start, one.end) for one in of_one] == [(span.start, span.end) for span in spans]
        for span, one in zip(spans, of_one, strict=True):
            assert one.kind == "label"
            assert one.gold == (span._replace(label=swapped[span.label]),)
            assert one.gold_log < one.predicted_log
