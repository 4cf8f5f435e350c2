"""Documents to sentences: what tags cannot hold is resolved by a rule, and nothing else moves."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.tags.schemes import EntitySpan, spans_from_tags
from model.text import LINE_BREAKS, is_invisible
from training.corpus.errors import CorpusError
from training.corpus.tally import Tally
from training.formats.documents import Document, Span
from training.formats.resolution import flat_spans, sentences_of

CHARS = st.sampled_from("小明去北京大学AB1 \n\u3000\u200b😀。\r\u2028")


@st.composite
def documents(draw: st.DrawFn) -> Document:
    text = draw(st.text(CHARS, max_size=20))
    spans = []
    for _ in range(draw(st.integers(0, 4))):
        bounds = sorted(draw(st.lists(st.integers(0, len(text)), min_size=2, max_size=6)))
        parts = tuple(zip(bounds[::2], bounds[1::2], strict=False))
        spans.append(Span(draw(st.sampled_from(["PER", "LOC"])), parts))
    return Document(text, tuple(spans))


@given(documents())
def test_whatever_is_annotated_becomes_sentences(document: Document) -> None:
    sentences = list(sentences_of(document, Tally()))
    lines = "".join("\n" if char in LINE_BREAKS else char for char in document.text).split("\n")
    assert [one.text for one in sentences] == [line for line in lines if not all(map(is_invisible, line))]
    for sentence in sentences:
        for start, end, _ in spans_from_tags(sentence.tags):
            assert not is_invisible(sentence.text[start])
            assert not is_invisible(sentence.text[end - 1])


@given(documents())
def test_flat_spans_lie_inside_of_those_annotated_and_apart(document: Document) -> None:
    spans = flat_spans(document, Tally())
    for span in spans:
        assert any(
            span.label == one.label and one.start <= span.start < span.end <= one.end
            for one in document.spans
        )
    assert all(before.end <= after.start for before, after in pairwise(spans))


@given(documents())
def test_what_needs_no_resolution_is_not_touched(document: Document) -> None:
    tally = Tally()
    spans = flat_spans(document, tally)
    if not tally.notes():
        given_spans = sorted(EntitySpan(one.start, one.end, one.label) for one in document.spans)
        assert spans == given_spans


@pytest.mark.parametrize(
    ("text", "spans", "kept", "note"),
    [
        ("北京大学", [("LOC", (0, 2)), ("ORG", (0, 4))], ["ORG 北京大学"], "1 entity overlaps another"),
        ("北京大学", [("LOC", (0, 2)), ("ORG", (0, 2))], ["LOC 北京"], "1 entity overlaps another"),
        ("北京大学", [("A", (0, 3)), ("B", (2, 4)), ("C", (3, 4))], ["A 北京大", "C 学"], "1 entity overlaps another"),
        ("北京和上海大学", [("ORG", (0, 2), (5, 7))], ["ORG 北京"], "1 entity is in several parts"),
        ("北京 \n大学", [("ORG", (0, 2), (4, 6))], ["ORG 北京"], "1 entity runs across a line break"),
        ("北 \n京大学", [("ORG", (0, 6))], ["ORG 京大学"], "1 entity runs across a line break"),
        ("北京 大学", [("ORG", (0, 2), (3, 5))], ["ORG 北京 大学"], ""),
    ],
)  # fmt: skip
def test_the_longest_is_kept_or_the_first_is_an_error(
    text: str, spans: list[tuple[Any, ...]], kept: list[str], note: str
) -> None:
    document = Document(
        text, tuple(Span(label, parts) for label, *parts in map(list, spans)), where="a.ann:1"
    )
    document = Document(text, tuple(Span(label, tuple(parts)) for label, *parts in spans), where="a.ann:1")
    tally = Tally()
    found = [
        f"{span.label} {sentence.text[span.start : span.end]}"
        for sentence in sentences_of(document, tally)
        for span in spans_from_tags(sentence.tags)
    ]
    assert found == kept
    assert any(note in said for said in tally.notes()) or not note
    if note:
        finding = note.removeprefix("1 ")
        with pytest.raises(
            CorpusError, match=f"a.ann:1: expected entities that one tag .*: an {finding}; mend it"
        ):
            list(sentences_of(document, Tally(), "error"))
