"""A run from its beginning to its end: what is left to do is given to an engine, what comes back is counted.

inputs -> splits -> manifest (new, or the same) -> what has no record -> engine -> records -> _SUCCESS
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TextIO

from model.bulk.job import BulkError, Job, Outcome, Split
from model.bulk.manifest import RECORDS, begin, describe, finish, read_records, read_summary, sweep
from model.bulk.progress import Progress
from model.bulk.stores.base import TEMPORARY
from model.bulk.tagging import check_bad

Engine = Callable[[Job, Iterable[Split]], Iterator[Outcome | None]]


def run_job(job: Job, splits: Sequence[Split], engine: Engine, output: TextIO) -> dict[str, Any]:
    """Return the summary of a run that ended, now or before; `output` gets its progress.

    Raises BulkError, and what `tag_split` raises; the next run with the same job goes on.
    """
    begin(job.target, describe(job, splits))
    sweep(job.target, TEMPORARY)
    summary = read_summary(job.target)
    if summary:
        sweep(job.target, RECORDS)
        output.write(f"{job.target}: done already\n")
        return summary
    progress = Progress([max(1, split.end - split.start) for split in splits], output)
    progress.found(read_records(job.target))
    try:
        _run(job, splits, engine, progress)
    finally:
        progress.end()
    summary = {"bundle": job.fingerprint, **progress.summary()}
    finish(job.target, summary)
    return summary


def check_apart(source: str, target: str) -> None:
    """Raise BulkError where one lies in the other: a rerun would take its own output for input."""
    for inner, outer in ((source, target), (target, source)):
        if f"{inner.rstrip('/')}/".startswith(f"{outer.rstrip('/')}/"):
            raise BulkError(
                f"{target}: expected a folder apart from SOURCE, got {inner} in {outer}; name another"
            )


def _run(job: Job, splits: Sequence[Split], engine: Engine, progress: Progress) -> None:
    left = [split for split in splits if split.index not in progress.outcomes]
    check_bad(progress.total("errors"), progress.first_errors(), job.max_bad)
    running = engine(job, left)
    try:
        for outcome in running:
            if outcome is not None:
                progress.add(outcome)
                check_bad(progress.total("errors"), progress.first_errors(), job.max_bad)
            progress.say()
    finally:
        close = getattr(running, "close", None)  # an engine's workers end with it
        if close:
            close()
