"""`python -m training.evaluate BUNDLE FILE...`: how well a bundle tags corpora.

sentences -> Tagger.tag(texts), the tagger that serves -> entities --beside the gold tags--> Report, and report.html
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, get_args

from model.bundle.bundle import BundleError
from model.formats import to_jsonl
from model.machine.atomic import atomic_file
from model.machine.columns import printable_lines
from model.machine.command import ExitCode, program_name, run_command
from model.machine.progress import add_quiet, be_quiet, tracked
from model.runtime.base import InferenceError
from model.runtime.choice import AUTO, RUNTIMES
from model.tagger import Entity, Tagger
from training.corpus.errors import check_not_a_corpus
from training.corpus.reader import CorpusError, ReadReport, Sentence, Stray
from training.corpus.schemes import Scheme
from training.corpus.sentences import Unit
from training.formats.options import add_format_flags, format_options
from training.formats.reading import read_sentences
from training.inspection.notes import trimming_notes
from training.metrics.evaluation import ScoredSpan, evaluate, known_entities, known_sentences
from training.metrics.report import Report, format_report
from training.report.cases import Cases
from training.report.page import part_numbers, write_evaluation

NO_PAGE = Path("none")
EXPECTED_ERRORS = (BundleError, CorpusError, InferenceError)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    options = _parser().parse_args(arguments)
    be_quiet(options.quiet)
    how = {name: getattr(options, name) for name in ("encoding", "scheme", "stray", "unit")}
    how |= format_options(options)
    reading = ReadReport()
    try:
        for flag in ("html", "predictions"):
            check_not_a_corpus(f"--{flag}", getattr(options, flag), [*options.files, *(options.train or ())])
        labels, report, cases = _evaluate(options, how, reading)
    except EXPECTED_ERRORS as error:
        print(f"error: {error}", file=sys.stderr)
        return ExitCode.MENDABLE
    for note in _notes(reading, labels):
        print(f"note: {note}", file=sys.stderr)
    numbers = part_numbers(report, cases)
    print(json.dumps(numbers) if options.json else printable_lines(format_report(report)))
    sys.stdout.flush()  # whoever reads it may have gone: then no page is written
    return _write_page(options, numbers, cases)


def _evaluate(
    options: argparse.Namespace, how: Mapping[str, Any], reading: ReadReport
) -> tuple[Sequence[str], Report, Cases]:
    """Return the labels of the bundle, how well it tags the files, and what a page is made from."""
    count = _read_through(options.files, how)
    known, known_texts = _known(options.train, how) if options.train else (None, None)
    tagger = Tagger.load(options.bundle, runtime=options.runtime)
    cases = Cases(known, known_texts)
    with _saved(options.predictions) as save:

        def also(sentence: Sentence, entities: Sequence[ScoredSpan]) -> None:
            cases.add(sentence, entities)
            save(sentence, entities)

        sentences = tracked(
            read_sentences(options.files, **how, report=reading), "tagging", count, "sentences"
        )
        report = evaluate(
            tagger,
            sentences,
            known=known,
            known_texts=known_texts,
            max_examples=options.errors,
            also=also,
        )
    cases.mistakes.score_missed(tagger)
    return tagger.labels, report, cases


@contextmanager
def _saved(path: Path | None) -> Iterator[Callable[[Sentence, Sequence[ScoredSpan]], object]]:
    """Give what writes the entities of a sentence as a line of the file, as `zitag tag` does; without one, nothing."""
    if path is None:
        yield lambda sentence, entities: None
        return
    with atomic_file(path) as partial, partial.open("w", encoding="utf-8") as file:
        yield lambda sentence, entities: file.write(
            to_jsonl(sentence.text, _entities(sentence.text, entities))
        )


def _entities(text: str, found: Sequence[ScoredSpan]) -> list[Entity]:
    return [Entity(one.start, one.end, text[one.start : one.end], one.label, one.score) for one in found]


def _read_through(files: Sequence[str], how: Mapping[str, Any]) -> int:
    """Return how many sentences there are. Raises CorpusError before the bundle, which may take seconds, is loaded."""
    return sum(1 for _ in read_sentences(files, **how))


def _known(files: Sequence[str], how: Mapping[str, Any]) -> tuple[set[tuple[str, str]], set[str]]:
    """Return the entities and the sentences of the training files."""
    return known_entities(read_sentences(files, **how)), known_sentences(read_sentences(files, **how))


def _write_page(options: argparse.Namespace, numbers: Mapping[str, Any], cases: Cases) -> ExitCode:
    """Write the page where it was asked for; else into the bundle's folder, if that can be written."""
    if options.html == NO_PAGE:
        return ExitCode.FINE
    name = f"report-{Path(options.files[0]).name.partition('.')[0]}.html"
    path, bundle = options.html or options.bundle / name, options.bundle.resolve().name
    try:
        write_evaluation(path, bundle, options.files, numbers, cases.mistakes)
    except OSError as error:
        print(
            f"{'error' if options.html else 'note'}: {path}: cannot be written: {error.strerror}; "
            "choose another file by --html, or --html none",
            file=sys.stderr,
        )
        return ExitCode.MENDABLE if options.html else ExitCode.FINE
    print(f"note: as a page, with every mistake: {path}", file=sys.stderr)
    return ExitCode.FINE


def _notes(reading: ReadReport, labels: Sequence[str]) -> Iterator[str]:
    if reading.stray:
        yield f"{reading.stray:,} I- tags continue nothing, the first at {reading.places[0]}; see --stray"
    yield from trimming_notes(reading)
    if strange := sorted({tag[2:] for tag in reading.tags if tag != "O"} - set(labels)):
        yield f"the bundle does not have the labels {', '.join(strange)}: every such entity counts as missed"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=program_name("training.evaluate"),
        description="Score a bundle on corpora.",
    )
    add = parser.add_argument
    add("bundle", type=Path, metavar="BUNDLE", help="the bundle's folder")
    add("files", nargs="+", metavar="FILE", help="corpus files of any format (.gz too), scored together")
    add("--json", action="store_true", help="print one JSON object instead of tables")
    add(
        "--html",
        type=Path,
        metavar="FILE",
        help="where the page goes, or none; default: report-FILE.html in BUNDLE",
    )
    add(
        "--predictions",
        type=Path,
        metavar="FILE",
        help="write what was found as JSON lines, for zitag compare",
    )
    add("--runtime", choices=(AUTO, *RUNTIMES), default=AUTO, help="default: auto, the one that serves")
    add("--train", nargs="+", metavar="FILE", help="training files: score what stands there apart")
    add("--errors", type=int, default=0, metavar="N", help="show the first N sentences with a mistake")
    add("--encoding", default="utf-8", help="of the files: utf-8 (default) or gb18030")
    add("--scheme", choices=get_args(Scheme), default="auto", help="tag scheme of the files; default: auto")
    add(
        "--unit", choices=get_args(Unit), default="char", help="what a line of the files holds; default: char"
    )
    add_format_flags(parser)
    stray = (
        "an I- tag that continues nothing: begins an entity in the lenient reading alone (keep, default), "
    )
    stray += "in both (repair), or is an error (refuse)"
    add("--stray", choices=get_args(Stray), default="keep", help=stray)
    add_quiet(parser)
    return parser


if __name__ == "__main__":
    sys.exit(run_command(main))
