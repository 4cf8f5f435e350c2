"""Checks a corpus before a tagger is trained on it: `python -m training.check --train a.bio --dev b.bio`.

    files -> sentences -> statistics (characters, entities, lengths) \\
                       -> index (leakage between splits)              -> report -> text or JSON
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

from model.machine.columns import printable_lines
from model.machine.command import ExitCode, program_name, run_command
from training.corpus.blank_lines import BlankLines
from training.corpus.reader import CorpusError, ReadReport, Sentence
from training.formats.options import add_format_flags, format_options
from training.formats.reading import read_sentences
from training.inspection.findings import findings, format_findings
from training.inspection.html import write_findings
from training.inspection.leakage import Leak, TextIndex
from training.inspection.page import format_corpus_report
from training.inspection.report import CorpusReport, SplitReport
from training.inspection.shown import collect
from training.inspection.statistics import SplitStatistics, contradictions, unseen_characters
from training.mending.copies import MendError, format_mends, write_mended
from training.suspects.listing import format_suspects, write_suspects
from training.suspects.ranking import Suspect, SuspectsError
from training.suspects.shown import show_suspects

Say = Callable[[str], None]
ON_SCREEN = ""  # suspects are printed and written nowhere
SPLITS = {
    "train": "corpus files that a tagger is trained on (.gz too); the others are compared with them",
    "dev": "corpus files that its best epoch is chosen by",
    "test": "corpus files that it is scored on",
}


class FlagError(Exception):
    """Flags that do not go together: what was expected, what came, what to do."""


EXPECTED_ERRORS = (CorpusError, FlagError, MendError, SuspectsError)


def check_corpora(files: Mapping[str, Sequence[Path]], **reading_options: Any) -> CorpusReport:
    """Return the report on the splits, given as name -> files, the training split first.

    `reading_options` are those of `read_sentences`. Every sentence is looked for in all splits before its own. Raises
    CorpusError.
    """
    splits: dict[str, SplitReport] = {}
    indexes: dict[str, TextIndex] = {}
    leaks: dict[tuple[str, str], list[Leak]] = {}
    for name, paths in files.items():
        reading, index = ReadReport(), TextIndex()
        statistics, blank_lines = SplitStatistics(), BlankLines()
        leaks |= {(name, earlier): [] for earlier in indexes}
        for sentence in read_sentences(paths, report=reading, **reading_options):
            statistics.add(sentence)
            blank_lines.add(sentence)
            index.add(sentence)
            for earlier, leak in _find_leaks(indexes, sentence):
                leaks[name, earlier].append(leak)
        indexes[name] = index
        notes = tuple(blank_lines.notes(reading.formats))
        splits[name] = SplitReport(reading, statistics, index.repeats, notes)
    first, *others = splits
    return CorpusReport(
        splits=splits,
        leaks=leaks,
        contradictions=contradictions(split.statistics for split in splits.values()),
        unseen={
            name: unseen_characters(splits[first].statistics, splits[name].statistics) for name in others
        },
    )


def _find_leaks(indexes: Mapping[str, TextIndex], sentence: Sentence) -> Iterator[tuple[str, Leak]]:
    for name, index in indexes.items():
        if leak := index.find(sentence):
            yield name, leak


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit code: 1 where something should be mended before a fit."""
    options = _parser().parse_args(arguments)
    files = {name: paths for name in SPLITS if (paths := getattr(options, name))}
    how = {"encoding": options.encoding, "unit": options.unit}
    read = partial(read_sentences, **how, **format_options(options))
    try:
        _check_flags(options, files)
        report = check_corpora(files, **how, **format_options(options))
        found = list(findings(report))
        page = f"{format_corpus_report(report)}\n\n{format_findings(found)}"
        say = _nothing if options.json else _print
        say(page)
        mends = _mend(options, files, report, how, say) if options.fix else {}
        suspects = _suspect(options, read, say) if options.suspects is not None else []
        if options.html:
            groups = [show_suspects(suspects)] if suspects else []
            groups += collect(report, chain.from_iterable(map(read, files.values())))
            write_findings(options.html, ", ".join(map(str, chain(*files.values()))), found, page, groups)
    except EXPECTED_ERRORS as error:
        print(f"error: {error}", file=sys.stderr)
        return ExitCode.MENDABLE
    except KeyboardInterrupt as error:
        print(f"interrupted: {str(error) or 'nothing more was written'}", file=sys.stderr)
        return ExitCode.INTERRUPTED
    if options.json:
        more = (
            mends if options.suspects is None else {**mends, "suspects": [one.to_json() for one in suspects]}
        )
        print(json.dumps({**report.to_json(), "findings": found, **more}, ensure_ascii=False))
    return ExitCode.FINDINGS if found else ExitCode.FINE


