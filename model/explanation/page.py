"""An explanation as a page.

Explanation --explanation_page--> the text of an HTML file
"""

from model.explanation.explanation import Character, Explanation
from model.explanation.terminal import unknown_lines
from model.pages.html import Html, element
from model.pages.marks import colours_of, highlight
from model.pages.page import read_asset, render_page, section, table

PACKAGE = "model.explanation"
# Thinner slices of a bar could not be seen.
_LEAST = 0.03
# What rounds to less is not worth a word.
_TOLD = 0.005


def explanation_page(found: Explanation, bundle: str) -> str:
    """Return the page, to be written in UTF-8; bundle: its name."""
    colours = colours_of(found.labels)
    scores = [f"{entity.label} {entity.score:.4f}" for entity in found.entities]
    spans = [entity.span for entity in found.entities]
    sections = [
        section("What was found", _text(highlight(found.text, spans, colours, scores))),
        section(
            "Likeliest taggings",
            *(
                element(
                    "div",
                    element("b", f"{probability:.4f}"),
                    _text(highlight(found.text, list(spans), colours)),
                    class_="tagging",
                )
                for spans, probability in found.taggings
            ),
            note="Each with its probability, of all taggings of this text.",
        ),
        section(
            "Character by character",
            _legend(colours),
            element(
                "div", *(_column(at, one, colours) for at, one in enumerate(found.characters)), class_="strip"
            ),
            note="How likely a character lies in an entity of each label; under it its likeliest tag.",
        ),
        section(
            "Words that were seen",
            table(["word", "from", "at", "seen", "cut so"], _words(found), numbers_from=2, sortable=True),
            note="Seen: how often, where its source was counted. Cut so: how likely the text is cut into it.",
        ),
        section("Without a vector", *(element("p", line, class_="lacking") for line in unknown_lines(found))),
    ]
    lead = f"by {bundle} ({found.bundle})"
    return render_page("Explanation", *sections, lead=lead, styles=[read_asset(PACKAGE, "explanation.css")])


def _text(inside: Html) -> Html:
    return element("div", inside, class_="text", lang="zh-Hans")


def _legend(colours: dict[str, str]) -> Html:
    keys = (element("span", label, class_=f"legend {colour}") for label, colour in colours.items())
    return element("p", *keys, class_="legends")


def _column(at: int, one: Character, colours: dict[str, str]) -> Html:
    slices = [
        element("i", class_=colours[label], style=f"height:{100 * share:.1f}%")
        for label, share in one.labels.items()
        if share >= _LEAST
    ]
    shares = {"O": one.outside} | {label: share for label, share in one.labels.items() if share >= _TOLD}
    said = ", ".join(f"{label} {share:.2f}" for label, share in shares.items())
    read_as = "" if one.read_as == one.char else f", read as {one.read_as!r}"
    title = f"{at}: {one.char!r}{read_as}: {one.tag} {one.probability:.2f}; {said}"
    shown = one.char if one.char.isprintable() and not one.char.isspace() else "␣"
    return element(
        "div",
        element("div", *slices, class_="bar"),
        element("span", shown, lang="zh-Hans"),
        element("small", one.tag if one.tag != "O" else "·"),
        class_="column-of",
        title=title,
        tabindex="0",
    )


def _words(found: Explanation) -> list[list[object]]:
    return [
        [
            word.text,
            word.source if word.has_vector else f"{word.source}, no vector of its own",
            f"{word.start}\u2013{word.end}",
            f"{word.seen:,}",
            "" if word.probability is None else f"{word.probability:.2f}",
        ]
        for word in found.words
    ]
