"""A comparison said in words: a verdict and tables, for a terminal and for a page.

numbers of `Comparison.describe` --format_comparison--> lines; --write_comparison--> one HTML file
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from model.machine.columns import format_columns, printable
from model.pages.html import Html, element, join
from model.pages.marks import colours_of
from model.pages.page import section, table
from training.metrics.excerpt import MAX_NAME_CHARS
from training.report.browser import browser_section, window
from training.report.comparison import ALL, CHANGES, Comparison
from training.report.page import write_page

Numbers = Mapping[str, Any]

# A difference that chance makes less often than this is taken for one.
SIGNIFICANT = 0.05
LABEL = "label"
HEAD = ["", "gold", "A: F1", "B: F1", "B less A", "95 % interval", "p"]


def verdict(numbers: Numbers) -> str:
    """Return whether B is really better, in a sentence."""
    row = numbers["scores"][ALL]
    difference, (low, high) = row["difference"], row["interval"]
    if row["A"] == row["B"] and low == high == 0:
        return "A and B score the same."
    how = f"95 % interval {_points(low)} to {_points(high)}, p = {row['p']:.4f}"
    if row["p"] >= SIGNIFICANT:
        scored = f"B less A is {_points(difference)} points of F1"
        return f"These {numbers['sentences']:,} sentences cannot tell which is better: {scored} ({how})."
    return (
        f"{'B' if difference > 0 else 'A'} is better: B less A is {_points(difference)} points of F1 ({how})."
    )


def format_comparison(numbers: Numbers, comparison: Comparison, show: int = 0) -> Iterator[str]:
    """Yield the lines of a comparison for a terminal; show: so many sentences of each change."""
    yield from ("A, B: F1 of whole entities", "")
    yield from format_columns([HEAD, *_score_rows(numbers)])
    for title, counted in (("gold entities", "entities"), ("entities that are not gold", "inventions")):
        yield from ("", *format_columns([[title, *CHANGES], *_change_rows(numbers[counted])]))
    yield from ("", verdict(numbers))
    for kind in CHANGES[:2]:
        shown = [item for item in comparison.shown if any(one.kind == kind for one in item.findings)]
        for item in shown[:show]:
            start, end = window(item)
            cut = "…" if start else "", "…" if end < len(item.text) else ""
            yield from ("", f"{kind}: {item.place}: {cut[0]}{printable(item.text[start:end])}{cut[1]}")
            for one in item.findings:
                sides = zip(("gold", "A", "B"), one.spans, strict=True)
                said = (
                    f"{name} [{printable(item.text[span.start : span.end][:MAX_NAME_CHARS])}]{span.label}"
                    if span
                    else f"{name} -"
                    for name, span in sides
                )
                yield f"    {one.kind}: {', '.join(said)}"


def write_comparison(
    path: Path, names: tuple[str, str], files: str, numbers: Numbers, found: Comparison
) -> None:
    """Write the page of a comparison; names: those of A and B."""
    labels = found.labels
    data = found.to_json(colours_of(labels))
    *rows, whole = _score_rows(numbers)
    scores = table([LABEL, *HEAD[1:]], rows, sums=whole, sortable=True)
    note = (
        f"{numbers['resamples']:,} bootstrap resamples of the sentences, the same for both, seed {numbers['seed']}. "
        "Over several labels some small p is to be expected by chance."
    )
    sections = [
        section("Is B better?", element("p", verdict(numbers), class_="text"), scores, note=note),
        section(
            "What changed",
            element("div", *(_change_table(numbers, *which) for which in _TABLES), class_="grid"),
        ),
        browser_section(
            "Entity by entity",
            data,
            CHANGES,
            labels,
            "Sentences that A or B has wrong. Outlined: what is not gold.",
            "Neither has a mistake.",
        ),
    ]
    lead = join(
        [element("div", f"A: {names[0]}"), element("div", f"B: {names[1]}"), element("div", f"on {files}")]
    )
    write_page(path, f"{Path(names[0]).name} and {Path(names[1]).name}", lead, sections, data)


_TABLES = (("Gold entities", "entities"), ("Entities that are not gold", "inventions"))


def _score_rows(numbers: Numbers) -> Iterator[list[str]]:
    for name, row in numbers["scores"].items():
        low, high = row["interval"]
        yield [
            name,
            f"{row['gold']:,}",
            f"{row['A']['f1']:.2%}",
            f"{row['B']['f1']:.2%}",
            _points(row["difference"]),
            f"{_points(low)} to {_points(high)}",
            f"{row['p']:.4f}",
        ]


def _change_rows(counted: Numbers) -> list[list[str]]:
    rows = [[label, *(f"{kinds[kind]:,}" for kind in CHANGES)] for label, kinds in counted.items()]
    totals = [f"{sum(kinds[kind] for kinds in counted.values()):,}" for kind in CHANGES]
    return [*rows, [ALL, *totals]]


def _change_table(numbers: Numbers, title: str, counted: str) -> Html:
    *rows, totals = _change_rows(numbers[counted])
    changes = table([LABEL, *CHANGES], rows, sums=totals, sortable=True)
    return element("div", element("h3", title), changes)


def _points(share: float) -> str:
    return f"{100 * share:+.2f}"
