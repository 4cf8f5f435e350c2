"""What is wrong with the first column of a line, and what mends it without harm.

A token is one code point, or with --unit word a word; many a glyph is more than one code point.
"""

import re
import unicodedata
from itertools import pairwise
from typing import Literal

from model.text import is_invisible
from training.corpus.errors import LineError, quote

Unit = Literal["char", "word"]

TAG = re.compile("(?:O|[BIMESWLU]-.+)")

_WORDS = (
    "put each character on its own line, or read the corpus with --unit word if its lines hold whole words or numbers: "
    "Chinese ones are then joined without spaces"
)
# As in Label Studio's CoNLL: an entity's tag then stands at a whole sentence, which --unit word would believe.
_SENTENCES = (
    "put each character on its own line; where a tool has cut at white space alone, whole Chinese sentences became "
    "tokens, and where their entities are is lost: export them as JSON instead"
)
_SENTENCE = re.compile(
    "[\u4e00-\u9fff].*[\u3002\uff0c\uff01\uff1f\uff1b]|[\u3002\uff0c\uff01\uff1f\uff1b].*[\u4e00-\u9fff]"
)
_NO_TEXT = "drop the line if it names the columns or is no text; put each character on its own line otherwise"
_JOINER = "\u200d"
_MODIFIERS = range(0x1F3FB, 0x1F400)  # skin tones
_FLAGS = range(0x1F1E6, 0x1F200)  # letters that pair up as flags


def explain_token(line: str, token: str, tag: str, unit: Unit) -> LineError:
    """Return what is wrong with the token of a line of two columns.

    >>> print(explain_token("e\\u0301\\tO", "e\\u0301", "O", "char").remedy)
    write it composed (NFC), as 'é'
    """
    if tag and TAG.fullmatch(token) and not TAG.fullmatch(tag):
        remedy = "swap the columns: the token stands before its tag"
        return LineError("a token, then its tag", quote(line), remedy)
    if any(map(str.isspace, token)):
        remedy = "split the token there" if token == token.strip() else "remove it"
        return LineError("a token without white space", quote(line), remedy)
    several = _explain_several(line, token, tag) if unit == "char" else None
    remedy = (_SENTENCES if _SENTENCE.search(token) else _WORDS) if TAG.fullmatch(tag) else _NO_TEXT
    return several or LineError("one character, a tab and a tag", quote(line), remedy)


def _explain_several(line: str, token: str, tag: str) -> LineError | None:
    """Return what to do where several code points look like one character; None where they do not."""
    seen = [char for char in token if not is_invisible(char)]
    if len(seen) == 1:
        code = next(_code(char) for char in token if is_invisible(char))
        got = f"one and {code}, which is invisible, in {quote(line)}"
        return LineError("one character", got, f"remove {code}")
    whole = unicodedata.normalize("NFC", token)
    if len(whole) == 1:
        got = f"{len(token)} that make one in {quote(line)}"
        return LineError("one code point", got, f"write it composed (NFC), as {whole!r}")
    if not all(_joins(before, char) for before, char in pairwise(token)):
        return None
    codes = " ".join(map(_code, token))
    got = f"{len(token)} that are drawn as one ({codes}) in {quote(line)}"
    remedy = f"put each code point on its own line: {_lines(token, tag)}"
    return LineError("one code point, a tab and a tag", got, remedy)


def _lines(token: str, tag: str) -> str:
    """Return what the lines of the code points of a token would be."""
    codes = list(map(_code, token))
    if tag[:1] not in ("B", "I", "M", "O"):
        return f"{' '.join(codes)}, tagged as {len(token)} characters are"
    inside = "I" + tag[1:] if tag[:1] == "B" else tag
    return ", ".join([f"{codes[0]} {tag}", *(f"{code} {inside}" for code in codes[1:])])


def _joins(before: str, char: str) -> bool:
    """Return whether a code point is drawn together with the one before it."""
    if _JOINER in (before, char):
        return True
    if ord(before) in _FLAGS and ord(char) in _FLAGS:
        return True
    return unicodedata.category(char) in ("Mn", "Me", "Mc", "Cf") or ord(char) in _MODIFIERS


def _code(char: str) -> str:
    return f"U+{ord(char):04X}"
