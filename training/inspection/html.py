"""The page of `check --html`: findings that open on a click, each with its sentence and the tags in it highlighted.

groups of findings --details--> render_page --> one HTML file
"""

from collections.abc import Sequence
from pathlib import Path

from model.machine.atomic import atomic_file
from model.pages.html import Html, element, join
from model.pages.marks import colours_of, highlight
from model.pages.page import render_page, section
from training.inspection.shown import Group, Shown

MOST = 500  # of a group: a page of thousands of sentences is read by nobody
STYLE = """\
details { border-top: 1px solid var(--line); padding: .4rem 0; }
summary { cursor: pointer; overflow-wrap: anywhere; }
summary small { color: var(--soft); margin-left: .6rem; }
@media (max-width: 40rem) { summary small { display: block; margin-left: 1.1rem; } }
.reading { color: var(--soft); font-size: .85rem; margin: .4rem 0 0; overflow-wrap: anywhere; }
pre { font-size: .8rem; white-space: pre-wrap; overflow-wrap: anywhere; }
"""


def write_findings(
    path: Path, lead: str, findings: Sequence[str], text: str, groups: Sequence[Group]
) -> None:
    """Write the page: what should be mended, the groups, and the text that `check` prints."""
    labels = {span.label for one in _all(groups) for reading in one.readings for span in reading.spans}
    colours = colours_of(sorted(labels))
    listed = element("ul", *(element("li", line) for line in findings)) if findings else "Nothing."
    sections = [
        section("To be mended before a fit", listed),
        *(_section(group, colours) for group in groups),
        section("The whole report", element("details", element("summary", "as text"), element("pre", text))),
    ]
    with atomic_file(path) as partial:
        partial.write_text(render_page("A look at the corpus", *sections, lead=lead, styles=[STYLE]), "utf-8")


def _all(groups: Sequence[Group]) -> list[Shown]:
    return [finding for group in groups for finding in group.findings]


def _section(group: Group, colours: dict[str, str]) -> Html:
    count = len(group.findings)
    first = f" The first {MOST:,} of {count:,}." if count > MOST else f" {count:,} in all."
    opened = (_finding(finding, colours) for finding in group.findings[:MOST])
    return section(
        group.title, *opened, note=f"{group.note}{first}", anchor=group.title.lower().replace(" ", "-")
    )


def _finding(finding: Shown, colours: dict[str, str]) -> Html:
    """Return a line that opens on a click."""
    sides = [
        join(
            [
                element("p", reading.name, class_="reading"),
                element("div", highlight(reading.text, reading.spans, colours), class_="text"),
            ]
        )
        for reading in finding.readings
    ]
    return element("details", element("summary", finding.what, element("small", finding.place)), *sides)
