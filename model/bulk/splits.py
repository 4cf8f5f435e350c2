"""Inputs cut into splits: at bytes where lines are read, which a line may cross, or at row groups.

A line belongs to the split in which its first byte lies. So the cut needs no look at the file, and each line is in one
split. What is packed (.gz, .zst) is one split.
"""

import os
from collections.abc import Callable, Iterator, Sequence

from model.bulk.job import BulkError, Input, Options, Split

# A split is some minutes of work: what a dead worker costs, and what is left when all others have ended.
MAX_SPLIT_BYTES = 64 << 20
# Below this, a worker would do little but start.
MIN_SPLIT_BYTES = 4 << 20
SPLITS = 64

RowGroups = Callable[[Input, Options], list[int]]

ENDINGS = {"jsonl": ".jsonl", "parquet": ".parquet", "inline": ".txt", "bio": ".bio"}


def cut_splits(inputs: Sequence[Input], options: Options, row_groups: RowGroups) -> list[Split]:
    """Return the splits of all inputs, in order.

    row_groups: what returns the bytes of each row group of a Parquet file. Raises BulkError where two inputs would have
    one output.
    """
    most = split_bytes(sum(given.size for given in inputs), options.split_mb)
    splits: list[Split] = []
    for given in inputs:
        bounds = _bounds(given, most, options, row_groups)
        parts = len(bounds)
        for part, (start, end) in enumerate(bounds):
            splits.append(Split(len(splits), given, start, end, output_name(given, options, part, parts)))
    _check_names(splits)
    return splits


def split_bytes(total: int, split_mb: float | None) -> int:
    """Return the most bytes of a split: small inputs are cut so that several workers have something to do.

    >>> [split_bytes(total, None) >> 20 for total in (0, 1 << 30, 1 << 40)]
    [4, 16, 64]
    """
    if split_mb is not None:
        return max(1, int(split_mb * (1 << 20)))
    return min(max(total // SPLITS, MIN_SPLIT_BYTES), MAX_SPLIT_BYTES)


def output_name(given: Input, options: Options, part: int, parts: int) -> str:
    """Return what the output of a part is called in TARGET; in order of names the parts are the file.

    >>> text = Input("", "news/a.txt.gz", 0, 0, "text", "gz")
    >>> output_name(text, Options(), 0, 1), output_name(text, Options(compress="none", to="inline"), 1, 3)
    ('news/a.txt.jsonl.gz', 'news/a-00001-of-00003.txt')
    """
    form = form_of(given, options)
    name = os.path.splitext(given.name)[0] if given.packed else given.name
    name = name.removesuffix(ENDINGS[form])
    counted = f"-{part:05}-of-{parts:05}" if parts > 1 else ""
    packed = packing_of(given, options)
    return f"{name}{counted}{ENDINGS[form]}" + (f".{packed}" if packed else "")


def form_of(given: Input, options: Options) -> str:
    """Return the form of an input's output."""
    return options.to or ("parquet" if given.kind == "parquet" else "jsonl")


def packing_of(given: Input, options: Options) -> str:
    """Return how an input's output is packed: "", "gz" or "zst". Parquet packs its own pages."""
    if form_of(given, options) == "parquet":
        return ""
    return given.packed if options.compress is None else options.compress.replace("none", "")


def _bounds(given: Input, most: int, options: Options, row_groups: RowGroups) -> list[tuple[int, int]]:
    if given.kind == "parquet":
        return list(_groups(row_groups(given, options), most))
    if given.packed:
        return [(0, given.size)]
    parts = max(1, -(-given.size // most))
    return [(given.size * part // parts, given.size * (part + 1) // parts) for part in range(parts)]


def _groups(sizes: Sequence[int], most: int) -> Iterator[tuple[int, int]]:
    """Yield runs of row groups of at most `most` bytes, each of one at least; one empty run for an empty file.

    >>> list(_groups([30, 30, 50, 90], 64)), list(_groups([], 64))
    ([(0, 2), (2, 3), (3, 4)], [(0, 0)])
    """
    start = size = 0
    for index, of_group in enumerate(sizes):
        if index > start and size + of_group > most:
            yield start, index
            start, size = index, 0
        size += of_group
    yield start, len(sizes)


def _check_names(splits: Sequence[Split]) -> None:
    owners: dict[str, str] = {}
    for split in splits:
        other = owners.setdefault(split.output, split.input.name)
        if other != split.input.name:
            raise BulkError(
                f"{split.input.name}: expected an output of its own, got {split.output!r}, which {other} has too;"
                " rename one, or tag them into two folders"
            )
