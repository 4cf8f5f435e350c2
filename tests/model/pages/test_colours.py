"""The page of the service and the files that commands write look alike: what both style sheets name is the same."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
DARK = "@media (prefers-color-scheme: dark)"
_RULE = re.compile(r"(:root|\.c\d) \{([^{}]*)\}")


def colours(sheet: str) -> dict[tuple[str, str], str]:
    """Return what each variable of a style sheet is, by its rule."""
    return {
        (selector, name): value
        for selector, declarations in _RULE.findall(sheet)
        for name, value in re.findall(r"(--[a-z-]+): ([^;]+);", declarations)
    }


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_both_style_sheets_give_a_name_the_same_colour(scheme: str) -> None:
    sheets = [
        (ROOT / path).read_text("utf-8").partition("</style>")[0]
        for path in ("app/static/index.html", "model/pages/page.css")
    ]
    halves = [sheet.partition(DARK)[scheme == "dark" and 2] for sheet in sheets]
    page, reports = map(colours, halves)
    both = page.keys() & reports.keys()
    assert {name for selector, name in both if selector == ":root"} >= {"--ground", "--ink", "--accent"}
    assert {selector for selector, name in both if name == "--tint"} == {f".c{index}" for index in range(8)}
    assert {name: page[name] for name in both} == {name: reports[name] for name in both}
