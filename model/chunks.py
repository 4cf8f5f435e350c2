"""Texts cut into chunks: what is decoded as one, a sentence or an overlapping part of an endless one.

    texts --cut_chunks--> chunks --block_chunks--> blocks of bounded size --share_block--> shares, one per thread

A text is normalised and cut here, once. A block bounds memory: emissions never stand for more than a block, however
long the texts are.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple

from model.text import normalise, split_normalised

# A piece longer than this has no full stop, comma or space for pages: it is no sentence.
CHUNK_CHARS = 8192
# What a chunk sees of its neighbours in such a piece; far more than any entity is long.
CONTEXT_CHARS = 256
# About 2 MB of emissions at 13 tags.
BLOCK_CHARS = 32_768
# Less than this is done sooner alone than shared.
SHARE_CHARS = 64


class Chunk(NamedTuple):
    """Characters start to end of a text are decoded; entities that start in the core are kept."""

    text: int  # which of the texts
    start: int
    end: int
    core_start: int
    core_end: int
    source: str  # the characters as given
    plain: str  # and normalised


def cut_chunks(texts: Iterable[str], max_chars: int) -> Iterator[Chunk]:
    """Yield the chunks of every text in order; their cores joined are the texts.

    max_chars: that of `model.text.split_sentences`.

    >>> [chunk.source for chunk in cut_chunks(["小明来了。他走了。"], max_chars=100)]
    ['小明来了。', '他走了。']
    """
    for index, text in enumerate(texts):
        plain = normalise(text)
        for start, end in split_normalised(plain, max_chars):
            # So long that a chunk, cut again by itself, is one chunk.
            if end - start <= CHUNK_CHARS + 2 * CONTEXT_CHARS:
                yield Chunk(index, start, end, start, end, text[start:end], plain[start:end])
                continue
            for core_start in range(start, end, CHUNK_CHARS):
                core_end = min(core_start + CHUNK_CHARS, end)
                first, last = max(core_start - CONTEXT_CHARS, start), min(core_end + CONTEXT_CHARS, end)
                yield Chunk(index, first, last, core_start, core_end, text[first:last], plain[first:last])


def block_chunks(chunks: Iterable[Chunk]) -> Iterator[list[Chunk]]:
    """Yield consecutive chunks, at most BLOCK_CHARS characters a block."""
    block: list[Chunk] = []
    chars = 0
    for chunk in chunks:
        length = chunk.end - chunk.start
        if block and chars + length > BLOCK_CHARS:
            yield block
            block, chars = [], 0
        block.append(chunk)
        chars += length
    if block:
        yield block


def share_block(block: Sequence[Chunk], count: int) -> Iterator[Sequence[Chunk]]:
    """Yield a block as up to `count` runs of chunks with about as many characters each.

    >>> block = list(cut_chunks(["年" * 90, "月" * 40, "日" * 40, "时" * 10], max_chars=100))
    >>> [[chunk.end for chunk in share] for share in share_block(block, 2)]
    [[90], [40, 40, 10]]
    """
    ends = list(accumulate(chunk.end - chunk.start for chunk in block))
    count = min(count, max(1, ends[-1] // SHARE_CHARS))
    start = 0
    for share in range(1, count + 1):
        end = bisect_right(ends, ends[-1] * share / count)
        if end > start:
            yield block[start:end]
            start = end
