"""What records of all kinds have: a text, offsets into it, labels; and what is wrong where one cannot be used.

Offsets that are UTF-16 units, as browsers count, are known by the entity's text that stands beside them.
"""

import math
import re
from bisect import bisect_left
from functools import lru_cache
from typing import Any, NamedTuple

from model.tags.tag_set import LABEL_FORM, is_label
from training.corpus.errors import LineError, quote, written
from training.corpus.tally import Finding, Tally
from training.formats.documents import Span

SPACED = Finding("label has white space", "labels have white space", "written with _ instead")
UTF_16 = Finding(
    "entity has its offsets in UTF-16 units",
    "entities have their offsets in UTF-16 units",
    "turned into code points, as the text beside them says",
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_WHITE_SPACE = re.compile(r"\s+")
_AFTER, _LAST = (f"count code points from 0, {end}" for end in ("the end excluded", "the last one included"))


class Place(NamedTuple):
    """Where a record stands, and what counts what is met in it."""

    where: str
    tally: Tally


def text_in(value: dict[str, Any], *names: str) -> str:
    """Return the text of a record, under the first of these names that it has."""
    name = next((name for name in names if name in value), None)
    if name is None:
        got = f"the fields {', '.join(map(repr, value)) or 'of an empty object'}"
        raise LineError(f"a field {names[0]!r}", got, "give each record its text")
    return checked_text(value[name], name)


def checked_text(text: Any, name: str) -> str:
    """Return a value that is a text, or a number that stands for one; NaN, which stands for a missing one, is none."""
    if _is_whole(text) or (isinstance(text, float) and math.isfinite(text)):
        text = str(text)
    if not isinstance(text, str):
        raise LineError(f"a text in {name!r}", quote(text), "give each record its text")
    if "\0" in text:
        raise LineError("text", f"a NUL in {quote(text)}", "remove it")
    if match := _SURROGATE.search(text):
        got = f"half of a pair of surrogates, U+{ord(match[0]):04X}, in {quote(text)}"
        raise LineError("whole characters", got, "remove it")
    return text


def list_in(value: dict[str, Any], name: str) -> list[Any]:
    """Return a list of a record; none where the field is missing or null."""
    items = value.get(name)
    if items is None:
        return []
    if not isinstance(items, list):
        raise LineError(f"a list in {name!r}", quote(items), "see docs/formats.md for what is read")
    return items


def span_in(
    text: str, start: Any, end: Any, label: Any, place: Place, surface: Any = None, *, is_last: bool = False
) -> Span:
    """Return a span of a text, checked; `surface` is the text that the annotation says it covers, where it does.

    is_last: the end is the last character of the span, not the one after it. Raises LineError for offsets that are
    none, lie outside of the text, or do not cover the surface.
    """
    name, counted = label_in(label, place), _LAST if is_last else _AFTER
    if not (_is_whole(start) and _is_whole(end)):
        got = f"{written(start)} and {written(end)}"
        raise LineError("two whole numbers, start and end", got, counted)
    after = end + is_last
    is_within = 0 <= start <= after <= len(text)
    if is_within and (not isinstance(surface, str) or text[start:after] == surface):
        return Span(name, ((start, after),))
    if found := _from_utf16(text, start, after, surface):
        place.tally.add(UTF_16, place.where)
        return Span(name, (found,))
    if not is_within:
        expected = f"a start and an end within the {len(text):,} characters of its text"
        got = f"{written(start)} to {written(end)} ({name}) in {quote(text)}"
        raise LineError(expected, got, counted)
    expected, got = f"{quote(surface)} ({name}) where its offsets say", quote(text[start:after])
    remedy = _remedy(text, start, after, surface, is_last) or counted
    raise LineError(expected, f"{got} at {start} to {end}", remedy)


def label_in(label: Any, place: Place) -> str:
    """Return a label that can be one; white space in it becomes "_"."""
    if not isinstance(label, str):
        raise LineError("the name of a label", written(label), "export labels by their names, not by numbers")
    name = _WHITE_SPACE.sub("_", label.strip())
    if name != label:
        place.tally.add(SPACED, place.where)
    if not is_label(name):
        raise LineError(f"a label of {LABEL_FORM}", quote(label), "give the label another name")
    return name


def _is_whole(offset: Any) -> bool:
    return isinstance(offset, int) and not isinstance(offset, bool)


def _from_utf16(text: str, start: int, end: int, surface: Any) -> tuple[int, int] | None:
    """Return offsets in code points where those given fit the surface as UTF-16 units.

    >>> _from_utf16("😀小明", 2, 4, "小明")
    (1, 3)
    """
    pairs = _surrogate_pairs(text) if isinstance(surface, str) else []
    if not pairs or not 0 <= start <= end:
        return None
    first, after = (_code_points(pairs, offset) for offset in (start, end))
    if first is None or after is None or after > len(text) or text[first:after] != surface:
        return None
    return first, after


def _code_points(pairs: list[int], units: int) -> int | None:
    """Return how many characters so many UTF-16 units are, None for half of one."""
    before = bisect_left(pairs, units)
    is_half = before > 0 and pairs[before - 1] == units - 1
    return None if is_half else units - before


@lru_cache(maxsize=1)  # all entities of one text ask for it
def _surrogate_pairs(text: str) -> list[int]:
    """Return where characters of two UTF-16 units stand, counted in these."""
    found = (index for index, char in enumerate(text) if ord(char) > 0xFFFF)
    return [index + before for before, index in enumerate(found)]


def _remedy(text: str, start: int, end: int, surface: str, is_last: bool) -> str:
    if not is_last and text[start : end + 1] == surface:
        return "give the end as the first character after the entity: here it is the last one of it"
    if is_last and text[start : end - 1] == surface:
        return "give the end as the last character of the entity: here it is the first one after it"
    if surface and text.count(surface) == 1:
        return f"it stands at {text.index(surface)}; {_LAST if is_last else _AFTER}"
    return ""
