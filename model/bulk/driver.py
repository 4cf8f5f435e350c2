"""A run from its beginning to its end: what is left to do is given to an engine, what comes back is counted.

inputs -> splits -> manifest (new, or the same) -> what has no record -> engine -> records -> _SUCCESS
"""

import os
from collections.abc import Callable, Generator, Iterable, Sequence
from typing import Any, TextIO

from model.bulk.inputs import would_find
from model.bulk.job import BulkError, Job, Outcome, Split
from model.bulk.manifest import RECORDS, begin, describe, finish, read_records, read_summary, sweep
from model.bulk.stores.base import TEMPORARY, join
from model.bulk.stores.choice import open_store
from model.bulk.tagging import check_bad
from model.bulk.tally import Tally
from model.machine.progress import BYTES, Progress

Engine = Callable[[Job, Iterable[Split]], Generator[Outcome | None, None, None]]


def run_job(job: Job, splits: Sequence[Split], engine: Engine, output: TextIO) -> dict[str, Any]:
    """Return the summary of a run that ended, now or before; `output` gets its progress.

    Raises BulkError, and what `tag_split` raises; the next run with the same job goes on.
    """
    begin(job.target, describe(job, splits))
    with open_store(job.target).held(job.target):
        return _run_held(job, splits, engine, output)


def _run_held(job: Job, splits: Sequence[Split], engine: Engine, output: TextIO) -> dict[str, Any]:
    sweep(job.target, TEMPORARY)
    summary = read_summary(job.target)
    if summary:
        sweep(job.target, RECORDS)
        output.write(f"{job.target}: done already\n")
        return summary
    tally = Tally(len(splits))
    tally.found(read_records(job.target))
    try:
        _run(job, [split for split in splits if split.index not in tally.done], engine, tally, output)
    finally:
        output.write(f"{tally.line()}\n")
    summary = {"bundle": job.fingerprint, **tally.summary()}
    finish(job.target, summary)
    return summary


def check_apart(source: str, target: str) -> None:
    """Raise BulkError where one lies in the other: a rerun would take its own output for input."""
    source, target = _real(source), _real(target)
    for inner, outer in ((source, target), (target, source)):
        if f"{inner.rstrip('/')}/".startswith(f"{outer.rstrip('/')}/"):
            raise BulkError(
                f"{target}: expected a folder apart from SOURCE, got {inner} in {outer}; name another"
            )


def check_not_found(source: str, target: str, splits: Sequence[Split]) -> None:
    """Raise BulkError where a pattern would take an output of this run, too, when the run is started again."""
    for split in splits:
        if would_find(source, join(target, split.output)):
            raise BulkError(
                f"{target}: expected a folder apart from SOURCE, got one in which {source!r} finds {split.output};"
                " name another, or a pattern that passes it over"
            )


def _real(path: str) -> str:
    """Return where a path leads to: a link may lie elsewhere than what it names."""
    return path if "://" in path else os.path.realpath(path)


def _run(job: Job, left: Sequence[Split], engine: Engine, tally: Tally, output: TextIO) -> None:
    check_bad(tally.total("errors"), tally.first_errors(), job.max_bad)
    work = {split.index: max(1, split.end - split.start) for split in left}
    running = engine(job, left)
    try:
        with Progress("bulk", sum(work.values()), BYTES, stream=output) as progress:
            for outcome in running:
                if outcome is not None:
                    tally.add(outcome)
                    check_bad(tally.total("errors"), tally.first_errors(), job.max_bad)
                progress.advance(work[outcome.index] if outcome else 0, tally.line())
    finally:
        running.close()  # an engine's workers end with it
