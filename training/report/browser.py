"""The browser of sentences: what is shown of each, side by side, and the card of the page that a script fills.

sides of a text (gold, predicted) and what was found wrong --to_json--> page data --errors.js--> cards to filter
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from model.pages.html import Html, element
from model.pages.page import section
from model.tags.schemes import EntitySpan
from training.metrics.excerpt import MAX_NAME_CHARS, MAX_TEXT_CHARS, excerpt

# What a page carries at most: a browser searches so much at once, and the file stays a few MB.
MAX_SHOWN, MAX_SHOWN_CHARS = 5000, 1_000_000


class Marked(NamedTuple):
    """An entity on one side: its score, where it has one, and whether it is outlined."""

    span: EntitySpan
    score: float | None = None
    stands_out: bool = False


@dataclass
class Finding:
    """What is to be said of some entities: of what kind it is, and how sure the tagger was, 0 to 1."""

    kind: str
    spans: tuple[EntitySpan | None, ...]  # None where a side has nothing
    sure: float = 0.0


@dataclass
class Shown:
    """One sentence of the browser; `sides` are those whose names the data has."""

    number: int  # of its sentence, from 0
    place: str
    text: str
    sides: Sequence[Sequence[Marked]]
    findings: Sequence[Finding]

    @property
    def sure(self) -> float:
        """That of its surest finding."""
        return max(finding.sure for finding in self.findings)


def browser_data(
    names: Sequence[str], total: int, items: Iterable[Shown], colours: Mapping[str, str]
) -> dict[str, Any]:
    """Return the data of the browser: the surest of the items, as many as a page carries; there were `total`."""
    chosen: list[Shown] = []
    chars = 0
    for item in sorted(items, key=lambda item: -item.sure):
        chars += min(len(item.text), MAX_TEXT_CHARS)
        if len(chosen) == MAX_SHOWN or chars > MAX_SHOWN_CHARS:
            break
        chosen.append(item)
    return {
        "names": list(names),
        "total": total,
        "colours": dict(colours),
        "items": [_json(i) for i in chosen],
    }


def browser_section(
    title: str, data: Mapping[str, Any], kinds: Sequence[str], labels: Sequence[str], note: str, nothing: str
) -> Html:
    """Return the card that errors.js fills: buttons for kinds, fields for label, order and search, the list."""
    total, shown = data["total"], len(data["items"])
    if not total:
        return section(title, nothing, anchor="errors")
    capped = f" This page has the {shown:,} surest of {total:,}." if shown < total else ""
    buttons = [element("button", kind, type="button", data_kind=kind, aria_pressed="false") for kind in kinds]
    options = [element("option", "every label", value=""), *(element("option", label) for label in labels)]
    order = [
        element("option", "surest first", value="sure"),
        element("option", "as in the file", value="file"),
    ]
    bar = element(
        "div",
        element("div", *buttons, class_="kinds", role="group", aria_label="Kinds"),
        element("select", *options, id="label", aria_label="Label"),
        element("select", *order, id="order", aria_label="Order"),
        element("input", type="search", id="search", placeholder="search text", aria_label="Search"),
        class_="filters",
    )
    return section(
        title,
        bar,
        element("p", id="count", role="status", class_="note"),
        element("div", id="error-list"),
        element("button", "Show more", type="button", id="more", hidden=True),
        note=f"{note}{capped}",
        anchor="errors",
    )


def window(item: Shown) -> tuple[int, int]:
    """Return which part of a text is shown: all of it, or that from a little before its surest finding."""
    surest = max(item.findings, key=lambda finding: finding.sure)
    return excerpt(len(item.text), next(span.start for span in surest.spans if span))


def _json(item: Shown) -> dict[str, Any]:
    start, end = window(item)
    return {
        "number": item.number,
        "place": item.place,
        "text": item.text[start:end],
        "cut": [start > 0, end < len(item.text)],
        "sides": [
            [
                [span.start - start, span.end - start, span.label, score, stands_out]
                for span, score, stands_out in side
                if start <= span.start and span.end <= end
            ]
            for side in item.sides
        ],
        "findings": [
            [
                finding.kind,
                " → ".join(_named(span, item.text) for span in finding.spans),
                [span.label for span in finding.spans if span],
                finding.sure,
            ]
            for finding in item.findings
        ],
    }


def _named(span: EntitySpan | None, text: str) -> str:
    return f"{text[span.start : span.end][:MAX_NAME_CHARS]} {span.label}" if span else "nothing"
