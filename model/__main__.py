"""`python -m model BUNDLE [FILE...]`: tags texts, one a line, from files or standard input.

lines -> blocks of what is there -> Tagger.tag -> one of model.formats -> standard output
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, TextIO

from model.bundle.manifest import BundleError
from model.formats import FORMS
from model.machine.command import ExitCode, program_name, run_command
from model.machine.progress import Progress, add_quiet, be_quiet
from model.runtime.base import InferenceError
from model.runtime.choice import AUTO, RUNTIMES
from model.tagger import Tagger
from model.texts import TextError, read_texts
from model.words.file import WordsError, read_words
from model.words.flags import add_words_flags


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit code."""
    options = _parser().parse_intermixed_args(arguments)
    try:
        tagger = Tagger.load(options.bundle, options.runtime, threads=options.threads)
        if options.words is not None:
            tagger = tagger.with_words(read_words(Path(options.words), tagger.labels), options.words_strength)
        if options.verbose:
            print(_describe(options.bundle, tagger), file=sys.stderr)
        be_quiet(
            options.quiet or sys.stdout.isatty()
        )  # what comes out on a terminal shows how far it has come
        tag_files(tagger, options.files, options.format, options.encoding, sys.stdout)
    except (BundleError, InferenceError, TextError, WordsError) as error:
        print(f"error: {error}", file=sys.stderr)
        return ExitCode.MENDABLE
    return ExitCode.FINE


def tag_files(tagger: Tagger, files: Sequence[str], form: str, encoding: str, output: TextIO) -> None:
    """Write each line of the files ("-" is standard input) to `output`, tagged, in order, in constant memory."""
    with Progress("tagging", unit="texts") as progress:
        for texts in _read(files or ["-"], encoding):
            for text, entities in zip(texts, tagger.tag(texts), strict=True):
                output.write(FORMS[form](text, entities))
            output.flush()
            progress.advance(len(texts))


def _read(files: Sequence[str], encoding: str) -> Iterator[list[str]]:
    for name in files:
        if name == "-":
            yield from read_texts(sys.stdin.buffer, "stdin", encoding)
            continue
        with _open(name) as file:
            yield from read_texts(file, name, encoding)


def _open(name: str) -> BinaryIO:
    try:
        return open(name, "rb")
    except OSError as error:
        raise TextError(f"{name}: expected a file of texts, got {error.strerror!r}; name another") from error


def _describe(bundle: str, tagger: Tagger) -> str:
    """Return which bundle tags, and on what."""
    runtime = tagger.runtime
    threads = f"{runtime.threads} thread{'s' if runtime.threads > 1 else ''}"
    return f"{bundle} {tagger.fingerprint[:12]}: runtime {runtime.name} on {runtime.device}, {threads}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=program_name("model"), description="Find the named entities of texts, one text a line."
    )
    parser.add_argument("bundle", metavar="BUNDLE", help="the folder that training.fit wrote")
    parser.add_argument(
        "files", metavar="FILE", nargs="*", help="text files; standard input without any, or for -"
    )
    parser.add_argument(
        "--format", choices=FORMS, default="inline", help="of the output (default: %(default)s)"
    )
    parser.add_argument("--runtime", choices=(AUTO, *RUNTIMES), default=AUTO, help="(default: %(default)s)")
    parser.add_argument("--threads", type=_positive, help="that share one batch (default: one per core)")
    add_words_flags(parser)
    parser.add_argument(
        "--encoding",
        choices=("utf-8", "gb18030"),
        default="utf-8",
        help="of the input (default: %(default)s)",
    )
    parser.add_argument(
        "--verbose", action="store_true", help="say on standard error which bundle and runtime tag"
    )
    add_quiet(parser)
    return parser


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"expected 1 or more, got {text!r}")
    return int(text)


if __name__ == "__main__":
    sys.exit(run_command(main))
