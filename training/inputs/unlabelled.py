"""Text without labels for teachers to tag: read line by line, without the sentences of dev and test.

files -> lines -> sentences, those of dev and test dropped -> at most so many characters, evenly spread
"""

import hashlib
from collections.abc import Iterator, Set
from dataclasses import dataclass
from math import ceil

from model.text import normalise, split_normalised
from training.corpus.reader import Sentence
from training.inputs.corpora import Corpora
from training.settings.config import ConfigError

# Shorter ones (是的。) stand in every text.
LEAST_HELD_OUT_CHARS = 6


@dataclass(frozen=True)
class Unlabelled:
    """The sentences to be tagged, and what became of the others."""

    corpora: Corpora
    max_chars: int
    held_out: Set[str]
    chars: int  # of all that may be used
    dropped: int  # sentences that stand in dev or test, too
    most_chars: int  # of them, to be used

    def sentences(self) -> Iterator[Sentence]:
        """Yield the sentences, all tags O: evenly spread over the files where they have more than `most_chars`."""
        share = min(1.0, self.most_chars / max(self.chars, 1))
        position = 0.0
        for text in _sentences(self.corpora, self.max_chars):
            if text in self.held_out:
                continue
            before, position = position, position + share
            if share == 1.0 or ceil(position) > ceil(
                before
            ):  # the first one always: none is nothing to learn from
                yield Sentence(text, ("O",) * len(text))

    def describe(self) -> str:
        """Return what is used of the text, for people."""
        return (
            f"unlabelled {', '.join(map(str, self.corpora.sources.unlabelled))}: {self.chars:,} characters, "
            f"{self.most_chars:,} of them used; {self.dropped:,} sentences left out because dev or test has them, too"
        )


def find_unlabelled(corpora: Corpora, max_chars: int, most_chars: int) -> Unlabelled:
    """Return the text without labels of a fit; ConfigError where nothing is left of it.

    max_chars: that of `split_sentences`. most_chars: as many as the fit can read.
    """
    held_out = frozenset(_held_out(corpora, max_chars))
    chars = dropped = 0
    for text in _sentences(corpora, max_chars):
        if text in held_out:
            dropped += 1
        else:
            chars += len(text)
    if not chars:
        raise ConfigError("--unlabelled: expected text that is not in dev or test, got none; give more text")
    # Fits that use all of a text share what teachers think of it, however much more they could read.
    return Unlabelled(corpora, max_chars, held_out, chars, dropped, min(most_chars, chars))


def identity_with_texts(identity: str, corpora: Corpora) -> str:
    """Return the hash of a fit's identity and of the text without labels, with what is held out of it, if there is any.

    Teachers do not see that text: theirs is `identity`.
    """
    files = corpora.sources
    if not files.unlabelled:
        return identity
    facts = [identity, *(corpora.sha256[path] for path in (*files.unlabelled, *files.test))]
    return hashlib.sha256(" ".join(facts).encode()).hexdigest()


def _held_out(corpora: Corpora, max_chars: int) -> Iterator[str]:
    for part in filter(None, (corpora.dev, corpora.test)):
        for sentence in part():
            yield from (text for text in _cut(sentence.text, max_chars) if len(text) >= LEAST_HELD_OUT_CHARS)


def _sentences(corpora: Corpora, max_chars: int) -> Iterator[str]:
    for path in corpora.sources.unlabelled:
        for line in corpora.raw_texts(path):
            yield from _cut(line, max_chars)


def _cut(text: str, max_chars: int) -> Iterator[str]:
    plain = normalise(text)
    stripped = (plain[start:end].strip() for start, end in split_normalised(plain, max_chars))
    return filter(None, stripped)
