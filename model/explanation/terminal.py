"""An explanation as lines for a terminal; Chinese characters are two columns wide.

Explanation --format_explanation--> lines
"""

from collections.abc import Iterator

from model.entities import Entity
from model.explanation.explanation import Explanation
from model.formats import to_inline
from model.machine.columns import format_columns, printable

# Less likely labels are not printed.
_LEAST = 0.005
_NO = "no vector"


def format_explanation(found: Explanation) -> Iterator[str]:
    """Yield the lines: taggings, characters, words, what has no vector."""
    if not found.text:
        yield "an empty text: nothing to explain"
        return
    yield f"the {len(found.taggings)} likeliest taggings"
    for spans, probability in found.taggings:
        entities = [Entity(s, e, found.text[s:e], label, 0.0) for s, e, label in spans]
        yield f"  {probability:6.4f}  {printable(to_inline(found.text, entities).removesuffix(chr(10)))}"
    yield from ("", "characters: the likeliest tag, and how likely each lies in an entity of a label")
    yield from (f"  {line}" for line in format_columns(list(_character_rows(found)), numbers_from=4))
    yield from ("", "words")
    yield from (f"  {line}" for line in format_columns(list(_word_rows(found)), numbers_from=3))
    yield ""
    yield from unknown_lines(found)


def unknown_lines(found: Explanation) -> Iterator[str]:
    """Yield a line for each channel that lacks something, and one for words; or that nothing is lacking."""
    lacking: dict[str, list[str]] = {}
    for unknown in found.unknown:
        lacking.setdefault(f"no {unknown.channel} vector", []).append(unknown.text)
    for word in found.words:
        if not word.has_vector:
            lacking.setdefault(f"no vector of their own ({word.source})", []).append(word.text)
    for what, texts in lacking.items():
        yield f"{what}: {'  '.join(map(printable, dict.fromkeys(texts)))}"
    if not lacking:
        yield "everything has a vector"


def _character_rows(found: Explanation) -> Iterator[list[str]]:
    unknown = {(one.start, one.channel) for one in found.unknown}
    channels = list(dict.fromkeys(one.channel for one in found.unknown))
    yield ["at", "char", "read as", "tag", "", "O", *found.labels, ""]
    for at, one in enumerate(found.characters):
        shares = (f"{share:.2f}" if share >= _LEAST else "" for share in (one.outside, *one.labels.values()))
        lacking = ", ".join(f"no {channel}" for channel in channels if (at, channel) in unknown)
        read_as = "" if one.read_as == one.char else printable(one.read_as)
        yield [str(at), printable(one.char), read_as, one.tag, f"{one.probability:.2f}", *shares, lacking]


def _word_rows(found: Explanation) -> Iterator[list[str]]:
    yield ["word", "at", "from", "seen", "cut so", ""]
    for word in found.words:
        cut = "" if word.probability is None else f"{word.probability:.2f}"
        place = f"{word.start}-{word.end}"
        yield [
            printable(word.text),
            place,
            word.source,
            f"{word.seen:,}",
            cut,
            "" if word.has_vector else _NO,
        ]
