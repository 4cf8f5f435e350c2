"""Files in which the blank lines between sentences are missing, so that many sentences are read as one.

sentences -> per file: sentences, marks that end one inside of them -> a note on each file where they run together
"""

import re
from dataclasses import dataclass, field

from training.corpus.reader import Sentence

# A run of marks that end a sentence, closing quotes included, with more text after it.
SENTENCE_END = re.compile("[。！？!?…]++[”’）」』》】)\"']*+(?=.)")
# Of such marks a sentence holds none inside in Resume, 0.03 in MSRA and 0.9 in Weibo, where a message is one.
MANY_ENDS = 10
QUOTED_CHARS = 10


@dataclass
class _File:
    sentences: int = 0
    longest: int = 0  # in characters
    ends: int = 0  # inside of sentences
    first: str = ""  # what stands before the first of them


@dataclass
class BlankLines:
    """Counts sentences that are given one by one; `notes` says in which files they run together."""

    _files: dict[str, _File] = field(default_factory=dict)

    def add(self, sentence: Sentence) -> None:
        """Count one sentence."""
        file = self._files.setdefault(sentence.path, _File())
        file.sentences += 1
        file.longest = max(file.longest, len(sentence.text))
        for match in SENTENCE_END.finditer(sentence.text):
            file.first = file.first or sentence.text[max(0, match.end() - QUOTED_CHARS) : match.end()]
            file.ends += 1

    def notes(self) -> list[str]:
        """Return a sentence on each file that lacks blank lines, with where its sentences could be cut.

        >>> blank_lines = BlankLines()
        >>> blank_lines.add(Sentence("他来了。她走了。", ("O",) * 8, "train.bio", 1))
        >>> print(blank_lines.notes()[0])
        train.bio: no blank line between sentences: all 8 characters are read as one sentence; put a blank line after \
each sentence, for example after '他来了。' (a sentence ends at 1 place inside)
        """
        return [_note(path, file) for path, file in self._files.items() if _runs_together(file)]


def _runs_together(file: _File) -> bool:
    return file.ends > 0 and (file.sentences == 1 or file.ends >= MANY_ENDS * file.sentences)


def _note(path: str, file: _File) -> str:
    if file.sentences == 1:
        what = f"no blank line between sentences: all {file.longest:,} characters are read as one sentence"
    else:
        what = (
            f"blank lines between sentences are missing: {file.sentences:,} sentences, "
            f"the longest of {file.longest:,} characters"
        )
    places = f"{file.ends:,} place{'s' * (file.ends > 1)}"
    return (
        f"{path}: {what}; put a blank line after each sentence, for example after {file.first!r} "
        f"(a sentence ends at {places} inside)"
    )
