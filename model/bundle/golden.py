"""golden.json: texts with the entities that a bundle must find in them, replayed whenever it is loaded.

A library, a processor or a damaged file that changes an answer is seen before anyone is served.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Annotated, NamedTuple

from pydantic import Field, TypeAdapter, ValidationError

from model.bundle.manifest import REMEDY, BundleError, read_json
from model.crf.nbest import Alternative
from model.tags.schemes import EntitySpan
from model.text import has_invisible_edge

# Texts of every awkward kind; what is found in them is of no matter, that it stays the same is.
EDGE_TEXTS = (
    "",
    "。",
    "？！……\r\n\r\n",
    "小明在北京大学读书，\u3000张三于２０２６年去了上海。",
    "👨‍👩‍👧😀小明到了\u2028上海。\x00",
    "\ud800北京\udfff",
    "ＮＢＡ NBA nba Al\u0301varo 约翰·史密斯",
    "啊" * 700,
)

# All golden texts together: whoever loads a bundle waits for them.
MAX_CHARS = 100_000

# Lists in golden.json: two for each text and one for each entity. A million empty ones take a hundred times their size.
_MAX_LISTS = 200_000

# The second-best tagging of a golden text is at most this share as probable as the best.
_MARGIN = 0.9


class Golden(NamedTuple):
    """A text and the entities expected in it, in order."""

    text: str
    entities: tuple[EntitySpan, ...]


# The first wrong row is enough: a million complaints would take a thousand times the file.
_Entities = Annotated[list[tuple[int, int, str]], Field(fail_fast=True)]
_SCHEMA: TypeAdapter[list[tuple[str, list[tuple[int, int, str]]]]] = TypeAdapter(
    Annotated[list[tuple[str, _Entities]], Field(fail_fast=True)]
)


def choose_golden(texts: Sequence[str], nbest: Sequence[Sequence[Alternative]]) -> tuple[Golden, ...]:
    """Return those texts whose best tagging is clearly the best, with its entities.

    nbest: the two most probable taggings of each text, best first. Where the second is about as probable, another
    processor may rightly take that one.

    >>> choose_golden(["京"], [[Alternative([EntitySpan(0, 1, "LOC")], 0.50), Alternative([], 0.49)]])
    ()
    """
    return tuple(
        Golden(text, tuple(best.entities))
        for text, (best, *others) in zip(texts, nbest, strict=True)
        if all(other.probability < _MARGIN * best.probability for other in others)
    )


def write_golden(golden: Iterable[Golden]) -> str:
    """Return the content of golden.json: a list of [text, [[start, end, label], ...]], in ASCII alone."""
    return "[\n" + ",\n".join(map(json.dumps, golden)) + "\n]\n"


def read_golden(path: Path, content: bytes) -> tuple[Golden, ...]:
    """Return the golden texts in `content`, read from `path`. Raises BundleError."""
    if (lists := content.count(b"[")) > _MAX_LISTS:
        raise BundleError(f"{path}: expected at most {_MAX_LISTS:,} lists, got {lists:,}; {REMEDY}")
    try:
        rows = _SCHEMA.validate_python(read_json(path, content))
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        raise BundleError(f"{path}: {'.'.join(map(str, first['loc']))}: {first['msg']}; {REMEDY}") from error
    chars = sum(len(text) for text, _ in rows)
    if chars > MAX_CHARS or len(rows) > MAX_CHARS:
        raise BundleError(
            f"{path}: expected at most {MAX_CHARS:,} characters, got {chars:,} in {len(rows):,} texts; {REMEDY}"
        )
    return tuple(Golden(text, tuple(EntitySpan(*entity) for entity in entities)) for text, entities in rows)


def replay_golden(
    path: Path, golden: Sequence[Golden], find: Callable[[list[str]], list[list[EntitySpan]]]
) -> None:
    """Raise BundleError unless `find` gives the expected entities for every golden text.

    path: where the bundle is, for the message. Bundles from before invisible characters were kept from the edges of
    entities may expect such an entity: what is to be found in that text instead is not known, so it is passed over.
    In every other text the likeliest tagging was, and is, one without such edges.
    """
    answers = find([text for text, _ in golden])
    for position, ((text, expected), answer) in enumerate(zip(golden, answers, strict=True)):
        if list(expected) != answer and not any(has_invisible_edge(text[s:e]) for s, e, _ in expected):
            raise BundleError(
                f"{path}: golden text {position} {text[:40]!r}: expected {_readable(expected)}, "
                f"got {_readable(answer)}; this installation tags otherwise than the one that made the "
                "bundle: install the library versions that bundle.json names, or train it anew"
            )


def _readable(entities: Sequence[EntitySpan]) -> list[tuple[int, int, str]]:
    return [(start, end, label) for start, end, label in entities]
