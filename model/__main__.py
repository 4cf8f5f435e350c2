"""`python -m model BUNDLE [FILE...]`: tags texts, one a line, from files or standard input.

lines -> blocks of what is there -> Tagger.tag -> one of model.formats -> standard output
"""

import argparse
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from typing import TextIO

from model.bundle.manifest import BundleError
from model.formats import FORMS
from model.runtime.base import InferenceError
from model.runtime.choice import RUNTIMES
from model.tagger import Tagger
from model.texts import TextError, read_texts

INTERRUPTED, PIPE_CLOSED = 128 + signal.SIGINT, 128 + signal.SIGPIPE


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit code: 0, 1 when something failed, 2 for a wrong command line."""
    options = _parser().parse_intermixed_args(arguments)
    try:
        tagger = Tagger.load(options.bundle, options.runtime, threads=options.threads)
        tag_files(tagger, options.files, options.format, options.encoding, sys.stdout)
    except (BundleError, InferenceError, TextError) as error:
        return _fail(error)
    except BrokenPipeError:
        # The reader has gone (`| head`); what is still buffered must go nowhere, or Python complains at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PIPE_CLOSED
    except OSError as error:
        return _fail(error)
    except KeyboardInterrupt:
        return INTERRUPTED
    return 0


def tag_files(tagger: Tagger, files: Sequence[str], form: str, encoding: str, output: TextIO) -> None:
    """Write each line of the files ("-" is standard input) to `output`, tagged, in order, in constant memory."""
    for texts in _read(files or ["-"], encoding):
        for text, entities in zip(texts, tagger.tag(texts), strict=True):
            output.write(FORMS[form](text, entities))
        output.flush()


def _read(files: Sequence[str], encoding: str) -> Iterator[list[str]]:
    for name in files:
        if name == "-":
            yield from read_texts(sys.stdin.buffer, "stdin", encoding)
            continue
        with open(name, "rb") as file:
            yield from read_texts(file, name, encoding)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m model", description="Find the named entities of texts, one text a line."
    )
    parser.add_argument("bundle", metavar="BUNDLE", help="the folder that training.fit wrote")
    parser.add_argument(
        "files", metavar="FILE", nargs="*", help="text files; standard input without any, or for -"
    )
    parser.add_argument(
        "--format", choices=FORMS, default="inline", help="of the output (default: %(default)s)"
    )
    parser.add_argument("--runtime", choices=RUNTIMES, default="onnx", help="(default: %(default)s)")
    parser.add_argument("--threads", type=_positive, help="that share one batch (default: one per core)")
    parser.add_argument(
        "--encoding",
        choices=("utf-8", "gb18030"),
        default="utf-8",
        help="of the input (default: %(default)s)",
    )
    return parser


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"expected 1 or more, got {text!r}")
    return int(text)


def _fail(error: Exception) -> int:
    print(f"error: {error}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    # Output is data: the same bytes whatever the locale says.
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    sys.exit(main())
