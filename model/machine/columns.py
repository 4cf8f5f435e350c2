"""Columns for a terminal: Chinese characters are two wide there, accents that combine have no width.

rows --format_columns--> lines
"""

import unicodedata
from collections.abc import Iterator, Sequence

_WIDE = ("W", "F")
_NO_WIDTH = ("Mn", "Me", "Cf")


def display_width(text: str) -> int:
    """Return how many columns of a terminal a text takes.

    >>> display_width("NBA"), display_width("北京"), display_width("e\\u0301")
    (3, 4, 1)
    """
    return sum(
        0 if unicodedata.category(char) in _NO_WIDTH else 1 + (unicodedata.east_asian_width(char) in _WIDE)
        for char in text
    )


def printable(text: str) -> str:
    """Return a text of which a terminal shows every character: controls and half characters as their code.

    >>> printable("北\\x1b\\n\\ud800京")
    '北\\\\x1b\\\\n\\\\ud800京'
    """
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)


def printable_lines(text: str) -> str:
    r"""Return a text of several lines of which a terminal shows every character, as `printable` does.

    >>> printable_lines("北\x1b\n京")
    '北\\x1b\n京'
    """
    return "\n".join(map(printable, text.split("\n")))


def format_columns(rows: Sequence[Sequence[str]], numbers_from: int = 1, gap: str = "  ") -> Iterator[str]:
    """Yield a line for each row; the columns from `numbers_from` on stand to the right.

    >>> list(format_columns([["label", "F1"], ["人名", "9.5"]]))
    ['label   F1', '人名   9.5']
    """
    columns = max(map(len, rows), default=0)
    widths = [
        max(display_width(row[column]) for row in rows if column < len(row)) for column in range(columns)
    ]
    for row in rows:
        cells = []
        for index, (cell, width) in enumerate(zip(row, widths, strict=False)):
            space = " " * (width - display_width(cell))
            cells.append(space + cell if index >= numbers_from else cell + space)
        yield gap.join(cells).rstrip()
