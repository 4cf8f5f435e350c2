"""SOURCE to the files to tag: a file, a folder with all below it, or a pattern with *, ? and [...].

Files and folders whose name begins with "." or "_" are passed over where a folder or a pattern finds them.
"""

import os
import re
from collections.abc import Iterator
from functools import lru_cache

from model.bulk.job import BulkError, Input
from model.bulk.stores.base import Found, Store
from model.bulk.stores.choice import open_store

KINDS = {"jsonl": (".jsonl", ".ndjson", ".json"), "parquet": (".parquet", ".pq"), "text": ()}
PACKED = {".gz": "gz", ".zst": "zst"}

_MAGIC = re.compile("[*?[]")


def find_inputs(source: str, kind: str | None = None) -> list[Input]:
    """Return the files of `source`, in order of their names.

    kind: one of KINDS; None goes by the ending of each. Raises BulkError where there are none.
    """
    store = open_store(source)
    found = store.info(source)
    if found and not found.is_folder:
        return [_input(found, os.path.basename(source), kind)]
    base = source if found else _fixed(source)
    files = [(file, file.path[len(base.rstrip("/")) + 1 :]) for file in store.files(base)]
    if not found:
        files = [(file, name) for file, name in files if would_find(source, file.path)]
    inputs = [_input(file, name, kind) for file, name in files if not _hidden(name)]
    if not inputs:
        raise BulkError(f"{source}: expected a file, a folder of files or a pattern, got none; name another")
    return sorted(inputs, key=lambda given: given.name)


def would_find(source: str, path: str) -> bool:
    """Return whether `source` is a pattern of which this file is one. Raises BulkError for a pattern that is none.

    >>> [would_find("in/**/*.txt", path) for path in ("in/a.txt", "in/out/a.txt", "in/out/_a/b.txt", "out/a.txt")]
    [True, True, False, False]
    """
    base = f"{_fixed(source).rstrip('/')}/"
    if not _MAGIC.search(source) or not path.startswith(base):
        return False
    name = path.removeprefix(base)
    return not _hidden(name) and bool(_pattern(source, source.removeprefix(base)).fullmatch(name))


def check_unchanged(store: Store, given: Input) -> None:
    """Raise BulkError unless the file is what it was when the splits were cut."""
    now = store.info(given.path)
    if now is None or (now.size, now.modified) != (given.size, given.modified):
        changed = "none" if now is None else "one that has changed since"
        raise BulkError(f"{given.path}: expected the file as this run found it, got {changed}; start anew")


def _input(file: Found, name: str, kind: str | None) -> Input:
    stem, ending = os.path.splitext(name)
    packed = PACKED.get(ending.lower(), "")
    return Input(file.path, name, file.size, file.modified, kind or _kind(stem if packed else name), packed)


def _kind(name: str) -> str:
    return next((kind for kind, endings in KINDS.items() if name.lower().endswith(endings)), "text")


def _hidden(name: str) -> bool:
    return any(part.startswith((".", "_")) for part in name.split("/"))


def _fixed(pattern: str) -> str:
    """Return the folder that all files of a pattern are below.

    >>> _fixed("data/2026-*/news?.txt"), _fixed("/*.txt"), _fixed("s3://bucket/*/a.txt")
    ('data', '/', 's3://bucket')
    """
    parts = pattern.split("/")
    fixed = next((index for index, part in enumerate(parts) if _MAGIC.search(part)), len(parts) - 1)
    return "/".join(parts[:fixed]) or "/"


@lru_cache(maxsize=1)
def _pattern(source: str, pattern: str) -> "re.Pattern[str]":
    try:
        return _compile(pattern)
    except re.error as error:
        raise BulkError(f"{source}: expected a pattern of names, got {error.msg}; correct it") from error


def _compile(pattern: str) -> "re.Pattern[str]":
    """Return a pattern of files as a regular expression; only `**` crosses a folder's border.

    >>> [bool(_compile("**/a?.[tj]*").fullmatch(name)) for name in ("ab.txt", "x/y/ac.json", "x/a.txt")]
    [True, True, False]
    """
    return re.compile("".join(_pieces(pattern)), re.DOTALL)


def _pieces(pattern: str) -> Iterator[str]:
    for piece in re.findall(r"\*\*/|\*\*|\*|\?|\[!?\]?[^]]*\]|.", pattern, re.DOTALL):
        known = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
        if piece in known:
            yield known[piece]
        elif len(piece) > 2 and piece[0] == "[" and piece != "[!]":
            inner = re.sub(r"([\\\[&~|^])", r"\\\1", piece[1:-1].removeprefix("!"))
            yield ("[^" if piece[1] == "!" else "[") + inner + "]"
        else:
            yield re.escape(piece)
