"""What is wrong with the second column of a line, and how it is written right."""

import re
import unicodedata
from collections.abc import Collection

from model.tags.tag_set import LABEL_FORM, is_label
from training.corpus.errors import LineError, quote
from training.corpus.schemes import PREFIXES

_UNDASHED = re.compile(r"([BIMESW])[_:./|](.+)")
# Characters that look like those of a tag: dashes, and the letter O in Cyrillic and Greek.
_PLAIN = str.maketrans("\u2010\u2011\u2012\u2013\u2014\u2212\u041e\u039f", "------OO")
_CORRECT = "correct the tag"
_REVERSED = re.compile(r"(.+)[-_]([BIMESW])")


def explain_tag(tag: str, line: str, prefixes: Collection[str]) -> LineError | None:
    """Return what is wrong with a tag of a scheme that has these prefixes; None where it is good."""
    prefix, dash, label = tag.partition("-")
    if not tag:
        remedy = "write O where there is no entity"
        return LineError("a tag in the second column", quote(line), remedy)
    if any(map(str.isspace, tag)):
        return LineError("a tag without white space", quote(line), "remove it")
    if prefix not in prefixes or (not dash and prefix not in PREFIXES):
        known = ", ".join(f"{known}-LABEL" for known in prefixes)
        remedy = _remedy(tag, prefix)
        if remedy == _CORRECT and line.startswith("#"):
            remedy = f"drop the line if it is a comment; {_CORRECT} otherwise"
        return LineError(f"a tag O, {known}", quote(line), remedy)
    if not label:
        return LineError("a label after the prefix", quote(line), f"write {prefix}-PER or the like")
    if not is_label(label):
        return LineError(f"a label of {LABEL_FORM}", quote(line), "give the label another name")
    return None


def _remedy(tag: str, prefix: str) -> str:
    """Return what makes a tag one: it may be written as others write them.

    >>> _remedy("PER-B", "PER"), _remedy("0", "0"), _remedy("U-PER", "U")
    ('write B-PER', 'write O, the letter', 'this is BILOU: write E- for its L-, and S- for its U-')
    """
    if tag in ("0", "o", "〇"):
        return "write O, the letter"
    if prefix in PREFIXES:
        return "correct the tag or name its scheme"
    if prefix in ("L", "U") and tag[1:2] == "-":
        return "this is BILOU: write E- for its L-, and S- for its U-"
    if prefix.upper() in PREFIXES and tag[1:2] == "-":
        return f"write {prefix.upper()}{tag[1:]}"
    if match := _UNDASHED.fullmatch(tag):
        return f"write {match[1]}-{match[2]}"
    if match := _REVERSED.fullmatch(tag):
        return f"write {match[2]}-{match[1]}"
    plain = unicodedata.normalize("NFKC", tag).translate(_PLAIN)
    if plain != tag and (plain == "O" or plain[:2] in {f"{known}-" for known in PREFIXES}):
        codes = ", ".join(f"U+{ord(char):04X}" for char in tag if char not in plain)
        return f"write {plain} in plain letters, without {codes}"
    return _CORRECT
