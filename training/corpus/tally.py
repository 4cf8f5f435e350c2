"""What was met in a corpus and read otherwise than it stands there: counted, with the place of the first."""

from dataclasses import dataclass
from typing import NamedTuple


class Finding(NamedTuple):
    """A kind of thing that is met: what one and what many do, and how they are read."""

    one: str
    many: str
    done: str


@dataclass
class _Count:
    times: int
    first: str


class Tally:
    """Counts findings that are added one by one; `notes` says them.

    >>> tally = Tally()
    >>> tally.add(Finding("text is empty", "texts are empty", "left out"), "a.jsonl:3")
    >>> tally.notes()
    ['1 text is empty, at a.jsonl:3: left out']
    """

    def __init__(self) -> None:
        self._counts: dict[Finding, _Count] = {}

    def add(self, finding: Finding, where: str) -> None:
        """Count one more."""
        count = self._counts.setdefault(finding, _Count(0, where))
        count.times += 1

    def notes(self) -> list[str]:
        """Return a sentence on each kind that was met, in the order in which they were."""
        return [_note(finding, count) for finding, count in self._counts.items()]

    def to_json(self) -> list[dict[str, int | str]]:
        """Return them as JSON values."""
        return [
            {"found": finding.many, "times": count.times, "first": count.first, "read": finding.done}
            for finding, count in self._counts.items()
        ]


def _note(finding: Finding, count: _Count) -> str:
    if count.times == 1:
        return f"1 {finding.one}, at {count.first}: {finding.done}"
    return f"{count.times:,} {finding.many}, first at {count.first}: {finding.done}"