def _print(lines: str) -> None:
    print(printable_lines(lines), flush=True)


def _check_flags(options: argparse.Namespace, files: Mapping[str, Sequence[Path]]) -> None:
    """Raise FlagError where a corpus would be written over, or where a flag would be without effect."""
    read = {path.resolve() for paths in files.values() for path in paths}
    for name in ("suspects", "html"):
        given = getattr(options, name)
        if given and Path(given).resolve() in read:
            raise FlagError(f"--{name}: expected a new file, got {given}, which is a corpus; name another")
    if options.drop_duplicates and not options.fix:
        raise FlagError(
            "--drop-duplicates: expected --fix FOLDER beside it, got none; name a folder for the copies"
        )


def _mend(
    options: argparse.Namespace,
    files: Mapping[str, Sequence[Path]],
    report: CorpusReport,
    how: Mapping[str, Any],
    say: Say,
) -> dict[str, Any]:
    """Write the mended copies and say so; return what they add to the JSON."""
    for split in report.splits.values():
        for path, name in split.reading.formats.items():
            got = f"expected files of two columns, a token and its tag, got {name} in {path}"
            raise MendError(f"--fix: {got}; turn it into such first (zitag convert)")
    mends = write_mended(files, options.fix, drop_duplicates=options.drop_duplicates, **how)
    say(f"\n{format_mends(mends, options.fix)}")
    return {"mends": [mend._asdict() for mend in mends]}


def _suspect(
    options: argparse.Namespace, read: Callable[[Sequence[Path]], Iterator[Sentence]], say: Say
) -> list[Suspect]:
    """Look for suspected label errors, list and write them; return them."""
    # Not before it is asked for: what trains takes long to import, and may not be installed.
    from training.suspects.command import find_suspects

    sentences = list(read(options.train))
    suspects = find_suspects(sentences, options.train, folds=options.folds, config=options.config)
    if options.suspects != ON_SCREEN:
        write_suspects(Path(options.suspects), suspects)
    say(f"\n{format_suspects(suspects, len(sentences))}")
    return suspects


def _nothing(line: str) -> None:
    """Say nothing: what is printed is JSON alone."""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=program_name("training.check"),
        description="Check a corpus: tags, leakage between splits, labels, characters.",
    )
    add = parser.add_argument
    for name, text in SPLITS.items():
        add(f"--{name}", nargs="+", type=Path, metavar="FILE", required=name == "train", help=text)
    add("--encoding", default="utf-8", help="utf-8 (default) or gb18030")
    add("--unit", choices=["char", "word"], default="char", help="what a line holds (default: char)")
    add_format_flags(parser)
    add("--json", action="store_true", help="print one JSON object, with every leak")
    html = (
        "write a page on which a click on a finding shows its sentence, gold and suspected tags highlighted"
    )
    add("--html", type=Path, metavar="FILE", help=html)
    fix = "write mended copies of all files there, with a list of what was mended; see docs/check.md"
    add("--fix", type=Path, metavar="FOLDER", help=fix)
    drop = "with --fix: leave out sentences that train has before with the same tags"
    add("--drop-duplicates", action="store_true", help=drop)
    suspects = "list what taggers that never saw it think wrong in train; all of it to FILE (.jsonl, or TSV)"
    add("--suspects", nargs="?", const=ON_SCREEN, metavar="FILE", help=suspects)
    add("--folds", type=int, default=3, metavar="N", help="how many taggers share the work (default: 3)")
    config = "settings of these taggers' fits; default: the quick preset"
    add("--config", type=Path, metavar="TOML", help=config)
    return parser


if __name__ == "__main__":
    sys.exit(run_command(main))
