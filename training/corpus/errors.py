"""What goes wrong with a corpus or on the way to it, said so that its reader can mend it."""

MAX_QUOTED_CHARS = 80


def quote(line: str) -> str:
    """Return a line as Python would write it, cut if it is long.

    >>> quote("小\\tO"), len(quote("小" * 4000))
    ("'小\\\\tO'", 85)
    """
    return repr(line) if len(line) <= MAX_QUOTED_CHARS else repr(line[:MAX_QUOTED_CHARS]) + "..."


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
