"""What goes wrong with a corpus or on the way to it, said so that its reader can mend it."""

from collections.abc import Iterable
from pathlib import Path

MAX_QUOTED_CHARS = 80


def quote(value: object) -> str:
    """Return a line, or any other value as a line, as Python would write it, cut if it is long.

    >>> quote("小\\tO"), len(quote("小" * 4000)), quote([0, 2])
    ("'小\\\\tO'", 85, "'[0, 2]'")
    """
    line = value if isinstance(value, str) else written(value)
    return repr(line) if len(line) <= MAX_QUOTED_CHARS else repr(line[:MAX_QUOTED_CHARS]) + "..."


def written(value: object) -> str:
    """Return a value that a file holds as Python would write it, cut if it is long, whatever it is.

    >>> written(True), written("0"), len(written(10**4000))
    ('True', "'0'", 83)
    """
    try:
        text = repr(value)
    except RecursionError:
        return "what is nested too deeply to be shown"
    except ValueError:  # more than 4,300 digits, which Python refuses to write
        return "a number too long to be shown"
    return text if len(text) <= MAX_QUOTED_CHARS else text[:MAX_QUOTED_CHARS] + "..."


def check_not_a_corpus(flag: str, given: Path | None, read: Iterable[str | Path]) -> None:
    """Raise CorpusError where a file to be written is one of those that are read."""
    if given is not None and given.resolve() in {Path(path).resolve() for path in read}:
        raise CorpusError(flag, "a new file", f"{given}, which is read", "name another")


class CorpusError(Exception):
    """A corpus that cannot be read or written as one.

    Its text says where (file:line), what was expected, what came and what to do.

    >>> print(CorpusError("train.bio:17", "a label after the prefix", repr("B-"), "write B-PER or the like"))
    train.bio:17: expected a label after the prefix, got 'B-'; write B-PER or the like
    """

    def __init__(self, where: str, expected: str, got: str, remedy: str) -> None:
        super().__init__(f"{where}: expected {expected}, got {got}; {remedy}")
        self.where = where


class DownloadError(Exception):
    """A corpus that could not be fetched or written: what was expected, what came, what to do."""


class LineError(ValueError):
    """A line that is not a token and a tag: what was expected, what came, what to do."""

    def __init__(self, expected: str, got: str, remedy: str) -> None:
        super().__init__(expected, got, remedy)
        self.expected, self.got, self.remedy = expected, got, remedy
