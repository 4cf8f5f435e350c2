"""What is decoded as one: a sentence, or an overlapping stretch of an endless one.

    texts --split_sentences--> pieces --> stretches --> blocks of bounded size --> shares, one per thread
                                                                                   --> (emissions, decoding)

A block bounds memory: emissions never stand for more than a block, however long the texts are.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple

from model.text import split_sentences

# A piece longer than this has no full stop, comma or space for pages: it is no sentence.
STRETCH_CHARS = 8192
# What a stretch sees of its neighbours; far more than any entity is long.
OVERLAP_CHARS = 256
# About 2 MB of emissions at 13 tags.
BLOCK_CHARS = 32_768
# Less than this is done sooner alone than shared.
SHARE_CHARS = 64


class Stretch(NamedTuple):
    """Characters start to end of a text are decoded; entities that start in the core are kept."""

    text: int
    start: int
    end: int
    core_start: int
    core_end: int


def cut_stretches(texts: Sequence[str], max_chars: int) -> Iterator[Stretch]:
    """Yield the stretches of every text in order; their cores joined are the texts.

    >>> [stretch[1:3] for stretch in cut_stretches(["小明来了。他走了。"], max_chars=100)]
    [(0, 5), (5, 9)]
    """
    for index, text in enumerate(texts):
        for start, end in split_sentences(text, max_chars):
            # So long that a stretch of a text, cut again by itself, is one stretch.
            if end - start <= STRETCH_CHARS + 2 * OVERLAP_CHARS:
                yield Stretch(index, start, end, start, end)
                continue
            for core_start in range(start, end, STRETCH_CHARS):
                core_end = min(core_start + STRETCH_CHARS, end)
                seen = max(core_start - OVERLAP_CHARS, start), min(core_end + OVERLAP_CHARS, end)
                yield Stretch(index, *seen, core_start, core_end)


def block_stretches(stretches: Iterable[Stretch]) -> Iterator[list[Stretch]]:
    """Yield consecutive stretches, at most BLOCK_CHARS characters a block."""
    block: list[Stretch] = []
    chars = 0
    for stretch in stretches:
        length = stretch.end - stretch.start
        if block and chars + length > BLOCK_CHARS:
            yield block
            block, chars = [], 0
        block.append(stretch)
        chars += length
    if block:
        yield block


def share_block(block: Sequence[Stretch], count: int) -> Iterator[Sequence[Stretch]]:
    """Yield a block as up to `count` runs of stretches with about as many characters each.

    >>> block = [Stretch(text, 0, length, 0, length) for text, length in enumerate([90, 40, 40, 10])]
    >>> [[stretch.end for stretch in share] for share in share_block(block, 2)]
    [[90], [40, 40, 10]]
    """
    ends = list(accumulate(stretch.end - stretch.start for stretch in block))
    count = min(count, max(1, ends[-1] // SHARE_CHARS))
    start = 0
    for share in range(1, count + 1):
        end = bisect_right(ends, ends[-1] * share / count)
        if end > start:
            yield block[start:end]
            start = end
