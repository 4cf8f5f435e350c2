"""`python -m training.compare A B FILE...`: is B better than A on these sentences, and what did it change?

A, B: bundles, or files of saved predictions -> entities of each sentence -> Comparison -> tables, JSON, a page
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence, Set
from pathlib import Path
from typing import get_args

from model.bundle.bundle import BundleError
from model.machine.command import ExitCode, program_name, run_command
from model.runtime.base import InferenceError
from model.runtime.choice import AUTO, RUNTIMES
from model.tagger import Tagger
from training.corpus.errors import check_not_a_corpus
from training.corpus.reader import CorpusError, Sentence, Stray, sentence_chunks
from training.corpus.schemes import Scheme
from training.corpus.sentences import Unit
from training.formats.options import add_format_flags, format_options
from training.formats.reading import read_sentences
from training.metrics.evaluation import CHUNK_CHARS
from training.metrics.scoring import strict_spans
from training.report.comparison import RESAMPLES, Comparison, Scored
from training.report.verdict import format_comparison, write_comparison

EXPECTED_ERRORS = (BundleError, CorpusError, InferenceError)
MAX_LISTED = 10
MIN_RESAMPLES, MAX_RESAMPLES = 100, 100_000  # the sums of so many take some 50 MB


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    options = _parser().parse_args(arguments)
    how = {name: getattr(options, name) for name in ("encoding", "scheme", "stray", "unit")}
    how |= format_options(options)
    try:
        check_not_a_corpus("--html", options.html, [options.first, options.second, *options.files])
        sentences = list(read_sentences(options.files, **how))
        sides = [_side(path, sentences, options.runtime) for path in (options.first, options.second)]
        comparison = Comparison()
        for sentence, first, second in zip(sentences, *(found for _, found in sides), strict=True):
            comparison.add(sentence, first, second)
        _check_comparable(options.files, comparison, {label for labels, _ in sides for label in labels})
    except EXPECTED_ERRORS as error:
        print(f"error: {error}", file=sys.stderr)
        return ExitCode.MENDABLE
    numbers = comparison.describe(options.resamples, options.seed)
    print(
        json.dumps(numbers)
        if options.json
        else "\n".join(format_comparison(numbers, comparison, options.show))
    )
    sys.stdout.flush()
    if options.html:
        names = str(options.first), str(options.second)
        write_comparison(options.html, names, ", ".join(options.files), numbers, comparison)
        print(f"note: as a page: {options.html}", file=sys.stderr)
    return ExitCode.FINE


def _side(path: Path, sentences: Sequence[Sentence], runtime: str) -> tuple[Sequence[str], Iterator[Scored]]:
    """Return the labels of a bundle, and what it finds in each sentence now; of a file, none and what it holds."""
    if path.is_dir() or not path.exists():  # a bundle that is not there is told as such
        tagger = Tagger.load(path, runtime=runtime)
        return tagger.labels, _tagged(tagger, sentences)
    return (), _saved(path, sentences)


def _tagged(tagger: Tagger, sentences: Sequence[Sentence]) -> Iterator[Scored]:
    for chunk in sentence_chunks(sentences, CHUNK_CHARS):
        for entities in tagger.tag([sentence.text for sentence in chunk]):
            yield {entity.span: entity.score for entity in entities}


def _saved(path: Path, sentences: Sequence[Sentence]) -> Iterator[Scored]:
    """Yield the entities of a file in any format of corpora, which must hold the same texts in the same order."""
    remedy = "save the predictions of these very sentences, in their order"
    found = read_sentences([path])
    for number, sentence in enumerate(sentences, 1):
        saved = next(found, None)
        if saved is None:
            raise CorpusError(str(path), f"{len(sentences):,} sentences", f"{number - 1:,}", remedy)
        if saved.text != sentence.text:
            where = f"{saved.path}:{saved.line}"
            raise CorpusError(where, f"sentence {number}: {_start(sentence)}", _start(saved), remedy)
        yield dict.fromkeys(strict_spans(saved.tags))
    if next(found, None) is not None:
        raise CorpusError(str(path), f"{len(sentences):,} sentences", "more", remedy)


def _check_comparable(files: Sequence[str], comparison: Comparison, labels: Set[str]) -> None:
    """Raise CorpusError where A and B score the same for want of anything that one of them could have found."""
    where, gold, known = ", ".join(files), comparison.gold_labels, labels | comparison.found_labels
    if not gold:
        got = f"none in {comparison.sentences:,} sentences"
        remedy = "nothing can be compared; name files with gold tags"
        raise CorpusError(where, "gold entities", got, remedy)
    if known and not gold & known:
        remedy = "nothing can be compared; name files with the labels of A and B"
        raise CorpusError(where, f"entities with a label of A or B ({_listed(known)})", _listed(gold), remedy)


def _listed(labels: Set[str]) -> str:
    more = f" and {len(labels) - MAX_LISTED:,} more" if len(labels) > MAX_LISTED else ""
    return f"{', '.join(sorted(labels)[:MAX_LISTED])}{more}"


def _start(sentence: Sentence) -> str:
    return repr(sentence.text[:30])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=program_name("training.compare"),
        description="Compare two taggers, or what they saved, on tagged sentences.",
    )
    add = parser.add_argument
    add(
        "first",
        type=Path,
        metavar="A",
        help="a bundle's folder, or a file of predictions (zitag tag, BIO ...)",
    )
    add("second", type=Path, metavar="B", help="likewise")
    add("files", nargs="+", metavar="FILE", help="corpus files of any format (.gz too) with the gold tags")
    add("--json", action="store_true", help="print one JSON object instead of tables")
    add("--html", type=Path, metavar="FILE", help="write a page as well, with every change")
    add("--show", type=int, default=3, metavar="N", help="sentences fixed, and broken, to show (default: 3)")
    add(
        "--resamples",
        type=_resamples,
        default=RESAMPLES,
        metavar="N",
        help="of the bootstrap (default: 10000)",
    )
    add("--seed", type=_seed, default=20261127, metavar="N", help="of the bootstrap (default: %(default)s)")
    add("--runtime", choices=(AUTO, *RUNTIMES), default=AUTO, help="default: auto, the one that serves")
    add("--encoding", default="utf-8", help="of the files: utf-8 (default) or gb18030")
    add("--scheme", choices=get_args(Scheme), default="auto", help="tag scheme of the files; default: auto")
    add(
        "--unit", choices=get_args(Unit), default="char", help="what a line of the files holds; default: char"
    )
    add(
        "--stray",
        choices=get_args(Stray),
        default="keep",
        help="an I- tag that continues nothing: see evaluate",
    )
    add_format_flags(parser)
    return parser


def _resamples(text: str) -> int:
    if not text.isdecimal() or len(text) > 9 or not MIN_RESAMPLES <= int(text) <= MAX_RESAMPLES:
        raise argparse.ArgumentTypeError(f"expected {MIN_RESAMPLES} to {MAX_RESAMPLES:,}, got {text!r}")
    return int(text)


def _seed(text: str) -> int:
    if not text.isdecimal() or len(text) > 9:
        raise argparse.ArgumentTypeError(f"expected a whole number from 0 to 999,999,999, got {text!r}")
    return int(text)


if __name__ == "__main__":
    sys.exit(run_command(main))
