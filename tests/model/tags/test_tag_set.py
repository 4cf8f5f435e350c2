import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from seqeval.metrics.sequence_labeling import get_entities

from model.tags.schemes import SchemeName
from model.tags.tag_set import EntitySpan, TagError, TagSet, spans_from_tags, tags_from_spans

SCHEMES: list[SchemeName] = ["BIO", "BIOES"]
TAGS = {scheme: TagSet(scheme, ("A", "B")).tags for scheme in SCHEMES}


@pytest.mark.parametrize(
    ("scheme", "expected"),
    [
        ("BIO", ("O", "B-A", "I-A", "B-B", "I-B")),
        ("BIOES", ("O", "B-A", "I-A", "E-A", "S-A", "B-B", "I-B", "E-B", "S-B")),
    ],
)
def test_tags_come_in_id_order(scheme: SchemeName, expected: tuple[str, ...]) -> None:
    assert TagSet(scheme, ("A", "B")).tags == expected


@pytest.mark.parametrize(
    ("tags", "spans"),
    [
        ("", []),
        ("O O", []),
        ("B-A", [(0, 1, "A")]),
        ("B-A I-A O B-B", [(0, 2, "A"), (3, 4, "B")]),
        ("B-A B-A", [(0, 1, "A"), (1, 2, "A")]),
        ("O I-A I-A", [(1, 3, "A")]),  # a stray I- opens
        ("I-A B-A I-A", [(0, 1, "A"), (1, 3, "A")]),  # IOB1
        ("B-A I-B", [(0, 1, "A"), (1, 2, "B")]),
        ("B-A I-A E-A S-A", [(0, 3, "A"), (3, 4, "A")]),
        ("B-A E-A E-A", [(0, 2, "A"), (2, 3, "A")]),
        ("S-A I-A", [(0, 1, "A"), (1, 2, "A")]),
        ("B-A O E-A", [(0, 1, "A"), (2, 3, "A")]),
        ("B-A M-A E-A S-A", [(0, 3, "A"), (3, 4, "A")]),  # BMES
        ("B-A M-A E-A W-A", [(0, 3, "A"), (3, 4, "A")]),  # BMEWO
        ("B-A I-A L-A U-A", [(0, 3, "A"), (3, 4, "A")]),  # BILOU
        ("B-LOC-1 I-LOC-1", [(0, 2, "LOC-1")]),
    ],
)
def test_spans_from_tags(tags: str, spans: list[tuple[int, int, str]]) -> None:
    assert spans_from_tags(tags.split()) == spans


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(TAGS["BIOES"]), max_size=12))
def test_spans_are_those_of_seqeval(tags: list[str]) -> None:
    expected = [(start, last + 1, label) for label, start, last in get_entities(tags)]
    assert spans_from_tags(tags) == expected


@pytest.mark.parametrize("tag", ["", "o", "X-A", "B", "B-", "-A", "A-B", "BA", "b-A"])
def test_a_tag_of_no_scheme_is_an_error(tag: str) -> None:
    with pytest.raises(TagError, match=f"tag 1: expected 'O' or B/.*, '-' and a label, got {tag!r}"):
        spans_from_tags(["O", tag])


@pytest.mark.parametrize(
    ("scheme", "expected"),
    [("BIO", "B-A B-A I-A O B-B I-B I-B"), ("BIOES", "S-A B-A E-A O B-B I-B E-B")],
)
def test_tags_from_spans(scheme: SchemeName, expected: str) -> None:
    spans = [EntitySpan(0, 1, "A"), EntitySpan(4, 7, "B"), EntitySpan(1, 3, "A")]
    assert tags_from_spans(spans, 7, scheme) == expected.split()


@pytest.mark.parametrize("scheme", SCHEMES)
def test_legal_is_what_spans_can_be_written_as(scheme: SchemeName) -> None:
    """A tag sequence is legal if it is what its own spans are written as; the tables must agree."""
    tag_set = TagSet(scheme, ("A", "B"))
    for length in (1, 2, 3):
        for ids in itertools.product(range(len(tag_set.tags)), repeat=length):
            tags = [tag_set.tags[tag_id] for tag_id in ids]
            legal = (
                tag_set.allowed_starts[ids[0]]
                and tag_set.allowed_ends[ids[-1]]
                and all(tag_set.allowed_transitions[pair] for pair in itertools.pairwise(ids))
            )
            assert legal == (tags_from_spans(spans_from_tags(tags), length, scheme) == tags), tags


@pytest.mark.parametrize("scheme", SCHEMES)
def test_continues_is_whether_two_tags_make_one_span(scheme: SchemeName) -> None:
    tag_set = TagSet(scheme, ("A", "B"))
    for before, after in np.ndindex(tag_set.continues.shape):
        spans = spans_from_tags([tag_set.tags[before], tag_set.tags[after]])
        assert tag_set.continues[before, after] == (spans[:1] == [(0, 2, spans[0].label)] if spans else False)


