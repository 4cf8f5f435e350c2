"""The options of reading that are about formats: the same for fit, check and evaluate."""

import argparse
from typing import Any, get_args

from training.formats.recognition import COLUMNS
from training.formats.records.documents import RECORD_FORMATS
from training.formats.resolution import Nested

FORMAT = f"of the files: auto (default: by what they hold), {COLUMNS}, {', '.join(RECORD_FORMATS)}"
NESTED = "entities that overlap or are in several parts: keep the longest (default), or stop with an error"


def add_format_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags that `format_options` reads."""
    choices = ("auto", COLUMNS, *RECORD_FORMATS)
    parser.add_argument("--format", choices=choices, default="auto", metavar="NAME", help=FORMAT)
    parser.add_argument("--nested", choices=get_args(Nested), default="longest", help=NESTED)


def format_options(options: Any) -> dict[str, Any]:
    """Return what `read_sentences` takes of these flags or settings; none that is as by default.

    >>> format_options(argparse.Namespace(format="auto", nested="error"))
    {'nested': 'error'}
    """
    found = {"file_format": options.format, "nested": options.nested}
    return {name: value for name, value in found.items() if value not in ("auto", "longest")}
