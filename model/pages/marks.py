"""A text with its entities highlighted, each with its label behind it.

text, spans, labels --highlight--> Html: 去<mark class="c0" data-label="LOC">北京</mark>
"""

from collections.abc import Iterable, Mapping, Sequence

from model.pages.html import Html, element, escape, join
from model.tags.schemes import EntitySpan

COLOURS = 8  # classes c0 to c7 of page.css


def colours_of(labels: Iterable[str]) -> dict[str, str]:
    """Return the class of each label, the same on every page of one bundle.

    >>> colours_of(["PER", "LOC", "PER"])
    {'PER': 'c0', 'LOC': 'c1'}
    """
    return {label: f"c{index % COLOURS}" for index, label in enumerate(dict.fromkeys(labels))}


def highlight(
    text: str, spans: Sequence[EntitySpan], colours: Mapping[str, str], titles: Sequence[str] = ()
) -> Html:
    """Return the text with its spans marked; they are in order and do not overlap. titles: a word on each, on hover.

    >>> highlight("去<北京", [EntitySpan(2, 4, "LOC")], {"LOC": "c0"})
    '去&lt;<mark class="c0" data-label="LOC">北京</mark>'
    """
    parts: list[Html] = []
    done = 0
    for index, (start, end, label) in enumerate(spans):
        title = titles[index] if titles else None
        colour = colours.get(label, "c6")
        parts.append(escape(text[done:start]))
        parts.append(element("mark", text[start:end], class_=colour, data_label=label, title=title))
        done = end
    return join([*parts, escape(text[done:])])