@pytest.mark.parametrize("scheme", SCHEMES)
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_ids_to_spans_and_back(scheme: SchemeName, data: st.DataObject) -> None:
    tag_set = TagSet(scheme, ("A", "B"))
    ids = data.draw(st.lists(st.integers(0, len(tag_set.tags) - 1), max_size=12))
    spans = tag_set.spans(ids)
    assert spans == spans_from_tags([tag_set.tags[tag_id] for tag_id in ids])
    assert tag_set.spans(tag_set.tag_ids(spans, len(ids))) == spans


@pytest.mark.parametrize("scheme", SCHEMES)
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_spans_of_many_sentences_are_those_of_each(scheme: SchemeName, data: st.DataObject) -> None:
    tag_set = TagSet(scheme, ("A", "B"))
    tag_id = st.integers(0, len(tag_set.tags) - 1)
    sentences = data.draw(st.lists(st.lists(tag_id, max_size=5), max_size=5))
    offsets = np.cumsum([0, *map(len, sentences)])
    arrays = tag_set.span_arrays(np.array(list(itertools.chain(*sentences)), np.int32), offsets)
    found = [(i, start, end, tag_set.labels[label]) for i, start, end, label in zip(*arrays, strict=True)]
    expected = [(i, *span) for i, ids in enumerate(sentences) for span in tag_set.spans(ids)]
    assert found == expected


def test_label_tags_are_first_middle_last_and_only() -> None:
    for scheme, expected in (("BIO", "B-B I-B I-B B-B"), ("BIOES", "B-B I-B E-B S-B")):
        tag_set = TagSet(scheme, ("A", "B"))
        assert [tag_set.tags[tag_id] for tag_id in tag_set.label_tags[1]] == expected.split()


def test_without_labels_there_is_only_outside() -> None:
    tag_set = TagSet("BIO", ())
    assert tag_set.tags == ("O",)
    assert tag_set.allowed_transitions.tolist() == [[True]]
    assert tag_set.label_tags.shape == (0, 4)
    assert tag_set.spans([0, 0]) == []


def test_tag_sets_with_the_same_labels_are_equal() -> None:
    assert TagSet("BIO", ("A",)) == TagSet("BIO", ("A",)) != TagSet("BIOES", ("A",))


def test_the_tables_cannot_be_written_to() -> None:
    tag_set = TagSet("BIO", ("A",))
    for table in (
        tag_set.allowed_transitions,
        tag_set.allowed_starts,
        tag_set.allowed_ends,
        tag_set.continues,
    ):
        with pytest.raises(ValueError, match="read-only"):
            table[0] = False


@pytest.mark.parametrize(
    ("spans", "message"),
    [
        ([(1, 1, "A")], "expected a label and a range within 0 to 3"),
        ([(2, 1, "A")], "expected a label and a range within 0 to 3"),
        ([(-1, 1, "A")], "expected a label and a range within 0 to 3"),
        ([(2, 4, "A")], "expected a label and a range within 0 to 3"),
        ([(0, 1, "")], "expected a label and a range within 0 to 3"),
        ([(0, 2, "A"), (1, 3, "A")], r"EntitySpan\(start=1, .*expected no overlap"),
        ([(0, 1, "C")], r"spans: expected labels \('A', 'B'\), got tags \['B-C'\]"),
    ],
)
def test_spans_that_do_not_fit_are_an_error(spans: list[tuple[int, int, str]], message: str) -> None:
    with pytest.raises(TagError, match=message):
        TagSet("BIO", ("A", "B")).tag_ids([EntitySpan(*span) for span in spans], 3)


@pytest.mark.parametrize(
    ("tag_ids", "offsets"),
    [([0, 3], [0, 2]), ([0, -1], [0, 2]), ([0, 0], [0, 3]), ([0, 0], [-1, 2]), ([0, 0], [0, 2, 1])],
)
def test_ids_and_offsets_out_of_range_are_an_error(tag_ids: list[int], offsets: list[int]) -> None:
    with pytest.raises(TagError, match="expected tag ids from 0 to 2 and rising offsets from 0 to 2, got"):
        TagSet("BIO", ("A",)).span_arrays(np.array(tag_ids, np.int32), np.array(offsets))


@pytest.mark.parametrize("labels", [("A", "A"), ("A", "")])
def test_labels_that_are_not_distinct_names_are_an_error(labels: tuple[str, ...]) -> None:
    with pytest.raises(TagError, match="labels: expected distinct names, none empty"):
        TagSet("BIO", labels)


def test_an_unknown_scheme_is_an_error() -> None:
    with pytest.raises(TagError, match=r"scheme: expected one of \['BIO', 'BIOES'\], got 'BMES'"):
        TagSet("BMES", ("A",))  # type: ignore[arg-type]
