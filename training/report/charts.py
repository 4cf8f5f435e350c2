"""Charts as SVG: scores in their intervals, curves by epoch, scores beside what was right, in the page's colours.

numbers --element--> Html("<svg ...>"): it scales with the page, its text can be searched, and nothing runs
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from model.pages.html import Html, element, join
from training.metrics.calibration import ReliabilityBin

WIDTH = 420
# What a row has on its left for its name, and on its right for its number; its height.
_NAME, _NUMBER, _ROW = 108, 104, 26
# Around the field of a curve: left, top, right, bottom.
_LEFT, _TOP, _RIGHT, _BOTTOM = 46, 12, 14, 34
_HEIGHT = 230


class Row(NamedTuple):
    """A share with its interval, and what is said behind it. The interval of `few` entities sets no scale."""

    name: str
    value: float
    low: float
    high: float
    said: str
    few: bool = False


def intervals(title: str, rows: Sequence[Row]) -> Html:
    """Return a dot for each share, in its interval, on one scale that begins a little below the lowest of them.

    Bars would have to begin at 0, where most scores look alike.
    """
    lows = [row.value if row.few else row.low for row in rows if row.value] or [0.0]
    floor = max(0, int(10 * min(lows) - 0.5)) / 10
    field = WIDTH - _NAME - _NUMBER

    def x(share: float) -> float:
        return round(_NAME + field * max(0, share - floor) / (1 - floor), 1)

    parts = []
    for index, row in enumerate(rows):
        y = index * _ROW + 4
        middle = y + 9
        parts += [
            element("text", _short(row.name), x=_NAME - 8, y=middle + 4, class_="end"),
            element(
                "rect",
                element("title", f"{row.low:.1%} to {row.high:.1%}"),
                x=x(row.low),
                y=middle - 4,
                width=max(2, round(x(row.high) - x(row.low), 1)),
                height=8,
                rx=4,
                class_="range",
            ),
            element("circle", cx=x(row.value), cy=middle, r=5, class_="value"),
            element(
                "text", f"{row.value:.1%} ", element("tspan", row.said), x=WIDTH - _NUMBER + 8, y=middle + 4
            ),
        ]
    bottom = len(rows) * _ROW + 4
    ticks = (floor, (1 + floor) / 2, 1.0)
    parts += [element("text", f"{tick:.0%}", x=x(tick), y=bottom + 14, class_="mid") for tick in ticks]
    parts += [_line(x(tick), 0, x(tick), bottom, "axis") for tick in ticks]
    return _svg(title, bottom + 20, parts)


class Curve(NamedTuple):
    """A name, its class (a to c) and its values, one for each epoch."""

    name: str
    style: str
    values: Sequence[float]


def curves(
    title: str, epochs: Sequence[int], drawn: Sequence[Curve], best: int, say: Callable[[float], str]
) -> Html:
    """Return curves over whole epochs, a dotted line at the best one; `say` writes a value of the axis."""
    values = [value for curve in drawn for value in curve.values]
    low, high = min(values), max(values)
    if low == high:
        low, high = low - 0.5, high + 0.5
    first, last = epochs[0], epochs[-1]

    def x(epoch: float) -> float:
        span = WIDTH - _LEFT - _RIGHT
        share = (epoch - first) / (last - first) if last > first else 0.5
        return round(_LEFT + span * share, 1)

    def y(value: float) -> float:
        return round(_HEIGHT - _BOTTOM - (_HEIGHT - _TOP - _BOTTOM) * (value - low) / (high - low), 1)

    parts = _axis(
        [(y(low + (high - low) * tick / 4), say(low + (high - low) * tick / 4)) for tick in range(5)]
    )
    every = max(1, -(-len(epochs) // 10))
    parts += [
        element("text", epoch, x=x(epoch), y=_HEIGHT - _BOTTOM + 16, class_="mid")
        for epoch in epochs[::every]
    ]
    parts.append(element("text", "epoch", x=(_LEFT + WIDTH - _RIGHT) / 2, y=_HEIGHT - 3, class_="mid"))
    parts.append(_line(x(best), _TOP, x(best), _HEIGHT - _BOTTOM, "best"))
    for curve in drawn:
        points = [(x(epoch), y(value)) for epoch, value in zip(epochs, curve.values, strict=True)]
        joined = " ".join(f"{at},{height}" for at, height in points)
        parts.append(element("polyline", points=joined, class_=f"curve {curve.style}"))
        for (at, height), epoch, value in zip(points, epochs, curve.values, strict=True):
            said = element("title", f"{curve.name}, epoch {epoch}: {say(value)}")
            parts.append(element("circle", said, cx=at, cy=height, r=3.5, class_=f"dot {curve.style}"))
    names = [element("span", curve.name, class_=f"key {curve.style}") for curve in drawn]
    return join([_svg(title, _HEIGHT, parts), element("p", *names, class_="keys")])


def reliability(title: str, bins: Sequence[ReliabilityBin]) -> Html:
    """Return the share of right entities over their mean score: on the diagonal, scores mean what they say."""
    side = 240
    most = max((row["spans"] for row in bins), default=0) or 1

    def x(share: float) -> float:
        return round(_LEFT + side * share, 1)

    def y(share: float) -> float:
        return round(_TOP + side * (1 - share), 1)

    parts = _axis([(y(tick / 4), f"{tick / 4:.0%}") for tick in range(5)], right=_LEFT + side)
    parts += [element("text", tick / 4, x=x(tick / 4), y=y(0) + 16, class_="mid") for tick in range(5)]
    parts.append(_line(x(0), y(0), x(1), y(1), "best"))
    for row in bins:
        if row["score"] is None or row["correct"] is None:
            continue
        said = f"{row['spans']:,} entities scored {row['score']:.2f}: {row['correct']:.1%} right"
        radius = round(3 + 9 * (row["spans"] / most) ** 0.5, 1)
        dot = element("title", said)
        parts.append(
            element("circle", dot, cx=x(row["score"]), cy=y(row["correct"]), r=radius, class_="dot a")
        )
    parts.append(element("text", "score", x=x(0.5), y=y(0) + 30, class_="mid"))
    return _svg(title, round(y(0) + 34), parts, width=_LEFT + side + _RIGHT)


def _axis(ticks: Sequence[tuple[float, str]], right: float = WIDTH - _RIGHT) -> list[Html]:
    lines = [_line(_LEFT, y, right, y, "axis") for y, _ in ticks]
    return [*lines, *(element("text", said, x=_LEFT - 6, y=y + 4, class_="end") for y, said in ticks)]


def _line(x1: float, y1: float, x2: float, y2: float, style: str) -> Html:
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=style)


def _short(name: str, most: int = 16) -> Html | str:
    if len(name) <= most:
        return name
    return join([name[: most - 1], "…", element("title", name)])


def _svg(title: str, height: float, parts: Sequence[Html], width: float = WIDTH) -> Html:
    said = element("title", title)
    return element(
        "svg",
        said,
        *parts,
        viewBox=f"0 0 {width} {height}",
        role="img",
        style=f"max-width:{width * 1.2:.0f}px",
    )
