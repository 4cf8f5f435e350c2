from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.tags.tag_set import EntitySpan
from training.metrics.error_analysis import (
    KINDS,
    NONE,
    ErrorAnalysis,
    confused_labels,
    format_confusion,
    format_kinds,
    pair_spans,
)

spans = st.lists(
    st.builds(
        lambda start, length, label: EntitySpan(start, start + length, label),
        st.integers(0, 12),
        st.integers(1, 4),
        st.sampled_from(["LOC", "ORG", "PER"]),
    ),
    max_size=6,
)


@pytest.mark.parametrize(
    ("gold", "predicted", "kinds"),
    [
        ([(0, 4, "ORG")], [(0, 4, "ORG")], ["correct"]),
        ([(0, 4, "ORG")], [(0, 4, "LOC")], ["label"]),
        ([(0, 4, "ORG")], [(0, 2, "ORG")], ["boundary"]),
        ([(0, 4, "ORG")], [(0, 2, "LOC")], ["boundary and label"]),
        ([(0, 4, "ORG")], [], ["missed"]),
        ([], [(0, 4, "ORG")], ["invented"]),
        ([(0, 2, "ORG")], [(2, 4, "ORG")], ["missed", "invented"]),
        # One long span found as two: the larger part is its partner, the other is invented.
        ([(0, 5, "ORG")], [(0, 2, "ORG"), (2, 5, "ORG")], ["boundary", "invented"]),
        # Same label before larger overlap.
        ([(0, 5, "ORG")], [(0, 2, "ORG"), (2, 5, "LOC")], ["boundary", "invented"]),
        ([(0, 2, "LOC"), (2, 5, "ORG")], [(0, 5, "ORG")], ["boundary", "missed"]),
        ([], [], []),
    ],
)
def test_kinds_of_mistakes(gold, predicted, kinds):
    pairings = pair_spans([EntitySpan(*span) for span in gold], [EntitySpan(*span) for span in predicted])
    assert [pairing.kind for pairing in pairings] == kinds


@settings(max_examples=200, deadline=None)
@given(gold=spans, predicted=spans)
def test_every_span_has_exactly_one_kind(gold, predicted):
    pairings = list(pair_spans(gold, predicted))
    assert Counter(pairing.gold for pairing in pairings if pairing.gold) == Counter(set(gold))
    assert Counter(pairing.predicted for pairing in pairings if pairing.predicted) == Counter(set(predicted))
    assert sum(pairing.kind == "correct" for pairing in pairings) == len(set(gold) & set(predicted))
    assert {pairing.kind for pairing in pairings} <= {"correct", *KINDS}


def counted() -> ErrorAnalysis:
    analysis = ErrorAnalysis(max_examples=1)
    gold = [EntitySpan(0, 4, "ORG"), EntitySpan(5, 7, "LOC")]
    analysis.add(gold, [EntitySpan(0, 4, "LOC"), EntitySpan(5, 7, "LOC")], "北京大学在北京", "a.bio:1")
    analysis.add([EntitySpan(0, 2, "PER")], [], "小明", "a.bio:9")
    analysis.add([], [EntitySpan(0, 2, "PER")], "小明", "a.bio:12")
    return analysis


def test_examples_show_place_text_and_both_readings():
    assert counted().examples == [
        "a.bio:1: 北京大学在北京\n    label: expected [北京大学]ORG, got [北京大学]LOC"
    ]


def test_missing_partner_is_a_dash():
    analysis = ErrorAnalysis(max_examples=2)
    analysis.add([EntitySpan(0, 1, "PER")], [EntitySpan(1, 2, "LOC")], "小京", "a.bio:1")
    assert analysis.examples[0].splitlines()[1:] == [
        "    missed: expected [小]PER, got -",
        "    invented: expected -, got [京]LOC",
    ]


def test_no_examples_unless_asked_for():
    analysis = ErrorAnalysis()
    analysis.add([EntitySpan(0, 1, "PER")], [], "小", "a.bio:1")
    assert analysis.examples == []


@pytest.mark.parametrize(
    ("at", "start", "shown"),
    [
        (0, 0, "京" + "的" * 299 + "…"),
        (500, 420, "…" + "的" * 80 + "京" + "的" * 219 + "…"),
        (999, 700, "…" + "的" * 299 + "京"),
    ],
)
def test_of_a_long_sentence_the_part_around_its_first_mistake_is_shown(at: int, start: int, shown: str):
    analysis = ErrorAnalysis(max_examples=1)
    text = "的" * at + "京" + "的" * (999 - at)
    analysis.add([EntitySpan(at, at + 1, "LOC")], [], text, "a.bio:1")
    assert analysis.examples[0].splitlines() == [
        f"a.bio:1: characters {start} to {start + 300:,} of 1,000: {shown}",
        f"    missed at {at}: expected [京]LOC, got -",
    ]


def test_of_very_many_mistakes_and_very_long_names_the_first_are_shown():
    analysis = ErrorAnalysis(max_examples=1)
    gold = [EntitySpan(0, 400, "ORG"), *(EntitySpan(n, n + 1, "LOC") for n in range(400, 1400))]
    analysis.add(gold, [], "京" * 2000, "a.bio:1")
    first, *mistakes, last = analysis.examples[0].splitlines()
    assert first == f"a.bio:1: characters 0 to 300 of 2,000: {'京' * 300}…"
    assert mistakes[:2] == [
        f"    missed at 0: expected [{'京' * 60}…]ORG, got -",
        "    missed at 400: expected [京]LOC, got -",
    ]
    assert (len(mistakes), last) == (20, "    and 981 more")


def test_table_of_kinds():
    assert format_kinds(counted().kinds).splitlines() == [
        "mistake             count",
        "label                   1",
        "boundary                0",
        "boundary and label      0",
        "missed                  1",
        "invented                1",
    ]


def test_table_of_labels_taken_for_others():
    assert format_confusion(counted().confusion).splitlines() == [
        "           LOC     ORG     PER       -",
        "   LOC       1       0       0       0",
        "   ORG       1       0       0       0",
        "   PER       0       0       0       1",
        "     -       0       0       1       0",
    ]


def test_of_many_labels_the_most_frequent_are_shown() -> None:
    confusion = Counter({(f"L{number:05}", NONE): 1 + (number < 100) for number in range(10_000)})
    shown, left_out = confused_labels(confusion)
    assert (shown, left_out) == ([f"L{number:05}" for number in range(100)], 9_900)
    assert format_confusion(confusion).splitlines()[-1] == "and 9,900 rarer labels"
