"""The tag schemes of corpora, as tables of their prefixes.

scheme   one char   longer            two of a label side by side
BIO      B          B I I             B I B I         (IOB2)
IOB1     I          I I I             I I B I
BIOES    S          B I E             B E B E
BMES     S          B M E             B E B E
BMEWO    W          B M E             B E B E
"""

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
CONTINUES = frozenset(p for p in PREFIXES if not any(table.opens(p) for table in _TABLES))
OPEN = frozenset(p for p in PREFIXES if any(table.continues(p) for table in _TABLES))  # may go on after it
# Those that mark where an entity ends.
CLOSED_SCHEMES = tuple(name for name, table in schemes.SCHEMES.items() if table.last != table.middle)
