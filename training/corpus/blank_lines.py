"""Files in which blank lines between sentences are missing, so that many sentences are read as one.

sentences -> per file: how many, and the one with most sentence ends inside -> a note where sentences run together
"""

import re
from collections.abc import Collection
from dataclasses import dataclass

from training.corpus.reader import Sentence

# A run of marks that end a sentence, closing quotes included, with more text after it.
SENTENCE_END = re.compile("[。！？!?…]++[”’）」』》】)\"']*+(?=.)")
# Inside of sentences there are none in Resume, at most 2 in MSRA, and 14 (0.85 on average) in Weibo, where a whole
# message is one.
MANY_ENDS_ON_AVERAGE = 10
MANY_ENDS = 40
LONG_CHARS = 1000
QUOTED_CHARS = 10


@dataclass
class _File:
    sentences: int = 0
    ends: int = 0  # inside of all its sentences
    worst: Sentence | None = None  # that with most of them inside
    worst_ends: int = -1


class BlankLines:
    """Counts sentences that are given one by one; `notes` says in which files they run together."""

    def __init__(self) -> None:
        self._files: dict[str, _File] = {}

    def add(self, sentence: Sentence) -> None:
        """Count one sentence."""
        file = self._files.setdefault(sentence.path, _File())
        ends = len(SENTENCE_END.findall(sentence.text))
        file.sentences += 1
        file.ends += ends
        if ends > file.worst_ends:
            file.worst, file.worst_ends = sentence, ends

    def notes(self, without: Collection[str] = ()) -> list[str]:
        """Return a sentence on each file that lacks blank lines, with where its sentences could be cut.

        `without`: files that need none, as their format says itself where a text ends.

        >>> blank_lines = BlankLines()
        >>> blank_lines.add(Sentence("他来了。她走了。", ("O",) * 8, "train.bio", 1))
        >>> print(blank_lines.notes()[0])
        train.bio:1: no blank line in 8 characters, which are read as one sentence; put a blank line after each \
sentence, for example after '他来了。' (a sentence ends at 1 place inside)
        """
        return [
            _note(file.worst, file.worst_ends)
            for path, file in self._files.items()
            if path not in without and _runs_together(file)
        ]


def _runs_together(file: _File) -> bool:
    if file.sentences == 1 and file.worst:
        return file.ends > 0 or len(file.worst.text) > LONG_CHARS
    return file.ends >= MANY_ENDS_ON_AVERAGE * file.sentences or file.worst_ends >= MANY_ENDS


def _note(sentence: Sentence | None, ends: int) -> str:
    assert sentence is not None
    note = (
        f"{sentence.path}:{sentence.line}: no blank line in {len(sentence.text):,} characters, which are read as one "
        "sentence; put a blank line after each sentence"
    )
    if not (first := SENTENCE_END.search(sentence.text)):
        return note
    before = sentence.text[max(0, first.end() - QUOTED_CHARS) : first.end()]
    places = f"{ends:,} place{'s' * (ends > 1)}"
    return f"{note}, for example after {before!r} (a sentence ends at {places} inside)"
