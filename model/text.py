"""Text before the network sees it: normalised one code point to one code point, and cut into sentences.

    text --normalise--> --split_normalised--> pieces, as Features.encode_pieces takes them
    text --split_sentences--> the same pieces, of a text that is not normalised yet

Corpora and requests pass the same functions. None of them moves an offset: a normalised text is as long as the
text it came from, and pieces joined are the text.
"""

import functools
import re
import unicodedata
from collections.abc import Iterator
from itertools import chain
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

# Stored in a bundle; raised whenever `normalise` or `split_sentences` answers differently for any text.
TEXT_RULES = 1

# The marks that str.splitlines breaks at.
LINE_BREAKS = "\n\v\f\r\x1c\x1d\x1e\x85\u2028\u2029"

# MSRA and People's Daily write these marks full-width only, and one dot inside foreign names. The other forms
# would all be unknown characters, so they are read as the form that has a vector.
_SAME_MARK = {
    **dict(zip(",:;!?()", "，：；！？（）", strict=True)),
    **dict.fromkeys("•‧∙⋅・", "·"),
}

# Emoji, pictographs, and what joins or varies them: no corpus of news has a vector for them, so they are read as
# the bullet, which has one and is part of no name. In a run "😀小明" the name then begins after the emoji.
PICTOGRAPH = "●"
_PICTOGRAPHS = (range(0x2600, 0x27C0), range(0x1F000, 0x1FC00), (0x200D, 0x20E3, 0xFE0E, 0xFE0F))

# Where code points are that `normalise` changes (a test walks all of Unicode). To ask of each of the others whether it
# is one would take a tenth of a second at every start.
_FOLDED = (
    range(0x3400), range(0xA000, 0xAC00), range(0xF900, 0x11000), range(0x1D000, 0x20000), range(0x2F800, 0x2FA20),
)  # fmt: skip

# Space, line and paragraph separators, controls, format characters; and where they are (a test walks all of Unicode).
_INVISIBLE = frozenset(("Zs", "Zl", "Zp", "Cc", "Cf"))
_INVISIBLE_POINTS = (
    range(0x1000), range(0x1600, 0x1900), range(0x2000, 0x2100), range(0x3000, 0x3001), range(0xFE00, 0x10000),
    range(0x11000, 0x11100), range(0x13400, 0x13500), range(0x1BC00, 0x1BD00), range(0x1D100, 0x1D200),
    range(0xE0000, 0xE0100),
)  # fmt: skip

# After normalising: a sentence ends with a run of these; closing quotes and brackets stay with it.
_ENDS = "。！？…\n"
_CLOSERS = "”’）」』》】〉〕〗]"
_SENTENCE = re.compile(rf"[^{_ENDS}]*+(?:[{_ENDS}][{re.escape(_ENDS + _CLOSERS)}]*+)?+")
# Where a long piece may be cut, best first.
_LONG_PIECE_CUTS = ("；", "，", "、 ")
_ANY_CUT = re.compile(f"[{''.join(_LONG_PIECE_CUTS)}]")


class Piece(NamedTuple):
    """A part of a text, half-open, in code points."""

    start: int
    end: int


def normalise(text: str) -> str:
    """Return text with each code point in its plainest form; the length never changes.

    A code point becomes its NFKC form where that is one code point again (full-width letters and digits,
    circled digits, compatibility ideographs). Comma, colon, semicolon, exclamation mark, question mark and
    round brackets take the Chinese form, the dots between parts of a foreign name become U+00B7, emoji the bullet
    ●, line breaks "\\n", other white space a plain space, and U+0003, which the vocabulary uses as its end mark,
    U+FFFD. Lone surrogates stay.

    >>> normalise("ＮＢＡ２０２６年，５０％, 约翰•史密斯\\u3000①😀")
    'NBA2026年，50%， 约翰·史密斯 1●'
    """
    return text.translate(_folds())


def is_invisible(char: str) -> bool:
    """Return whether a character is white space, a control or a format character (Unicode Z*, Cc, Cf).

    No entity begins or ends with one; inside an entity a space may stand.

    >>> [is_invisible(char) for char in " \\u3000\\u200b\\ufeff\\x00小A"]
    [True, True, True, True, True, False, False]
    """
    return unicodedata.category(char) in _INVISIBLE


def has_invisible_edge(text: str) -> bool:
    """Return whether a text begins or ends with an invisible character, as no entity does."""
    return any(map(is_invisible, text[:1] + text[-1:]))


def find_invisible(text: str) -> NDArray[np.bool_]:
    """Return whether each character of a text is invisible, bool [chars].

    >>> find_invisible("小 明").tolist()
    [False, True, False]
    """
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    return _invisible_table().take(points, mode="clip")


def split_sentences(text: str, max_chars: int = 100) -> list[Piece]:
    """Return consecutive pieces that joined are the text; none is empty.

    A sentence ends after 。！？… or a line break, all that follow each other and closing quotes included.
    A sentence longer than max_chars is cut on after the last semicolon within max_chars, or else the last
    comma, or else the last 、 or space. Where there is none, it runs on to the first such mark or its end.
    ASCII '.' ends nothing: it stands in numbers and names. Cutting a piece again gives that piece.

    Raises ValueError if max_chars is less than 1.

    >>> text = "他说：“走吧！”我们走了。"
    >>> [text[start:end] for start, end in split_sentences(text)]
    ['他说：“走吧！”', '我们走了。']
    """
    return list(split_normalised(normalise(text), max_chars))


def split_normalised(plain: str, max_chars: int) -> Iterator[Piece]:
    """Yield what `split_sentences` returns of a text that is normalised already."""
    if max_chars < 1:
        raise ValueError(f"max_chars: expected at least 1, got {max_chars!r}")
    for match in _SENTENCE.finditer(plain):
        start, end = match.span()
        while end - start > max_chars:
            cut = _next_cut(plain, start, end, max_chars)
            yield Piece(start, cut)
            start = cut
        if start < end:  # the pattern also matches the empty string at the end of the text
            yield Piece(start, end)


def _next_cut(plain: str, start: int, end: int, max_chars: int) -> int:
    for marks in _LONG_PIECE_CUTS:
        last = max(plain.rfind(mark, start, start + max_chars) for mark in marks)
        if last >= 0:
            return last + 1
    match = _ANY_CUT.search(plain, start + max_chars, end)
    return match.end() if match else end


@functools.cache
def _folds() -> dict[int, str]:
    """Return what `normalise` changes, by code point."""
    characters = map(chr, chain.from_iterable(_FOLDED))
    return {ord(character): plain for character in characters if (plain := _fold(character)) != character}


def _fold(character: str) -> str:
    if character in LINE_BREAKS:
        return "\n"
    if character.isspace():
        return " "
    if character == "\u0003":
        return "\ufffd"
    compatible = unicodedata.normalize("NFKC", character)
    plain = compatible if len(compatible) == 1 else character
    if not plain.isalnum() and any(ord(plain) in points for points in _PICTOGRAPHS):
        return PICTOGRAPH
    return _SAME_MARK.get(plain, plain)


@functools.cache
def _invisible_table() -> NDArray[np.bool_]:
    """Return whether a code point is invisible, as a table; those above it are like its last: not."""
    table = np.zeros(_INVISIBLE_POINTS[-1].stop + 1, np.bool_)
    for point in chain.from_iterable(_INVISIBLE_POINTS):
        table[point] = is_invisible(chr(point))
    return table
