import json
from typing import NamedTuple

import pytest

from model.tags.tag_set import tags_from_spans
from training.corpus.reader import Sentence
from training.metrics.error_analysis import ErrorAnalysis
from training.metrics.evaluation import Evaluation, known_entities
from training.metrics.report import format_report


class Found(NamedTuple):
    start: int
    end: int
    label: str
    score: float = 1.0


def sentence(text, *entities, line=1):
    return Sentence(text, tuple(tags_from_spans(entities, len(text))), "test.bio", line)


def report_on(*pairs, **options):
    evaluation = Evaluation(**options)
    for given, found in pairs:
        evaluation.add(given, [Found(*entity) for entity in found])
    return evaluation.report()


def test_json_is_one_object_of_the_promised_shape():
    given = sentence("小明到了北京", (0, 2, "PER"), (4, 6, "LOC"))
    found = json.loads(json.dumps(report_on((given, [(0, 2, "PER", 0.9), (3, 6, "LOC", 0.4)])).to_json()))
    half = {"precision": 0.5, "recall": 0.5, "f1": 0.5}
    scores = {
        "micro": half,
        "macro": half,
        "labels": {
            "LOC": {"precision": 0.0, "recall": 0.0, "f1": 0.0, "support": 1},
            "PER": {"precision": 1.0, "recall": 1.0, "f1": 1.0, "support": 1},
        },
    }
    bins = found["calibration"].pop("bins")
    assert found == {
        "strict": scores,
        "conlleval": scores,
        "calibration": {"ece": pytest.approx((0.1 + 0.4) / 2)},
        "sentences": 1,
        "characters": 6,
    }
    assert [row["spans"] for row in bins] == [0, 0, 0, 1, 0, 0, 0, 0, 1, 0]
    assert set(bins[0]) == {"low", "high", "spans", "score", "correct"}


def test_stray_tag_is_an_entity_for_conlleval_alone():
    given = Sentence("小明到了", ("I-PER", "I-PER", "O", "O"), "test.bio", 1)
    report = report_on((given, [(0, 2, "PER")]))
    assert report.conlleval["micro"]["f1"] == 1.0
    assert report.strict["micro"] == {"precision": 0.0, "recall": 0.0, "f1": 0.0}
    assert report.strict["labels"]["PER"]["support"] == 0
    assert "conlleval: the same" not in format_report(report)


def test_seen_and_unseen_entities_are_scored_apart():
    known = known_entities([sentence("北京人", (0, 2, "LOC")), sentence("ＮＢＡ", (0, 3, "ORG"))])
    assert known == {("北京", "LOC"), ("NBA", "ORG")}
    report = report_on(
        (sentence("北京和上海", (0, 2, "LOC"), (3, 5, "LOC")), [(0, 2, "LOC")]),
        (sentence("NBA", (0, 3, "ORG")), [(0, 3, "ORG")]),
        (sentence("北京", (0, 2, "ORG")), []),  # known with another label: unseen
        (sentence("天津"), [(0, 2, "LOC")]),
        known=known,
    )
    assert report.seen["micro"] == {"precision": 1.0, "recall": 1.0, "f1": 1.0}
    assert report.unseen["micro"] == {"precision": 0.0, "recall": 0.0, "f1": 0.0}
    assert {label: row["support"] for label, row in report.seen["labels"].items()} == {"LOC": 1, "ORG": 1}
    assert {label: row["support"] for label, row in report.unseen["labels"].items()} == {"LOC": 1, "ORG": 1}
    assert set(report.to_json()) >= {"seen", "unseen"}


def test_no_sentences_give_zeros():
    report = report_on()
    assert report.strict["micro"]["f1"] == 0.0
    assert report.strict["labels"] == {}
    assert (report.sentences, report.characters) == (0, 0)


def test_tables_for_people():
    given = sentence("小明到了北京", (0, 2, "PER"), (4, 6, "LOC"), line=7)
    pair = (given, [(0, 2, "PER", 0.9), (4, 6, "ORG", 0.4)])
    text = format_report(report_on(pair, known={("小明", "PER")}, errors=ErrorAnalysis(max_examples=1)))
    blocks = [block.splitlines()[0] for block in text.split("\n\n")]
    assert blocks == [
        "1 sentences, 6 characters",
        "strict",
        "conlleval: the same",
        "entities that stand in training",
        "entities that do not",
        "mistake             count",
        "expected (down), got (across)",
        "calibration of the scores",
        "test.bio:7: 小明到了北京",
    ]
    assert "label: expected [北京]LOC, got [北京]ORG" in text
