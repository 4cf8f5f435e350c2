"""Words to text, as it is written and will be sent: Chinese words without spaces, Latin ones with one between.

New York 's Bronx  --> "New York 's Bronx"
他 用 iPhone 拍 照 --> "他用iPhone拍照"
"""

import unicodedata
from collections.abc import Sequence

# Korean is written in wide characters, and with spaces.
_HANGUL = range(0xAC00, 0xD7A4)


def join_tagged(
    words: Sequence[str], tags: Sequence[str], *, spaced: bool = True
) -> tuple[str, tuple[str, ...]]:
    """Return the text that words make, and a BIO tag for each of its characters; without spaces unless `spaced`.

    >>> join_tagged(["New", "York", "很", "大"], ["B-LOC", "I-LOC", "O", "O"])[1]
    ('B-LOC', 'I-LOC', 'I-LOC', 'I-LOC', 'I-LOC', 'I-LOC', 'I-LOC', 'I-LOC', 'O', 'O')
    """
    text, starts = join_words(words, spaced=spaced)
    spread: list[str] = []
    for word, start, tag in zip(words, starts, tags, strict=True):
        inside = tag if tag == "O" else "I" + tag[1:]
        if start > len(spread):
            continues = tag[0] == "I" and spread[-1][2:] == tag[2:]
            spread.append(tag if continues else "O")  # the space before the word
        spread += [tag, *[inside] * (len(word) - 1)]
    return text, tuple(spread)


def join_words(words: Sequence[str], *, spaced: bool = True) -> tuple[str, list[int]]:
    """Return the text that words make, and where in it each begins.

    >>> join_words(["Barack", "Obama", "访问", "北京", "，", "见到", "2", "人"])
    ('Barack Obama访问北京，见到2人', [0, 7, 12, 14, 16, 17, 19, 20])
    """
    text, starts = "", []
    for word in words:
        if spaced and text and not (_joins(text[-1]) or _joins(word[0])):
            text += " "
        starts.append(len(text))
        text += word
    return text, starts


def _joins(char: str) -> bool:
    """Return whether nothing stands between a character and its neighbours: Chinese, Japanese, and their marks."""
    if ord(char) in _HANGUL:
        return False
    width = unicodedata.east_asian_width(char)
    # Dashes, quotes and the like are as wide as what they stand beside; so are letters of Greek and Cyrillic.
    return width in ("W", "F") or (width == "A" and not char.isalnum())
