"""The sections of a report: each takes the numbers as they stand in JSON, and says them as a table or a chart.

numbers of one part (dev, test, a file) --> [overview, labels, groups, confusion, calibration, errors]
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from model.pages.html import Html, element, join
from model.pages.page import section, table
from training.metrics.error_analysis import KINDS, NONE, confused_labels
from training.report.browser import browser_section
from training.report.charts import Curve, Row, curves, intervals, reliability
from training.report.groups import COPY, COPY_NAMES, ENTITY, LABEL, SEEN, SENTENCE

Numbers = Mapping[str, Any]

# The interval of fewer entities would set the scale of a chart.
FEW = 20
NO_ENTITIES = "There is no entity, neither in the file nor found."


def score_sections(name: str, numbers: Numbers) -> Iterator[Html]:
    """Yield what is said of one part's scores; `name` stands in the headings and the anchors, if there are several."""
    groups = numbers["groups"]
    whole = groups.get("all", {}).get("all")
    if whole is None:
        yield section(_titled("Scores", name), NO_ENTITIES, anchor=anchor_of("scores", name))
        return
    note = (
        "Whole entities: start, end and label must agree. In small print: where the score would be in 95 of 100 such "
        f"sets of sentences ({numbers['resamples']:,} bootstrap resamples of these)."
    )
    yield section(
        _titled("Scores", name),
        _tiles(numbers, whole),
        element("h3", "By label"),
        _labels(groups[LABEL], whole),
        note=note,
        anchor=anchor_of("scores", name),
    )
    yield section(_titled("Where the F1 comes from", name), _charts(groups), anchor=anchor_of("groups", name))
    yield section(
        _titled("Confusion", name),
        _confusion(numbers["confusion"]),
        note="Gold labels downward, found ones across, boundaries aside; last row: invented, last column: missed.",
        anchor=anchor_of("confusion", name),
    )
    yield _calibration(name, numbers)


def curve_section(epochs: Sequence[Numbers], best: int, networks: int = 1) -> Html:
    """Return the curves of a fit, epoch by epoch; of several networks, their means."""
    numbers = [epoch["epoch"] for epoch in epochs]
    loss = Curve("training loss of a sentence", "b", [epoch["loss"] for epoch in epochs])
    rates = [
        Curve(name, style, [epoch[key] for epoch in epochs])
        for name, style, key in (
            ("F1", "a", "f1"),
            ("precision", "b", "precision"),
            ("recall", "c", "recall"),
        )
    ]
    drawn = [
        element("div", curves("Entity scores on dev by epoch", numbers, rates, best, lambda v: f"{v:.1%}")),
        element("div", curves("Training loss by epoch", numbers, [loss], best, lambda v: f"{v:.2f}")),
    ]
    note = f"The dotted line is epoch {best}, the best by F1 on dev, which was saved."
    if networks > 1:
        note = (
            f"Means of {networks} networks; the dotted line is where the mean F1 on dev was best. Each network was "
            "saved as it was after the best epoch of its own."
        )
    return section("Learning curves", element("div", *drawn, class_="grid"), note=note, anchor="curves")


def error_section(name: str, data: Numbers, labels: Sequence[str]) -> Html:
    """Return the frame of the error browser, which errors.js fills from the page's data."""
    note = (
        "Sentences with a mistake, those first where the tagger was surest of it: among these are the errors of the "
        "gold tags. Outlined: what the other side has not."
    )
    return browser_section(_titled("Errors", name), data, KINDS, labels, note, "There is no mistake.")


def anchor_of(section_name: str, part: str) -> str:
    """Return the anchor of a section of one part.

    >>> anchor_of("scores", "dev"), anchor_of("scores", "")
    ('scores-dev', 'scores')
    """
    return f"{section_name}-{part}" if part else section_name


def interval(row: Numbers, rate: str) -> str:
    """Return the interval of a rate, in percent."""
    low, high = row["interval"][rate]
    return f"{100 * low:.1f}\u2013{100 * high:.1f}"


def _titled(title: str, part: str) -> str:
    return f"{title}: {part}" if part else title


