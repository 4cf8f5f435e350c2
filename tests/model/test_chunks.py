"""Chunks cover every text once; blocks stay within their bound."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.chunks import BLOCK_CHARS, SHARE_CHARS, Chunk, block_chunks, cut_chunks, share_block
from model.text import normalise

# Long runs without a mark to cut at, between ordinary sentences.
TEXTS = st.lists(
    st.lists(st.one_of(st.just("小明。"), st.integers(1, 25_000).map(lambda n: "啊" * n)), max_size=3).map(
        "".join
    ),
    max_size=4,
)


@given(texts=TEXTS)
def test_cores_joined_are_the_texts(texts: list[str]) -> None:
    rebuilt = [""] * len(texts)
    for text, start, end, core_start, core_end, _, _ in cut_chunks(texts, 100):
        assert 0 <= start <= core_start < core_end <= end <= len(texts[text])
        rebuilt[text] += texts[text][core_start:core_end]
    assert rebuilt == texts


@given(texts=st.lists(st.text(max_size=200), max_size=4))
def test_a_chunk_holds_its_characters_as_given_and_normalised(texts: list[str]) -> None:
    for chunk in cut_chunks(texts, 10):
        assert chunk.source == texts[chunk.text][chunk.start : chunk.end]
        assert chunk.plain == normalise(chunk.source)


@given(texts=TEXTS)
def test_a_chunk_cut_again_is_one_chunk(texts: list[str]) -> None:
    for chunk in cut_chunks(texts, 100):
        length = chunk.end - chunk.start
        again = chunk._replace(text=0, start=0, end=length, core_start=0, core_end=length)
        assert list(cut_chunks([chunk.source], 100)) == [again]


@given(texts=TEXTS)
def test_blocks_joined_are_the_chunks(texts: list[str]) -> None:
    cut = list(cut_chunks(texts, 100))
    blocks = list(block_chunks(cut))
    assert [chunk for block in blocks for chunk in block] == cut
    assert all(block for block in blocks)
    for block in blocks:
        assert sum(chunk.end - chunk.start for chunk in block) <= BLOCK_CHARS


@pytest.mark.parametrize(
    ("chars", "expected"),
    [
        (8192 + 512, [(0, 8704, 0, 8704)]),
        (8192 + 513, [(0, 8448, 0, 8192), (7936, 8705, 8192, 8705)]),
    ],
)
def test_piece_without_an_end_is_decoded_in_overlapping_chunks(
    chars: int, expected: list[tuple[int, int, int, int]]
) -> None:
    assert [chunk[1:5] for chunk in cut_chunks(["啊" * chars], 100)] == expected


@given(lengths=st.lists(st.integers(1, 300), min_size=1), count=st.integers(1, 9))
def test_shares_joined_are_the_block_and_none_is_far_above_the_mean(lengths: list[int], count: int) -> None:
    block = [chunk_of(length) for length in lengths]
    shares = list(share_block(block, count))
    assert [chunk for share in shares for chunk in share] == block
    assert len(shares) <= count
    sizes = [sum(chunk.end for chunk in share) for share in shares]
    assert max(sizes) <= max(sum(lengths) / count, 2 * SHARE_CHARS) + max(lengths)


def test_what_is_short_is_not_shared() -> None:
    block = [chunk_of(10)] * (SHARE_CHARS // 10)
    assert list(share_block(block, 8)) == [block]


def chunk_of(length: int) -> Chunk:
    return Chunk(0, 0, length, 0, length, "啊" * length, "啊" * length)
