"""`python -m training.convert IN OUT`: tagged texts from one format to another.

files -> documents -> what OUT's format holds -> OUT, whole or not at all
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import get_args

from model.machine.command import ExitCode, program_name, run_command
from model.tags.schemes import SCHEMES
from training.corpus.reader import ENCODINGS, CorpusError, ReadReport
from training.corpus.sentences import Unit
from training.formats.documents import Document
from training.formats.options import COLUMN, NAMES, NESTED, split_names
from training.formats.reading import read_documents
from training.formats.recognition import recognise_format
from training.formats.resolution import Nested
from training.formats.sources import Source
from training.formats.table import FORMATS
from training.formats.writing import Written, format_of_target, write_documents
from training.inspection.notes import trimming_notes


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    options = _parser().parse_args(arguments)
    report = ReadReport()
    try:
        name = options.to or format_of_target(options.output)
        documents = _read(options, report)
        written = write_documents(
            options.output,
            name,
            documents,
            report.tally,
            nested=options.nested,
            scheme=options.scheme,
            overwrite=options.overwrite,
        )
    except CorpusError as error:
        print(f"error: {error}", file=sys.stderr)
        return ExitCode.MENDABLE
    for note in _notes(report):
        print(f"note: {note}", file=sys.stderr)
    print(_summary(options.output, name, written))
    return ExitCode.FINE


def _read(options: argparse.Namespace, report: ReadReport) -> Iterator[Document]:
    """Yield the documents of all files. Raises CorpusError."""
    if options.encoding.lower() not in ENCODINGS:
        raise CorpusError("--encoding", "utf-8 or gb18030", repr(options.encoding), "convert the file")
    codec = ENCODINGS[options.encoding.lower()]
    for path in options.input:
        source = Source(path, codec, options.unit, options.column, options.names)
        yield from read_documents(source, options.source or recognise_format(path, codec, "--from"), report)


def _notes(report: ReadReport) -> Iterator[str]:
    if report.stray or report.unclosed:
        yield (
            f"{report.stray:,} tags continue nothing and begin an entity, {report.unclosed:,} entities have no end, "
            f"first at {report.places[0]}"
        )
    yield from trimming_notes(report)


def _summary(path: Path, name: str, written: Written) -> str:
    """Return what was written in a line.

    >>> _summary(Path("a.jsonl"), "doccano", Written(2, {"PER": 3}))
    'a.jsonl: 2 texts, 3 entities (PER 3) as doccano'
    """
    labels = ", ".join(f"{label} {count:,}" for label, count in sorted(written.entities.items()))
    found = f"{sum(written.entities.values()):,} entities ({labels})" if labels else "no entities"
    return f"{path}: {written.texts:,} texts, {found} as {name}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=program_name("training.convert"),
        description="Convert tagged texts from one format to another (docs/formats.md).",
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("input", nargs="+", type=Path, metavar="IN", help="files to read, of any format (brat: a folder too)")
    add("output", type=Path, metavar="OUT", help="file to write; its ending says the format, or --to")
    formats = tuple(FORMATS)
    source = f"format of IN: {', '.join(FORMATS)}; default: by what it holds"
    add("--from", dest="source", choices=formats, metavar="NAME", help=source)
    add("--to", choices=formats, metavar="NAME", help="format of OUT; default: by its name")
    add("--nested", choices=get_args(Nested), default="longest", help=NESTED)
    add("--column", type=int, metavar="N", help=COLUMN)
    add("--names", type=split_names, metavar="TAGS", default=(), help=NAMES)
    add("--unit", choices=get_args(Unit), default="char", help="what a line of columns holds; default: char")
    add("--encoding", default="utf-8", help="of IN: utf-8 (default) or gb18030; OUT is UTF-8")
    add("--scheme", choices=tuple(SCHEMES), default="BIO", help="tag scheme of columns in OUT; default: BIO")
    add("--overwrite", action="store_true", help="replace OUT where it is there already")
    return parser


if __name__ == "__main__":
    sys.exit(run_command(main))
