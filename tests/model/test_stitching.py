"""What is found in chunks, put together, is what the whole text holds."""

import math
import re
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.chunks import Chunk, cut_chunks
from model.stitching import ChunkTagging, Stitching
from model.tags.schemes import EntitySpan, spans_from_tags

TEXTS = st.lists(st.text(st.sampled_from("AB在去。，\n😀"), max_size=60), max_size=4)


def capitals(text: str, offset: int = 0) -> list[EntitySpan]:
    """Return every run of capital letters as a person."""
    return [EntitySpan(m.start() + offset, m.end() + offset, "PER") for m in re.finditer("[A-Z]+", text)]


def found_in(chunk: Chunk) -> ChunkTagging:
    return ChunkTagging([(span, 0.5) for span in capitals(chunk.source, chunk.start)], 1, [])


def chunk(start: int, end: int) -> Chunk:
    return Chunk(0, start, end, start, end, "", "")


@given(texts=TEXTS)
def test_entities_of_chunks_are_those_of_the_texts(texts: list[str]) -> None:
    stitching, chunks = Stitching(texts), list(cut_chunks(texts, 20))
    for one in chunks:
        stitching.add(one, found_in(one))
    for index, (text, tagging) in enumerate(zip(texts, stitching.finish(tags=True), strict=True)):
        assert [entity.span for entity in tagging.entities] == capitals(text)
        assert [entity.text for entity in tagging.entities] == re.findall("[A-Z]+", text)
        assert tagging.unknown_chars == sum(one.text == index for one in chunks)
        assert spans_from_tags(tagging.tags or []) == capitals(text)
        assert tagging.nbest is None


def test_where_two_chunks_see_an_overlap_the_first_one_wins() -> None:
    stitching = Stitching(["甲乙丙丁"])
    stitching.add(chunk(0, 2), ChunkTagging([(EntitySpan(1, 3, "PER"), 0.9)], 0, []))
    stitching.add(
        chunk(2, 4), ChunkTagging([(EntitySpan(2, 4, "LOC"), 0.8), (EntitySpan(3, 4, "ORG"), 0.7)], 0, [])
    )
    (tagging,) = stitching.finish()
    assert tagging.entities == [(1, 3, "乙丙", "PER", 0.9), (3, 4, "丁", "ORG", 0.7)]


@pytest.mark.parametrize("count", [1, 2, 3, 7, 20])
def test_nbest_are_the_most_probable_products_of_the_chunks_taggings(count: int) -> None:
    chunks = [
        [([EntitySpan(0, 1, "PER")], 0.7), ([], 0.2), ([EntitySpan(0, 2, "LOC")], 0.05)],
        [([EntitySpan(2, 4, "ORG")], 0.6), ([EntitySpan(3, 4, "ORG")], 0.31)],
        [([], 0.5), ([EntitySpan(4, 5, "LOC")], 0.45)],
    ]
    stitching = Stitching(["一二三四五"], count)
    for start, taggings in zip((0, 2, 4), chunks, strict=True):
        logs = [(spans, math.log(probability)) for spans, probability in taggings]
        stitching.add(chunk(start, start + 2), ChunkTagging([], 0, logs[:count]))
    (tagging,) = stitching.finish()
    every = [
        ([span for spans, _ in chosen for span in spans], math.prod(p for _, p in chosen))
        for chosen in product(*chunks)
    ]
    best = sorted(every, key=lambda pair: -pair[1])[:count]
    assert tagging.nbest is not None
    assert [entities for entities, _ in tagging.nbest] == [spans for spans, _ in best]
    assert [p for _, p in tagging.nbest] == pytest.approx([p for _, p in best])


def test_a_text_without_chunks_has_nothing_for_certain() -> None:
    (tagging,) = Stitching([""], nbest=3).finish(tags=True)
    assert (tagging.entities, tagging.tags, tagging.nbest) == ([], [], [([], 1.0)])
