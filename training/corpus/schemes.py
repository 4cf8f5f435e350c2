"""Tag schemes as they stand in corpora: which one it is, and what it says in BIO.

scheme   one char   longer            two of a label side by side
BIO      B          B I I             B I B I         (IOB2)
IOB1     I          I I I             I I B I
BIOES    S          B I E             B E B E
BMES     S          B M E             B E B E
BMEWO    W          B M E             B E B E
"""

from collections import Counter
from collections.abc import Iterable, Sequence, Set
from typing import Literal

from model.tags import schemes

Scheme = Literal["auto", "BIO", "IOB1", "BIOES", "BMES", "BMEWO"]

# Their prefixes, in the order of preference where a corpus fits several.
SCHEMES: dict[str, tuple[str, ...]] = {
    "BIO": ("B", "I"),
    "IOB1": ("B", "I"),
    **{name: tuple(dict.fromkeys(table)) for name, table in schemes.SCHEMES.items() if name != "BIO"},
}
PREFIXES = ("B", "I", "M", "E", "S", "W")
_TABLES = schemes.SCHEMES.values()
_CONTINUES = frozenset(p for p in PREFIXES if not any(table.opens(p) for table in _TABLES))
_OPEN = frozenset(p for p in PREFIXES if any(table.continues(p) for table in _TABLES))  # may go on after it
# Those that mark where an entity ends.
_CLOSED_SCHEMES = tuple(name for name, table in schemes.SCHEMES.items() if table.last != table.middle)

Pair = tuple[str, str]  # two neighbouring tags; "O" before the first and after the last


def tag_pairs(tags: Sequence[str]) -> Iterable[Pair]:
    """Return each tag with the one before it, and the last one with what follows: nothing.

    >>> list(tag_pairs(["B-PER", "I-PER"]))
    [('O', 'B-PER'), ('B-PER', 'I-PER'), ('I-PER', 'O')]
    """
    return zip(("O", *tags), (*tags, "O"), strict=True)


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


class ToBio(dict[Pair, str]):
    """Maps a tag after another (as `tag_pairs` gives them) to the second one in BIO.

    A tag that continues nothing opens an entity, as in conlleval. `stray` and `unclosed` collect the
    pairs met so far in which it happened, or in which an entity of BIOES, BMES or BMEWO lacks its end.

    >>> to_bio = ToBio("BIOES")
    >>> [to_bio[pair] for pair in tag_pairs(["B-PER", "E-PER", "S-LOC", "E-ORG"])]
    ['B-PER', 'I-PER', 'B-LOC', 'B-ORG', 'O']
    >>> to_bio.stray
    {('S-LOC', 'E-ORG')}
    """

    def __init__(self, scheme: str) -> None:
        super().__init__()
        self.scheme = scheme
        self.stray: set[Pair] = set()
        self.unclosed: set[Pair] = set()

    def __missing__(self, pair: Pair) -> str:
        before, tag = pair
        continues = before[0] in _OPEN and tag[0] in _CONTINUES and before[1:] == tag[1:]
        if tag[0] in _CONTINUES and not continues and self.scheme != "IOB1":
            self.stray.add(pair)
        if before[0] in _OPEN and not continues and self.scheme in _CLOSED_SCHEMES:
            self.unclosed.add(pair)
        self[pair] = bio = tag if tag == "O" else ("I" if continues else "B") + tag[1:]
        return bio


def _fitting_schemes(prefixes: Set[str]) -> list[str]:
    return [name for name, known in SCHEMES.items() if prefixes <= {"O", *known}]
