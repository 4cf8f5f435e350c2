"""What goes wrong with a corpus, said so that its reader can mend it."""

from __future__ import annotations


class CorpusError(Exception):
    """A corpus that cannot be read or written as one.

    Its text says where (file:line), what was expected, what came and what to do.

    >>> print(CorpusError("train.bio:17", "a label after the prefix", repr("B-"), "write B-PER or the like"))
    train.bio:17: expected a label after the prefix, got 'B-'; write B-PER or the like
    """

    def __init__(self, where: str, expected: str, got: str, remedy: str) -> None:
        super().__init__(f"{where}: expected {expected}, got {got}; {remedy}")
        self.where = where
