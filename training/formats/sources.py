"""A file to be read, and what is said of it beside its name."""

from pathlib import Path
from typing import Literal, NamedTuple

from training.corpus.sentences import Unit


class Source(NamedTuple):
    """A file with the options of reading it."""

    path: Path
    codec: str = "utf-8"
    unit: Unit = "char"
    column: int | None = None  # of the tags, counted from 1; the last one unless given
    names: tuple[str, ...] = ()  # of tags that stand there as numbers, in the order of these


# What a format of files holds beyond one tag per character:
Holds = Literal[
    "parts",  # entities in several parts, inside each other
    "nested",  # entities inside each other
    "flat",  # one entity at each character
    "lines",  # the same, and no line breaks in a text
]
