"""What records of all kinds have: a text, offsets into it, labels; and what is wrong where one cannot be used.

Offsets that are UTF-16 units, as browsers count, are known by the entity's text that stands beside them.
"""

import re
from typing import Any, NamedTuple

from model.tags.tag_set import LABEL_FORM, is_label
from training.corpus.errors import LineError, quote
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
    """Return a value that is a text, or a number that stands for one."""
    if isinstance(text, (int, float)) and not isinstance(text, bool):
        text = str(text)
    if not isinstance(text, str):
        raise LineError(f"a text in {name!r}", quote(str(text)), "give each record its text")
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
        raise LineError(f"a list in {name!r}", quote(str(items)), "see docs/formats.md for what is read")
    return items


def span_in(text: str, start: Any, end: Any, label: Any, place: Place, surface: Any = None) -> Span:
    """Return a span of a text, checked; `surface` is the text that the annotation says it covers, where it does.

    Raises LineError for offsets that are none, lie outside of the text, or do not cover the surface.
    """
    name = label_in(label, place)
    offsets = [offset for offset in (start, end) if isinstance(offset, int) and not isinstance(offset, bool)]
    if len(offsets) < 2:
        raise LineError("two whole numbers, start and end", f"{start!r} and {end!r}", _OFFSETS)
    is_within = 0 <= start <= end <= len(text)
    if is_within and (not isinstance(surface, str) or text[start:end] == surface):
        return Span(name, ((start, end),))
    if found := _from_utf16(text, start, end, surface):
        place.tally.add(UTF_16, place.where)
        return Span(name, (found,))
    if not is_within:
        expected = f"a start and an end within the {len(text):,} characters of its text"
        raise LineError(expected, f"{start} to {end} ({name}) in {quote(text)}", _OFFSETS)
    got = f"{quote(text[start:end])} at {start} to {end}"
    raise LineError(
        f"{quote(str(surface))} ({name}) where its offsets say", got, _remedy(text, start, end, surface)
    )


def label_in(label: Any, place: Place) -> str:
    """Return a label that can be one; white space in it becomes "_"."""
    if not isinstance(label, str):
        raise LineError("the name of a label", repr(label), "export labels by their names, not by numbers")
    name = _WHITE_SPACE.sub("_", label.strip())
    if name != label:
        place.tally.add(SPACED, place.where)
    if not is_label(name):
        raise LineError(f"a label of {LABEL_FORM}", quote(label), "give the label another name")
    return name


_OFFSETS = "count code points from 0, the end excluded"


def _from_utf16(text: str, start: int, end: int, surface: Any) -> tuple[int, int] | None:
    """Return offsets in code points where those given fit the surface as UTF-16 units."""
    if not isinstance(surface, str) or not 0 <= start <= end or text.isascii():
        return None
    units = text.encode("utf-16-le")
    before, inside = (
        units[2 * low : 2 * high].decode("utf-16-le", "replace") for low, high in ((0, start), (start, end))
    )
    if inside != surface or before + inside != text[: len(before) + len(inside)]:
        return None
    return len(before), len(before) + len(inside)


def _remedy(text: str, start: int, end: int, surface: str) -> str:
    if text[start : end + 1] == surface:
        return "give the end as the first character after the entity: here it is the last one of it"
    if surface and text.count(surface) == 1:
        return f"it stands at {text.index(surface)}; {_OFFSETS}"
    return _OFFSETS
