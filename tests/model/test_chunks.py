"""Stretches cover every text once; blocks stay within their bound."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model import chunks as stretches
from model.chunks import SHARE_CHARS, Stretch, block_stretches, cut_stretches, share_block

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
    for text, start, end, core_start, core_end in cut_stretches(texts, 100):
        assert 0 <= start <= core_start < core_end <= end <= len(texts[text])
        rebuilt[text] += texts[text][core_start:core_end]
    assert rebuilt == texts


@given(texts=TEXTS)
def test_a_stretch_cut_again_is_one_stretch(texts: list[str]) -> None:
    for text, start, end, _, _ in cut_stretches(texts, 100):
        length = end - start
        assert list(cut_stretches([texts[text][start:end]], 100)) == [Stretch(0, 0, length, 0, length)]


@given(texts=TEXTS)
def test_blocks_joined_are_the_stretches(texts: list[str]) -> None:
    cut = list(cut_stretches(texts, 100))
    blocks = list(block_stretches(cut))
    assert [stretch for block in blocks for stretch in block] == cut
    assert all(block for block in blocks)
    for block in blocks:
        assert sum(stretch.end - stretch.start for stretch in block) <= stretches.BLOCK_CHARS


@pytest.mark.parametrize(
    ("chars", "expected"),
    [
        (8192 + 512, [(0, 8704, 0, 8704)]),
        (8192 + 513, [(0, 8448, 0, 8192), (7936, 8705, 8192, 8705)]),
    ],
)
def test_piece_without_an_end_is_decoded_in_overlapping_stretches(
    chars: int, expected: list[tuple[int, int, int, int]]
) -> None:
    assert [stretch[1:] for stretch in cut_stretches(["啊" * chars], 100)] == expected


@given(lengths=st.lists(st.integers(1, 300), min_size=1), count=st.integers(1, 9))
def test_shares_joined_are_the_block_and_none_is_far_above_the_mean(lengths: list[int], count: int) -> None:
    block = [Stretch(text, 0, length, 0, length) for text, length in enumerate(lengths)]
    shares = list(share_block(block, count))
    assert [stretch for share in shares for stretch in share] == block
    assert len(shares) <= count
    sizes = [sum(stretch.end for stretch in share) for share in shares]
    assert max(sizes) <= max(sum(lengths) / count, 2 * SHARE_CHARS) + max(lengths)


def test_what_is_short_is_not_shared() -> None:
    block = [Stretch(text, 0, 10, 0, 10) for text in range(SHARE_CHARS // 10)]
    assert list(share_block(block, 8)) == [block]