def _tiles(numbers: Numbers, whole: Numbers) -> Html:
    rates = [
        (name, f"{whole[key]:.2%}", interval(whole, key))
        for name, key in (("F1", "f1"), ("Precision", "precision"), ("Recall", "recall"))
    ]
    counts = [
        ("Entities", f"{whole['gold']:,}", f"{whole['predicted']:,} found"),
        ("Sentences", f"{numbers['sentences']:,}", f"{numbers['characters']:,} characters"),
        ("Calibration error", f"{numbers['calibration']['ece']:.3f}", "0 is best"),
    ]
    tiles = [
        element("div", element("dt", name), element("dd", value, element("small", said)))
        for name, value, said in (*rates, *counts)
    ]
    return element("dl", *tiles, class_="tiles")


def _labels(labels: Numbers, whole: Numbers) -> Html:
    def row(name: str, numbers: Numbers) -> list[object]:
        rates = [
            join([f"{numbers[key]:.2%} ", element("small", interval(numbers, key))])
            for key in ("precision", "recall", "f1")
        ]
        return [name, *rates, *(f"{numbers[key]:,}" for key in ("gold", "predicted", "correct"))]

    rows = [row(name, numbers) for name, numbers in labels.items()]
    head = ["label", "precision", "recall", "F1", "gold", "found", "right"]
    return table(head, rows, sums=row("all", whole), sortable=True)


def _charts(groups: Numbers) -> Html:
    titles = {
        LABEL: "F1 by label",
        SEEN: "F1 of entities seen and not seen in training",
        COPY: "F1 of sentences that stand in training too, and of new ones",
        ENTITY: "F1 by length of the entity, in characters",
        SENTENCE: "F1 by length of the sentence, in characters",
    }
    drawn = [
        element("div", element("h3", title), intervals(title, [_row(*row) for row in groups[kind].items()]))
        for kind, title in titles.items()
        if kind in groups and (kind != COPY or COPY_NAMES[0] in groups[COPY])
    ]
    return element("div", *drawn, class_="grid")


def _row(name: str, row: Numbers) -> Row:
    low, high = row["interval"]["f1"]
    return Row(name, row["f1"], low, high, f"of {row['gold']:,}", few=row["gold"] < FEW)


def _confusion(confusion: Sequence[tuple[str, str, int]]) -> Html:
    counts = {(gold, found): count for gold, found, count in confusion}
    labels = [*confused_labels(counts)[0], NONE]
    wrong = max([count for (gold, found), count in counts.items() if gold != found], default=1)

    def cell(gold: str, found: str) -> object:
        count = counts.get((gold, found), 0)
        strength = 0 if gold == found or not count else max(8, round(60 * count / wrong))
        style = f"background:color-mix(in srgb, var(--bad) {strength}%, transparent)" if strength else None
        return element("span", f"{count:,}" if count else "·", class_="cell", style=style)

    return table(
        ["gold \\ found", *labels[:-1], "missed"],
        [[gold if gold != NONE else "invented", *(cell(gold, found) for found in labels)] for gold in labels],
    )


def _calibration(name: str, numbers: Numbers) -> Html:
    chart = reliability("Share of right entities by score", numbers["calibration"]["bins"])
    rows = []
    for label, cuts in numbers["min_score"].items():
        best, precise = cuts["best_f1"], cuts["precise"]
        rows.append(
            [
                label,
                f"{best['min_score']:.2f}",
                f"{best['f1']:.2%}",
                f"{precise['min_score']:.2f}" if precise else "none",
                f"{precise['recall']:.2%}" if precise else "",
            ]
        )
    head = ["label", "best F1 from", "F1", "95 % right from", "recall"]
    note = "Entities of one score, how many of them are right; on the dotted line a score means what it says."
    if rows:
        note += (
            " The table: the min_score that gives a label its best F1, and the one from which on 95 % are right, both "
            "chosen on these very sentences."
        )
    beside = element("div", table(head, rows, sortable=True)) if rows else ""
    return section(
        _titled("Calibration", name),
        element("div", element("div", chart), beside, class_="grid"),
        note=note,
        anchor=anchor_of("calibration", name),
    )
