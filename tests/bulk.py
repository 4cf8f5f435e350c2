"""Bulk runs in this process, for tests: no engine stands between."""

import io
import json
from collections.abc import Generator, Iterable
from pathlib import Path
from typing import Any

from model.bulk.driver import Engine, run_job
from model.bulk.inputs import find_inputs
from model.bulk.job import Job, Options, Outcome, Split
from model.bulk.rows.files import read_row_groups
from model.bulk.splits import cut_splits
from model.bulk.tagging import tag_split
from model.machine.hashing import file_sha256
from model.tagger import Tagger

SUFFIXES = (".jsonl", ".txt", ".bio", ".gz", ".zst", ".parquet")


def run_here(job: Job, splits: Iterable[Split]) -> Generator[Outcome | None, None, None]:
    """Yield what each split came to, tagged by this process."""
    for split in splits:
        yield tag_split(job, split)


def bulk(
    bundle: Path,
    source: Path | str,
    target: Path | str,
    engine: Engine = run_here,
    max_bad: int = 1000,
    words: Path | None = None,
    **options: Any,
) -> dict[str, Any]:
    """Return the summary of a run as the command line would start it."""
    if words:
        options = {"words_strength": 50.0, **options, "words": file_sha256(words)}
    shape = Options(runtime="onnx", **options)
    fingerprint = Tagger.load(bundle, "onnx", threads=1).fingerprint
    job = Job(str(bundle), fingerprint, str(target), shape, max_bad, words and str(words))
    return run_job(job, cut_splits(find_inputs(str(source)), shape, read_row_groups), engine, io.StringIO())


def files_of(target: Path) -> dict[str, bytes]:
    """Return the output files of a run by their names, in order: what `cat` would join."""
    paths = sorted(path for path in target.rglob("*") if path.is_file())
    return {
        str(path.relative_to(target)): path.read_bytes() for path in paths if path.name.endswith(SUFFIXES)
    }


def rows_of(target: Path) -> list[dict[str, Any]]:
    """Return all rows of JSON lines, file after file."""
    return [json.loads(line) for content in files_of(target).values() for line in content.splitlines()]


def all_names(target: Path) -> set[str]:
    """Return the names of everything in a folder."""
    return {str(path.relative_to(target)) for path in target.rglob("*")}
