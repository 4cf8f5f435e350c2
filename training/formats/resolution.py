"""Documents to sentences: spans that one tag per character cannot hold are resolved, and counted.

    document -> parts -> no white space at the edges -> each within a line -> no overlap -> a sentence a line

What is resolved, and how, is the table of findings below. `nested="error"` stops at the first instead.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from typing import Literal

from model.tags.schemes import EntitySpan, tags_from_spans
from model.text import LINE_BREAKS, is_invisible
from training.corpus.errors import CorpusError, quote
from training.corpus.reader import Sentence
from training.corpus.tally import Finding, Tally
from training.formats.documents import Document, Part, Span, join_parts

Nested = Literal["longest", "error"]

TRIMMED = Finding(
    "entity begins or ends with white space or an invisible character",
    "entities begin or end with white space or an invisible character",
    "read without it",
)
BLANK = Finding("entity holds nothing to be seen", "entities hold nothing to be seen", "left out")
SCATTERED = Finding("entity is in several parts", "entities are in several parts", "its longest part is kept")
BROKEN = Finding(
    "entity runs across a line break", "entities run across a line break", "its longest part is kept"
)
NESTED = Finding("entity overlaps another", "entities overlap another", "the longest is kept")
TWICE = Finding("entity stands there twice", "entities stand there twice", "read once")
LINES = Finding("text has line breaks", "texts have line breaks", "each of its lines is a sentence")
EMPTY = Finding("text is empty", "texts are empty", "left out")


def sentences_of(document: Document, tally: Tally, nested: Nested = "longest") -> Iterator[Sentence]:
    """Yield the lines of a document as sentences; what is resolved on the way is added to `tally`.

    Raises CorpusError where `nested` is "error" and entities overlap, are in several parts or cross a line break.

    >>> spans = Span("LOC", ((1, 4),)), Span("LOC", ((5, 7),)), Span("ORG", ((5, 9),))
    >>> for sentence in sentences_of(Document("去 北京\\n北京大学", spans), Tally()):
    ...     print(sentence.text, *sentence.tags)
    去 北京 O O B-LOC I-LOC
    北京大学 B-ORG I-ORG I-ORG I-ORG
    """
    lines = list(_lines(document.text))
    if not lines:
        tally.add(EMPTY, document.where)
    elif len(lines) > 1 and not document.has_lines:
        tally.add(LINES, document.where)
    spans = flat_spans(document, tally, nested, lines)
    number, before = document.line, 0
    for start, end in lines:
        first, last = (bisect_left(spans, at, key=lambda span: span.start) for at in (start, end))
        inside = [EntitySpan(s - start, e - start, label) for s, e, label in spans[first:last]]
        tags = tags_from_spans(inside, end - start)
        number, before = number + document.has_lines * document.text.count("\n", before, start), start
        yield Sentence(document.text[start:end], tuple(tags), document.path, number, False)


def flat_spans(
    document: Document, tally: Tally, nested: Nested = "longest", lines: Iterable[Part] | None = None
) -> list[EntitySpan]:
    """Return the entities of a document in order, none of which overlap; with `lines`, each within one of these."""
    return _without_overlap(document, single_spans(document, tally, nested, lines), tally, nested)


def single_spans(
    document: Document, tally: Tally, nested: Nested = "longest", lines: Iterable[Part] | None = None
) -> list[EntitySpan]:
    """Return the entities of a document, each in one part and once; they may overlap."""
    bounds = [(0, len(document.text))] if lines is None else list(lines)
    found: dict[EntitySpan, None] = {}
    for span in document.spans:
        one = _in_one_part(document, span, bounds, tally, nested)
        if one in found:
            tally.add(TWICE, document.where)
        elif one:
            found[one] = None
    return list(found)


def trim(text: str, part: Part) -> Part:
    """Return a part without white space and invisible characters at its edges; one of no length has no other.

    >>> trim(" 北京 ", (0, 4)), trim("  ", (0, 2))
    ((1, 3), (2, 2))
    """
    start, end = part
    while start < end and is_invisible(text[start]):
        start += 1
    while end > start and is_invisible(text[end - 1]):
        end -= 1
    return start, end


def _lines(text: str) -> Iterator[Part]:
    """Yield where the lines of a text begin and end, those with nothing to be seen left out."""
    start = 0
    for end in [index for index, char in enumerate(text) if char in LINE_BREAKS] + [len(text)]:
        if not all(map(is_invisible, text[start:end])):
            yield start, end
        start = end + 1


def _in_one_part(
    document: Document, span: Span, bounds: list[Part], tally: Tally, nested: Nested
) -> EntitySpan | None:
    parts = join_parts(document.text, span.parts)
    if len(parts) > 1:
        _resolve(document, SCATTERED, span, tally, nested)
    start, end = trim(document.text, _longest(parts))
    if start == end:
        tally.add(BLANK, document.where)
        return None
    if (start, end) != _longest(parts):
        tally.add(TRIMMED, document.where)
    touched = bounds[bisect_right(bounds, start, key=_end) : bisect_left(bounds, end, key=_start)]
    within = [(max(start, low), min(end, high)) for low, high in touched]
    if len(within) > 1:
        _resolve(document, BROKEN, span, tally, nested)
    return EntitySpan(*trim(document.text, _longest(within)), span.label)


def _start(part: Part) -> int:
    return part[0]


def _end(part: Part) -> int:
    return part[1]


def _longest(parts: Iterable[Part]) -> Part:
    return max(parts, key=lambda part: part[1] - part[0])


def _without_overlap(
    document: Document, spans: list[EntitySpan], tally: Tally, nested: Nested
) -> list[EntitySpan]:
    """Return the spans in order; of those that overlap the longest, of equally long ones the first in the file."""
    kept: list[EntitySpan] = []
    taken: set[int] = set()
    for span in sorted(spans, key=lambda span: span.start - span.end):
        # What is taken belongs to spans as long or longer, so that one which overlaps holds an end of this one.
        if taken.isdisjoint((span.start, span.end - 1)):
            kept.append(span)
            taken.update(range(span.start, span.end))
        else:
            _resolve(document, NESTED, Span(span.label, ((span.start, span.end),)), tally, nested)
    return sorted(kept)


def _resolve(document: Document, finding: Finding, span: Span, tally: Tally, nested: Nested) -> None:
    if nested == "error":
        got = f"{quote(document.text[span.start : span.end])} {span.label}: an {finding.one}"
        remedy = "mend it, or have it resolved (--nested longest)"
        raise CorpusError(document.where, "entities that one tag per character can hold", got, remedy)
    tally.add(finding, document.where)
