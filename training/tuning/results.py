"""What a study found: a table, best.toml for `zitag fit --config`, and a page.

outcomes, importances -> lines for the terminal; best.toml; study.html
"""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from model.machine.atomic import atomic_file
from model.pages.html import Html, element
from model.pages.page import read_asset, render_page, section, table
from training.settings.config import FitConfig
from training.tuning.space import SHARED, Range, Values
from training.tuning.study import Outcome

BEST, PAGE = "best.toml", "study.html"
# Settings that say where and how one command ran, not what it fits.
_NOT_KEPT = {"output", "runs", "cache", "resume", "overwrite", "quiet"}
_WIDTH, _HEIGHT, _LEFT, _BOTTOM = 420, 220, 60, 34


def table_lines(outcomes: Sequence[Outcome], ranges: Sequence[Range]) -> Iterator[str]:
    """Yield a line for each trial, the best first."""
    names = [one.name for one in ranges]
    head = ["trial", *(name.replace("_", " ") for name in names), "dev F1", "steps", ""]
    rows = [head, *(_row(outcome, names) for outcome in outcomes)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    for row in rows:
        yield "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def importance_line(importances: Mapping[str, float]) -> str:
    """Return which settings mattered, as a sentence.

    >>> importance_line({"learning_rate": 0.7, "units": 0.3})
    'what mattered: learning rate 70 %, units 30 %'
    """
    if not importances:
        return "too few trials were done to tell which setting mattered"
    shares = (f"{name.replace('_', ' ')} {100 * share:.0f} %" for name, share in importances.items())
    return f"what mattered: {', '.join(shares)}"


def write_best(path: Path, config: FitConfig, values: Values, said: str) -> None:
    """Write a file of settings for `zitag fit --config`: those that were given, and the best values.

    said: where it comes from, in one line.
    """
    given = {name: getattr(config, name) for name in config.model_fields_set - _NOT_KEPT}
    best = {setting: value for name, value in values.items() for setting in SHARED.get(name, (name,))}
    lines = [f"# {said}"]
    lines += [
        f"{name} = {_toml(value)}" for name, value in sorted({**given, **best}.items()) if value is not None
    ]
    with atomic_file(path) as partial:
        partial.write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_page(
    path: Path,
    name: str,
    outcomes: Sequence[Outcome],
    ranges: Sequence[Range],
    importances: Mapping[str, float],
) -> None:
    """Write a page that works without a network: a plot of each setting, what mattered, all trials."""
    names = [one.name for one in ranges]
    head = ["trial", *(one.replace("_", " ") for one in names), "dev F1", "steps", "state"]
    rows = [_row(outcome, names) for outcome in outcomes]
    plots = [
        element("div", element("h3", one.name.replace("_", " ")), _plot(one, outcomes)) for one in ranges
    ]
    note = "A dot for each trial, at its value and its F1 on dev; hollow: not run to its end."
    page = render_page(
        f"Settings tried: {name}",
        section("What mattered", element("p", importance_line(importances))),
        section("F1 over each setting", element("div", *plots, class_="grid"), note=note),
        section("Trials", table(head, rows, numbers_from=0, sortable=True)),
        lead="Scores are of dev, which chose among these trials: the best of them is a little too high.",
        styles=[read_asset("training.report", "report.css")],
    )
    with atomic_file(path) as partial:
        partial.write_text(page, encoding="utf-8")


def _row(outcome: Outcome, names: Sequence[str]) -> list[str]:
    values = (outcome.values.get(name) for name in names)
    cells = [
        f"{value:.2g}" if isinstance(value, float) else str("" if value is None else value)
        for value in values
    ]
    score = "" if outcome.score is None else f"{outcome.score:.4f}"
    return [str(outcome.number), *cells, score, str(outcome.steps), outcome.state]


def _plot(one: Range, outcomes: Sequence[Outcome]) -> Html:
    """Return F1 over the values of a setting, a dot for each trial."""
    scale = math.log if one.log else float
    dots = [
        (o, scale(o.values[one.name]), o.score)
        for o in outcomes
        if one.name in o.values and o.score is not None
    ]
    scores = [score for _, _, score in dots] or [0.0, 1.0]
    low, high = min(scores), max(scores)
    high = high if high > low else low + 0.01
    left, right = scale(one.low), scale(one.high)

    def x(value: float) -> float:
        return round(_LEFT + (_WIDTH - _LEFT - 14) * (value - left) / (right - left), 1)

    def y(score: float) -> float:
        return round(12 + (_HEIGHT - _BOTTOM - 12) * (high - score) / (high - low), 1)

    parts: list[Html] = []
    for score in (low, (low + high) / 2, high):
        parts.append(element("line", x1=_LEFT, y1=y(score), x2=_WIDTH - 14, y2=y(score), class_="axis"))
        parts.append(element("text", f"{score:.3f}", x=_LEFT - 6, y=y(score) + 4, class_="end"))
    for value in (one.low, one.high):
        parts.append(element("text", f"{value:g}", x=x(scale(value)), y=_HEIGHT - 10, class_="mid"))
    for outcome, value, score in dots:
        said = element("title", f"trial {outcome.number}: {outcome.values[one.name]:g}, F1 {score:.4f}")
        hollow = {} if outcome.state == "done" else {"style": "fill:none;stroke:currentColor"}
        parts.append(element("circle", said, cx=x(value), cy=y(score), r=4, class_="dot a", **hollow))
    return element("svg", *parts, viewBox=f"0 0 {_WIDTH} {_HEIGHT}", role="img", style="max-width:504px")


def _toml(value: Any) -> str:
    """Return a setting as TOML writes it.

    >>> _toml(("小.bio",)), _toml(True), _toml(0.1), _toml(Path("a"))
    ('["小.bio"]', 'true', '0.1', '"a"')
    """
    if isinstance(value, tuple):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, bool | int | float):
        return json.dumps(value)
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")
