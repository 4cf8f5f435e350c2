"""A whole page: frame, style, sections, the data that its script reads, the script.

    render_page("Report", section("Scores", table), data=errors, scripts=[text_of_a_js_file]) -> one HTML file

Nothing is fetched: the page's own policy allows no connection, and no script but these, known by their hashes.
"""

import base64
import hashlib
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from string import Template
from typing import Any

from model.pages.html import Html, element, escape, join, script_json

PACKAGE = "model.pages"
SORTABLE = 'class="table sortable"'


def render_page(
    title: str,
    *sections: Html,
    lead: object = "",
    data: Any = None,
    scripts: Sequence[str] = (),
    styles: Sequence[str] = (),
) -> str:
    """Return the text of an HTML file, to be written in UTF-8.

    lead: what stands below the title. data: what the scripts read by `pageData()`. scripts, styles: contents of files
    of ours, put in as they are. `marked(text, entities)` of marks.js is there for every script.
    """
    shown = join(sections)
    script = "\n".join([read_asset(PACKAGE, "marks.js"), *scripts]) if scripts else ""
    if SORTABLE in shown:
        script += read_asset(PACKAGE, "sort.js")
    parts = {
        "title": escape(title),
        "policy": _policy(script),
        "style": "\n".join([read_asset(PACKAGE, "page.css"), *styles]),
        "lead": escape(lead),
        "sections": shown,
        "data": script_json(data),
        "script": script,
        "version": escape(_version()),
    }
    return Template(read_asset(PACKAGE, "page.html")).substitute(parts)


def section(
    title: str, *children: object, note: object = "", anchor: str | None = None, style: str = ""
) -> Html:
    """Return a card with a heading, a line below it that says how to read it, and what stands in it.

    style: a class beside that of a card, such as `warning`.
    """
    said = element("p", note, class_="note") if note else ""
    return element(
        "section", element("h2", title), said, *children, class_=f"card {style}".rstrip(), id=anchor
    )


def table(
    head: Sequence[object],
    rows: Sequence[Sequence[object]],
    numbers_from: int = 1,
    *,
    sums: Sequence[object] = (),
    sortable: bool = False,
) -> Html:
    """Return a table that scrolls sideways where it must; the columns from `numbers_from` on hold numbers.

    sums: a last row about all others. sortable: by a click on a column's head.
    """

    def cells(name: str, row: Sequence[object]) -> Html:
        return join(
            element(name, cell, class_="num" if index >= numbers_from else None)
            for index, cell in enumerate(row)
        )

    whole = element(
        "table",
        element("thead", element("tr", cells("th", head))),
        element("tbody", *(element("tr", cells("td", row)) for row in rows)),
        element("tfoot", element("tr", cells("td", sums))) if sums else "",
        class_="table sortable" if sortable and len(rows) > 1 else "table",
    )
    return element("div", whole, class_="wide", tabindex="0", role="region", aria_label="Table")


def read_asset(package: str, name: str) -> str:
    """Return the text of a file that lies in a package of ours."""
    return files(package).joinpath(name).read_text("utf-8")


def _policy(script: str) -> str:
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    scripts = f"script-src 'sha256-{digest}'; " if script else ""
    return f"default-src 'none'; style-src 'unsafe-inline'; img-src data:; {scripts}base-uri 'none'; form-action 'none'"


def _version() -> str:
    try:
        return version("zitag")
    except PackageNotFoundError:  # run from a folder, not installed
        return ""
