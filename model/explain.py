"""`python -m model.explain BUNDLE TEXT`: why a text is tagged as it is.

text --explain--> Explanation --> lines for a terminal, JSON, a page
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from model.bundle.manifest import BundleError
from model.explanation.explanation import TextTooLongError, explain
from model.explanation.page import explanation_page
from model.explanation.terminal import format_explanation
from model.machine.atomic import atomic_file
from model.machine.command import ExitCode, program_name, run_command
from model.runtime.base import InferenceError
from model.runtime.choice import AUTO, RUNTIMES
from model.tagger import Tagger
from model.words.file import WordsError, read_words
from model.words.flags import add_words_flags

MAX_NBEST = 100


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit code."""
    options = _parser().parse_args(arguments)
    try:
        tagger = Tagger.load(options.bundle, options.runtime, threads=1)
        if options.words is not None:
            tagger = tagger.with_words(read_words(Path(options.words), tagger.labels), options.words_strength)
        found = explain(tagger, options.text, options.nbest)
    except (BundleError, InferenceError, TextTooLongError, WordsError) as error:
        print(f"error: {error}", file=sys.stderr)
        return ExitCode.MENDABLE
    if options.json:
        print(
            json.dumps(found.to_json())
        )  # in ASCII: half a character of a broken argument is written as its code
    else:
        print("\n".join(format_explanation(found)))
    if options.html:
        with atomic_file(options.html) as partial:
            partial.write_text(explanation_page(found, options.bundle.resolve().name), "utf-8")
        print(f"note: as a page: {options.html}", file=sys.stderr)
    return ExitCode.FINE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=program_name("model.explain"),
        description="Say why a text is tagged as it is: other taggings, probabilities, the words that were seen.",
    )
    add = parser.add_argument
    add("bundle", type=Path, metavar="BUNDLE", help="the folder that training.fit wrote")
    add("text", metavar="TEXT", help="a sentence or two, in quotes")
    add("--nbest", type=_count, default=5, metavar="N", help="how many taggings (default: %(default)s)")
    add("--json", action="store_true", help="print one JSON object instead of tables")
    add("--html", type=Path, metavar="FILE", help="write a page as well")
    add("--runtime", choices=(AUTO, *RUNTIMES), default=AUTO, help="(default: %(default)s)")
    add_words_flags(parser)
    return parser


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= MAX_NBEST:
        raise argparse.ArgumentTypeError(f"expected 1 to {MAX_NBEST}, got {text!r}")
    return int(text)


if __name__ == "__main__":
    sys.exit(run_command(main))
