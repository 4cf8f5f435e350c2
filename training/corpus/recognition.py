"""Recognises the tag scheme of a corpus from its tags, all of which must fit.

sentences as written -> pairs of neighbouring tags -> scheme, or the first tag with which none fits
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Set
from pathlib import Path
from typing import NoReturn

from training.corpus.errors import CorpusError
from training.corpus.schemes import SCHEMES
from training.corpus.sentences import Pair, RawSentence, Tokens, Unit, read_raw, tag_pairs


def recognise_corpus(files: list[Path], codec: str, unit: Unit) -> str:
    """Return the scheme of a whole corpus; CorpusError at the first tag with which it fits none."""
    return recognise_sentences(lambda: read_raw(files, Tokens(codec, unit)))


def recognise_sentences(read: Callable[[], Iterator[RawSentence]]) -> str:
    """Return the scheme of all sentences that `read` gives, each time anew; CorpusError likewise."""
    pairs: Counter[Pair] = Counter()
    for raw in read():
        pairs.update(tag_pairs(raw.tags))
    return recognise_scheme(pairs) or _refuse_mixture(read())


def recognise_scheme(pairs: Iterable[Pair]) -> str | None:
    """Return the scheme of a corpus that has these pairs of neighbouring tags; None if none fits.

    Pairs, or a Counter of them, count as often as they are given. With B and I alone it is IOB1 if of the entities that
    do not follow one of their label ten times as many begin with I- as with B-: stray I- do not make it IOB1.

    >>> recognise_scheme(tag_pairs(["I-PER", "I-PER", "O"])), recognise_scheme(tag_pairs(["O", "B-PER"]))
    ('IOB1', 'BIO')
    """
    pairs = Counter(pairs)
    fitting = _fitting_schemes({tag[0] for pair in pairs for tag in pair})
    if "IOB1" not in fitting:
        return fitting[0] if fitting else None
    starts: Counter[str] = Counter()
    for (before, tag), times in pairs.items():
        if before[1:] != tag[1:]:
            starts[tag[0]] += times
    return "IOB1" if starts["I"] > 10 * starts["B"] else "BIO"


def fits_scheme(prefixes: Set[str]) -> bool:
    """Return whether some scheme has all these prefixes ("O" is in each).

    >>> fits_scheme({"O", "B", "M", "W"}), fits_scheme({"I", "M"})
    (True, False)
    """
    return bool(_fitting_schemes(prefixes))


def _refuse_mixture(sentences: Iterator[RawSentence]) -> NoReturn:
    first: dict[str, str] = {}  # prefix -> where it first stood
    for raw in sentences:
        for index, tag in enumerate(raw.tags):
            place = first.setdefault(tag[0], raw.place_of(index))
            if not fits_scheme(set(first)):
                others = ", ".join(f"{known}- at {at}" for known, at in first.items() if at != place)
                got = f"{tag!r} in a corpus with {others}"
                raise CorpusError(place, "the tags of one scheme", got, "bring all files to one scheme")
    raise CorpusError(
        "corpus",
        "a file that does not change while it is read",
        "another one when read again",
        "read it again",
    )


def _fitting_schemes(prefixes: Set[str]) -> list[str]:
    return [name for name, known in SCHEMES.items() if prefixes <= {"O", *known}]
