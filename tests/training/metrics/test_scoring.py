import warnings

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from seqeval.metrics import classification_report
from seqeval.scheme import IOB2

from model.tags.tag_set import EntitySpan, spans_from_tags
from training.metrics.scoring import SpanCounts, format_scores, score, strict_spans

LABELS = ("LOC", "ORG", "PER")
TAGS = ("O", *(f"{prefix}-{label}" for label in LABELS for prefix in "BI"))


@st.composite
def tagged_corpora(draw):
    """Two taggings of the same sentences, any tag anywhere."""
    lengths = draw(st.lists(st.integers(1, 12), min_size=1, max_size=6))
    tagging = st.tuples(*(st.lists(st.sampled_from(TAGS), min_size=n, max_size=n) for n in lengths))
    return draw(tagging), draw(tagging)


def seqeval_scores(gold, predicted, **mode):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        report = classification_report(list(gold), list(predicted), output_dict=True, zero_division=0, **mode)
    names = {"precision": "precision", "recall": "recall", "f1-score": "f1", "support": "support"}
    rows = {label: {names[k]: float(v) for k, v in row.items()} for label, row in report.items()}
    averages = {average: rows.pop(f"{average} avg") for average in ("micro", "macro", "weighted")}
    for average in averages.values():
        del average["support"]
    return {"micro": averages["micro"], "macro": averages["macro"], "labels": rows}


@pytest.mark.parametrize(
    ("read", "mode"),
    [(strict_spans, {"mode": "strict", "scheme": IOB2}), (spans_from_tags, {})],
    ids=["strict", "conlleval"],
)
@settings(max_examples=150, deadline=None)
@given(corpora=tagged_corpora())
def test_scores_are_those_of_seqeval(read, mode, corpora):
    gold, predicted = corpora
    spans = [[read(tags) for tags in tagging] for tagging in corpora]
    scores = score(*spans)
    if not scores["labels"]:  # seqeval's macro rates of no entity at all are not numbers
        assert scores["micro"] == scores["macro"] == {"precision": 0.0, "recall": 0.0, "f1": 0.0}
        return
    expected = seqeval_scores(gold, predicted, **mode)
    assert list(scores["labels"]) == list(expected["labels"])
    for average in ("micro", "macro"):
        assert scores[average] == pytest.approx(expected[average])
    for label, rates in scores["labels"].items():
        assert rates == pytest.approx(expected["labels"][label])


@pytest.mark.parametrize(
    ("tags", "strict", "conlleval"),
    [
        ("B-PER I-PER O", [(0, 2, "PER")], [(0, 2, "PER")]),
        ("B-PER B-PER", [(0, 1, "PER"), (1, 2, "PER")], [(0, 1, "PER"), (1, 2, "PER")]),
        ("I-PER I-PER", [], [(0, 2, "PER")]),
        ("O I-LOC B-LOC", [(2, 3, "LOC")], [(1, 2, "LOC"), (2, 3, "LOC")]),
        ("B-PER I-LOC I-LOC", [(0, 1, "PER")], [(0, 1, "PER"), (1, 3, "LOC")]),
        ("B-PER I-LOC I-PER", [(0, 1, "PER")], [(0, 1, "PER"), (1, 2, "LOC"), (2, 3, "PER")]),
        ("O O", [], []),
        ("", [], []),
    ],
)
def test_two_readings_of_gold_tags(tags, strict, conlleval):
    assert strict_spans(tags.split()) == strict
    assert spans_from_tags(tags.split()) == conlleval


def test_scores_by_hand():
    gold = [
        [EntitySpan(0, 2, "PER"), EntitySpan(4, 6, "LOC")],
        [EntitySpan(0, 3, "PER")],
        [EntitySpan(1, 2, "ORG")],
    ]
    predicted = [
        [EntitySpan(0, 2, "PER"), EntitySpan(4, 7, "LOC")],  # one right, one too long
        [EntitySpan(0, 3, "LOC")],  # wrong label
        [],  # missed
    ]
    nothing = {"precision": 0.0, "recall": 0.0, "f1": 0.0}
    assert score(gold, predicted) == {
        "micro": {"precision": 1 / 3, "recall": 1 / 4, "f1": 2 / 7},
        "macro": {"precision": 1 / 3, "recall": pytest.approx(1 / 6), "f1": pytest.approx(2 / 9)},
        "labels": {
            "LOC": {**nothing, "support": 1},
            "ORG": {**nothing, "support": 1},
            "PER": {"precision": 1.0, "recall": 0.5, "f1": 2 / 3, "support": 2},
        },
    }


@pytest.mark.parametrize(
    ("gold", "predicted", "rates"),
    [
        ([], [], None),
        ([(0, 1, "PER")], [], (0.0, 0.0, 0.0, 1)),
        ([], [(0, 1, "PER")], (0.0, 0.0, 0.0, 0)),
        ([(0, 1, "PER")], [(1, 2, "PER")], (0.0, 0.0, 0.0, 1)),
        ([(0, 1, "PER")], [(0, 1, "PER")], (1.0, 1.0, 1.0, 1)),
    ],
)
def test_a_share_of_nothing_is_zero(gold, predicted, rates):
    scores = score([[EntitySpan(*span) for span in gold]], [[EntitySpan(*span) for span in predicted]])
    if rates is None:
        assert scores["labels"] == {}
        assert scores["micro"] == scores["macro"] == {"precision": 0.0, "recall": 0.0, "f1": 0.0}
    else:
        expected = dict(zip(("precision", "recall", "f1", "support"), rates, strict=True))
        assert scores["labels"] == {"PER": expected}


def test_a_span_counts_once_however_often_it_is_given():
    span = EntitySpan(0, 1, "PER")
    assert score([[span]], [[span, span]])["micro"]["precision"] == 1.0


def test_equal_spans_of_different_sentences_are_different():
    span = EntitySpan(0, 1, "PER")
    assert score([[span], []], [[], [span]])["micro"]["f1"] == 0.0


def test_more_sentences_on_one_side_are_an_error():
    with pytest.raises(ValueError, match="shorter"):
        score([[], []], [[]])


def test_sentences_may_be_counted_one_by_one():
    gold, predicted = [[EntitySpan(0, 1, "PER")], []], [[EntitySpan(0, 1, "PER")], [EntitySpan(0, 1, "LOC")]]
    counts = SpanCounts()
    for pair in zip(gold, predicted, strict=True):
        counts.add(*pair)
    assert counts.scores() == score(gold, predicted)


def test_table_for_people():
    gold = [[EntitySpan(0, 2, "PER"), EntitySpan(3, 5, "LOC"), EntitySpan(6, 7, "LOC")]]
    predicted = [[EntitySpan(0, 2, "PER"), EntitySpan(3, 5, "LOC")]]
    assert format_scores(score(gold, predicted)).split("\n") == [
        "label  precision   recall       F1  entities",
        "LOC      100.00%   50.00%   66.67%         2",
        "PER      100.00%  100.00%  100.00%         1",
        "micro    100.00%   66.67%   80.00%         3",
        "macro    100.00%   75.00%   83.33%         3",
    ]
