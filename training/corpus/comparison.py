"""Texts as they are compared: two that differ in white space and width alone are one."""

from model.text import normalise


def folded(text: str) -> str:
    """Return a text as it is compared: normalised, without white space.

    >>> folded("ＮＢＡ 开赛\\u3000了")
    'NBA开赛了'
    """
    return "".join(normalise(text).split())
