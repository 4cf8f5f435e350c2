"""Entities whose edges look wrong: a mark at one, or half of a pair of brackets or quotes inside.

The surface of an entity, normalised -> what is odd about it
"""

# As `normalise` writes them; those left out, such as %, # and @, belong to what they stand beside.
MARKS = frozenset("，。、；：！？…·—–-~|/\\.")
# After or before a letter or digit they are part of an abbreviation or a name: Inc., Yahoo!, C-
_OF_LATIN = frozenset(".！？-~/")
PAIRS = {
    "《": "》",
    "（": "）",
    "“": "”",
    "「": "」",
    "『": "』",
    "【": "】",
    "〈": "〉",
    "〔": "〕",
    "[": "]",
}
_CLOSERS = {closer: opener for opener, closer in PAIRS.items()}

PUNCTUATION = "begin or end with punctuation"
UNBALANCED = "have a bracket or quote without its other half"


def edge_fault(surface: str) -> str | None:
    """Return what is odd about the edges of an entity, PUNCTUATION or UNBALANCED; None for nothing.

    >>> edge_fault("，北京"), edge_fault("《茶馆"), edge_fault("《茶馆》"), edge_fault("Inc.")
    ('begin or end with punctuation', 'have a bracket or quote without its other half', None, None)
    """
    if not _is_balanced(surface):
        return UNBALANCED
    ends = ((surface[0], surface[1:2]), (surface[-1], surface[-2:-1]))
    return PUNCTUATION if any(_is_stray(mark, beside) for mark, beside in ends) else None


def _is_stray(mark: str, beside: str) -> bool:
    is_latin = mark in _OF_LATIN and beside.isascii() and beside.isalnum()
    return mark in MARKS and not is_latin


def _is_balanced(surface: str) -> bool:
    open_ones: list[str] = []
    for char in surface:
        if char in PAIRS:
            open_ones.append(char)
        elif char in _CLOSERS and (not open_ones or open_ones.pop() != _CLOSERS[char]):
            return False
    return not open_ones and surface.count('"') % 2 == 0
