"""The edges of gold entities: white space and invisible characters are none, as no tagger finds such."""

from collections.abc import Sequence

from model.tags.tag_set import spans_from_tags
from model.text import is_invisible


def trim_entities(text: str, tags: Sequence[str]) -> tuple[tuple[str, ...], list[int]]:
    """Return BIO tags whose entities begin and end with a character that can be seen, and where they began before.

    An entity without any such character goes. The second value holds the starts of the entities changed.

    >>> trim_entities(" 小明\\u200b", ["B-PER", "I-PER", "I-PER", "I-PER"])
    (('O', 'B-PER', 'I-PER', 'O'), [0])
    """
    trimmed, changed = list(tags), []
    for span in spans_from_tags(tags):
        start, end = span.start, span.end
        while start < end and is_invisible(text[start]):
            start += 1
        while end > start and is_invisible(text[end - 1]):
            end -= 1
        if (start, end) != (span.start, span.end):
            changed.append(span.start)
            trimmed[span.start : span.end] = ["O"] * (span.end - span.start)
            trimmed[start:end] = [tags[span.start], *tags[start + 1 : end]][: end - start]
    return tuple(trimmed), changed
