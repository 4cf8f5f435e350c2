"""`zitag bulk BUNDLE SOURCE TARGET`: tags files of any size, on all cores or on a cluster."""

import argparse
import json
import sys
from collections.abc import Sequence
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from model.bulk.driver import Engine, check_apart, check_not_found, run_job
from model.bulk.inputs import KINDS, find_inputs
from model.bulk.job import MAX_BAD, MAX_CHARS, BulkError, Job, Options
from model.bulk.rows.files import read_row_groups
from model.bulk.splits import ENDINGS, cut_splits
from model.bulk.stores.choice import full_path
from model.bundle.manifest import BundleError
from model.machine.command import ExitCode, program_name, run_command
from model.machine.hashing import file_sha256
from model.machine.progress import add_quiet, be_quiet
from model.runtime.base import InferenceError
from model.runtime.choice import AUTO, RUNTIMES
from model.tagger import Tagger
from model.words.file import WordsError, check_regular, read_words
from model.words.flags import add_words_flags

ENGINES = ("local", "ray", "spark")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit code."""
    options = _parser().parse_args(arguments)
    be_quiet(options.quiet)
    try:
        summary = _run(options)
    except (BulkError, BundleError, InferenceError, WordsError) as error:
        print(f"error: {error}", file=sys.stderr)
        return ExitCode.MENDABLE
    except OSError as error:
        if error.strerror:
            raise
        print(f"error: {error}", file=sys.stderr)  # of an object store
        return ExitCode.MENDABLE
    print(json.dumps(summary, ensure_ascii=False))
    return ExitCode.FINE


def _run(options: argparse.Namespace) -> dict[str, Any]:
    if options.address and options.engine != "ray":
        raise BulkError(
            f"--address: expected --engine ray with it, got {options.engine!r}; take one or the other"
        )
    source, target, bundle = (full_path(path) for path in (options.source, options.target, options.bundle))
    words = None if options.words is None else full_path(options.words)
    check_apart(source, target)
    inputs = find_inputs(source, options.kind)
    tagger = Tagger.load(bundle, options.runtime, threads=1)
    shape = Options(
        to=options.to,
        compress=options.compress,
        field=options.field,
        entities_field=options.entities_field,
        error_field=options.error_field,
        encoding=options.encoding,
        max_chars=options.max_chars,
        runtime=tagger.runtime.name,  # the same on every machine
        split_mb=options.split_mb,
        words=_check_words(words, tagger) if words else None,
        words_strength=options.words_strength if words else None,
    )
    job = Job(bundle, tagger.fingerprint, target, shape, options.max_bad, words)
    splits = cut_splits(inputs, shape, read_row_groups)
    check_not_found(source, target, splits)
    return run_job(job, splits, _engine(options), sys.stderr)


def _check_words(path: str, tagger: Tagger) -> str:
    """Return the SHA-256 of a file of words. Raises WordsError for one that cannot be used with this bundle."""
    check_regular(Path(path))
    read_words(Path(path), tagger.labels)
    return file_sha256(Path(path))


def _engine(options: argparse.Namespace) -> Engine:
    """Return what runs splits; what it imports is there when it is asked for."""
    module = import_module(f"model.bulk.engines.{options.engine}")
    resources = {"workers": options.workers, **({"address": options.address} if options.address else {})}
    return partial(module.run_splits, **resources)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=program_name("model.bulk"),
        description="Find the named entities of the texts in files of any size. Started again, it goes on.",
    )
    parser.add_argument("bundle", metavar="BUNDLE", help="the folder that training.fit wrote")
    parser.add_argument(
        "source",
        metavar="SOURCE",
        help="a file, a folder, a pattern in quotes ('news/**/*.gz'), or a URL of these",
    )
    parser.add_argument(
        "target", metavar="TARGET", help="the folder or URL for the output, new or of an earlier run"
    )
    _add_input(parser.add_argument_group("input"))
    _add_output(parser.add_argument_group("output"))
    _add_work(parser.add_argument_group("work"))
    add_words_flags(parser.add_argument_group("words of your own"))
    add_quiet(parser)
    return parser


def _add_input(group: Any) -> None:
    group.add_argument(
        "--from",
        dest="kind",
        choices=sorted(KINDS),
        help="what the files are (default: by their ending; else text)",
    )
    group.add_argument(
        "--field",
        "--column",
        default="text",
        metavar="NAME",
        help="with the text, of JSON lines or Parquet (default: text)",
    )
    group.add_argument(
        "--encoding", choices=("utf-8", "gb18030"), default="utf-8", help="of lines (default: %(default)s)"
    )
    group.add_argument(
        "--max-chars", type=_positive, default=MAX_CHARS, metavar="N", help="of a text (default: %(default)s)"
    )
    group.add_argument(
        "--max-bad",
        type=_count,
        default=MAX_BAD,
        metavar="N",
        help="rows that can't be tagged before the run stops (default: %(default)s)",
    )


def _add_output(group: Any) -> None:
    group.add_argument(
        "--to", choices=sorted(ENDINGS), help="form of the output (default: JSON lines, Parquet for Parquet)"
    )
    group.add_argument("--compress", choices=("none", "gz", "zst"), help="(default: as the input is)")
    group.add_argument("--entities-field", default="entities", metavar="NAME", help="(default: %(default)s)")
    group.add_argument(
        "--error-field", default="error", metavar="NAME", help="of bad rows (default: %(default)s)"
    )


def _add_work(group: Any) -> None:
    group.add_argument(
        "--engine", choices=ENGINES, default=ENGINES[0], help="what runs the work (default: %(default)s)"
    )
    group.add_argument(
        "--address", metavar="HOST:PORT", help="of a Ray cluster (default: one for this run, here)"
    )
    group.add_argument("--workers", type=_positive, metavar="N", help="at once (default: one per CPU)")
    group.add_argument("--runtime", choices=(AUTO, *RUNTIMES), default=AUTO, help="(default: %(default)s)")
    group.add_argument(
        "--split-mb",
        type=_size,
        metavar="X",
        help="most of a file that one worker takes at once (default: 4 to 64)",
    )


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"expected a number, got {text!r}")
    return int(text)


def _positive(text: str) -> int:
    if not _count(text):
        raise argparse.ArgumentTypeError(f"expected 1 or more, got {text!r}")
    return int(text)


def _size(text: str) -> float:
    try:
        size = float(text)
    except ValueError:
        size = 0.0
    if not 0 < size < 1 << 20:
        raise argparse.ArgumentTypeError(f"expected a number of megabytes above 0, got {text!r}")
    return size


if __name__ == "__main__":
    sys.exit(run_command(main))
