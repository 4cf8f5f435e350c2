"""One split tagged, in memory that does not depend on its size: what every engine runs, and all that it runs."""

import json
import time
from dataclasses import asdict, replace
from functools import lru_cache
from pathlib import Path

from model.bulk.job import FIRST_BAD, BulkError, Job, Outcome, Split, TooManyBadError
from model.bulk.manifest import record_name
from model.bulk.rows.files import open_writer, read_split
from model.bulk.rows.reading import Batch, Found
from model.bulk.stores.base import written_aside
from model.bulk.stores.choice import open_store
from model.bundle.manifest import BundleError
from model.machine.hashing import file_sha256
from model.runtime.base import InferenceError
from model.tagger import Tagger
from model.words.file import WordsError, read_words
from model.words.strength import DEFAULT_STRENGTH


def tag_split(job: Job, split: Split) -> Outcome:
    """Return what `split` came to, its output and then its record written to the job's target.

    Raises BulkError, BundleError, InferenceError or WordsError; the target then has nothing of the split.
    """
    words = (job.words, job.options.words, job.options.words_strength) if job.words else None
    tagger = load_tagger(job.bundle, job.options.runtime, job.fingerprint, words)
    store, started = open_store(job.target), time.process_time()
    outcome = Outcome(split.index)
    try:
        with (
            written_aside(store, job.target, split.output) as file,
            open_writer(file, split, job.options) as writer,
        ):
            for batch in read_split(split, job.options):
                found = tag_batch(tagger, batch)
                writer.write(batch, found)
                outcome = _add(outcome, batch, found)
                check_bad(outcome.errors, outcome.first_errors, job.max_bad)
        outcome = replace(outcome, cpu_s=round(time.process_time() - started, 3))
        with written_aside(store, job.target, record_name(split.index)) as file:
            file.write(json.dumps(asdict(outcome)).encode())
    except OSError as error:
        raise BulkError(f"{split.input.path} to {split.output}: {error.strerror or error}") from error
    return outcome


def answer_split(job: Job, split: Split) -> Outcome | Exception:
    """Return what `split` came to, or the error that the user can mend: what a worker sends back."""
    try:
        return tag_split(job, split)
    except (BulkError, BundleError, InferenceError, WordsError) as error:
        return error


@lru_cache(maxsize=1)
def load_tagger(
    bundle: str, runtime: str, fingerprint: str, words: tuple[str, str | None, float | None] | None = None
) -> Tagger:
    """Return the tagger of a bundle, loaded once a process, with one thread: the others are other splits'.

    words: a file of words, its SHA-256 and how much they count.
    """
    tagger = Tagger.load(bundle, runtime, threads=1)
    if tagger.fingerprint != fingerprint:
        raise BulkError(f"{bundle}: expected the bundle that this run began with, got another; put it back")
    return _with_words(tagger, *words) if words else tagger


def tag_batch(tagger: Tagger, batch: Batch) -> Found:
    """Return the entities of each row, None for one without a text."""
    found = iter(tagger.tag([text for text in batch.texts if text is not None]))
    return [None if text is None else next(found) for text in batch.texts]


def check_bad(errors: int, first: list[str], most: int) -> None:
    """Raise TooManyBadError, with the first places, where more rows are bad than may be."""
    if errors > most:
        listed = "".join(f"\n  {error}" for error in first)
        raise TooManyBadError(
            f"expected at most {most} bad rows (--max-bad), got {errors} so far:{listed}\n"
            "correct --field, --from or --encoding, or allow more; with more allowed, the run goes on where it stands"
        )


def _with_words(tagger: Tagger, path: str, digest: str | None, strength: float | None) -> Tagger:
    words = read_words(Path(path), tagger.labels)
    if file_sha256(Path(path)) != digest:
        raise BulkError(f"{path}: expected the words that this run began with, got others; put them back")
    return tagger.with_words(words, strength or DEFAULT_STRENGTH)


def _add(outcome: Outcome, batch: Batch, found: Found) -> Outcome:
    bad = [f"{place}: {error}" for place, error in zip(batch.places, batch.errors, strict=True) if error]
    return replace(
        outcome,
        rows=outcome.rows + len(batch.texts),
        chars=outcome.chars + sum(len(text) for text in batch.texts if text),
        entities=outcome.entities + sum(len(entities) for entities in found if entities),
        errors=outcome.errors + len(bad),
        first_errors=(outcome.first_errors + bad)[:FIRST_BAD],
    )
