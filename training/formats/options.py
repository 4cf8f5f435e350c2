"""The options of reading that are about formats: the same for fit, check, evaluate and convert."""

import argparse
from typing import Any, get_args

from training.formats.resolution import Nested
from training.formats.table import FORMATS

FORMAT = f"of the files: auto (default: by what they hold), {', '.join(FORMATS)}"
NESTED = "entities that overlap or are in several parts: keep the longest (default), or stop with an error"
COLUMN = "column of the tags, where lines have more than two; default: the last"
NAMES = "names of tags that are numbers, in their order: O,B-PER,I-PER"
_DEFAULTS: tuple[Any, ...] = ("auto", "longest", None, (), [])


def add_format_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags that `format_options` reads."""
    add = parser.add_argument
    add("--format", choices=("auto", *FORMATS), default="auto", metavar="NAME", help=FORMAT)
    add("--nested", choices=get_args(Nested), default="longest", help=NESTED)
    add("--column", type=int, metavar="N", help=COLUMN)
    add("--names", type=split_names, metavar="TAGS", default=(), help=NAMES)


def split_names(names: str) -> tuple[str, ...]:
    """Return the names that stand in one argument.

    >>> split_names("O,B-PER,I-PER")
    ('O', 'B-PER', 'I-PER')
    """
    return tuple(filter(None, names.split(",")))


def format_options(options: Any) -> dict[str, Any]:
    """Return what `read_sentences` takes of these flags or settings; none that is as by default.

    >>> format_options(argparse.Namespace(format="auto", nested="error", column=None, names=()))
    {'nested': 'error'}
    """
    found = {
        "file_format": options.format,
        "nested": options.nested,
        "column": options.column,
        "names": tuple(name for given in options.names for name in split_names(given)),
    }
    return {name: value for name, value in found.items() if value not in _DEFAULTS}
