"""report.html: the page of a fit, and that of an evaluation.

numbers, mistakes --sections--> render_page --> report.html, written whole or not at all
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from model.machine.atomic import atomic_file
from model.pages.html import Html, element, join
from model.pages.marks import colours_of
from model.pages.page import read_asset, render_page, section
from training.metrics.report import Report
from training.report.cases import Cases
from training.report.mistakes import Mistakes
from training.report.sections import anchor_of, curve_section, error_section, score_sections

PACKAGE = "training.report"
REPORT_FILE = "report.html"


def part_numbers(report: Report, cases: Cases) -> dict[str, Any]:
    """Return all numbers of one part, as they stand in JSON: those of its report, intervals, groups, thresholds."""
    confusion = [[gold, found, count] for (gold, found), count in sorted(report.errors.confusion.items())]
    return {**report.to_json(), "confusion": confusion, **cases.describe()}


def write_evaluation(
    path: Path, bundle: str, files: Sequence[str], numbers: Mapping[str, Any], mistakes: Mistakes
) -> None:
    """Write the page of an evaluation: its scores and its mistakes."""
    names = ", ".join(files)
    labels = list(numbers["groups"].get("label", {}))
    data = mistakes.to_json(colours_of(labels))
    sections = [*score_sections("", numbers), error_section("", data, labels)]
    parts = {
        "scores": "Scores",
        "groups": "F1 in parts",
        "confusion": "Confusion",
        "calibration": "Calibration",
    }
    lead = _lead(f"scored on {names}", {**parts, "errors": "Errors"})
    write_page(path, f"{bundle} on {Path(files[0]).name}", lead, sections, data)


def write_fit(path: Path, name: str, numbers: Mapping[str, Any], mistakes: Mistakes, lead: str) -> None:
    """Write the page of a fit: curves, scores of dev and test, the mistakes on dev.

    Mistakes and thresholds of test are not shown: who mends or chooses by them has no test any more.
    """
    labels = list(numbers["dev"]["groups"].get("label", {}))
    data = mistakes.to_json(colours_of(labels))
    sections = []
    if fell_short := [element("p", said) for said in numbers["shortfalls"]]:
        sections.append(section("What this fit fell short of", *fell_short, style="warning"))
    if numbers["epochs"]:
        networks = len(numbers.get("ensemble", {}).get("dev_f1", [1]))
        sections.append(curve_section(numbers["epochs"], numbers["best_epoch"], networks))
    parts = [part for part in ("test", "dev") if part in numbers]
    for part in parts:
        sections += score_sections(
            part, numbers[part] | {"min_score": {}} if part == "test" else numbers[part]
        )
    sections.append(error_section("dev", data, labels))
    scores = {anchor_of("scores", part): f"Scores: {part}" for part in parts}
    nav = {"curves": "Learning curves", **scores, "errors": "Errors: dev"}
    write_page(path, name, _lead(lead, nav), sections, data)


def _lead(said: str, places: Mapping[str, str]) -> Html:
    """Return a line below the title, and links to the sections."""
    links = (element("a", name, href=f"#{anchor}") for anchor, name in places.items())
    return join([element("div", said), element("nav", *links, class_="parts", aria_label="Sections")])


def write_page(path: Path, title: str, lead: object, sections: Sequence[Html], data: object) -> None:
    """Write a page with a browser of sentences, whole or not at all."""
    page = render_page(
        title,
        *sections,
        lead=lead,
        data=data,
        scripts=[read_asset(PACKAGE, "errors.js")],
        styles=[read_asset(PACKAGE, "report.css")],
    )
    with atomic_file(path) as partial:
        partial.write_text(page, "utf-8")
