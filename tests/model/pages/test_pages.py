"""Pages for people: nothing that stands in a text can become markup, and a browser shows what it was given."""

import html.parser
import json
from pathlib import Path

import pytest
from browser import chromium
from hypothesis import given
from hypothesis import strategies as st

from model.pages.html import Html, element, join, script_json
from model.pages.marks import colours_of, highlight
from model.pages.page import render_page, section, table
from model.tags.schemes import EntitySpan

EVIL = "</script><script>window.harm=1</script><img src=x onerror=window.harm=1>\"'&amp;\u2028\ud800小明"


class Reader(html.parser.HTMLParser):
    """What a parser of another hand finds: elements, and all text outside scripts and styles."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append(tag)

    def handle_data(self, data):
        self.text += data


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (element("p", "a < b & c"), "<p>a &lt; b &amp; c</p>"),
        (element("p", Html("<b>x</b>"), "<b>"), "<p><b>x</b>&lt;b&gt;</p>"),
        (element("a", title='"><script>'), '<a title="&quot;&gt;&lt;script&gt;"></a>'),
        (element("a", data_label="x", class_=None, hidden=False), '<a data-label="x"></a>'),
        (join(["\ud800", 1.5, None]), "\ufffd1.5None"),
    ],
)
def test_what_is_not_html_is_escaped(made: Html, expected: str) -> None:
    assert made == expected


@given(st.text(alphabet=st.characters(exclude_characters="\r\0"), max_size=40), st.data())
def test_a_highlighted_text_reads_as_the_text(text: str, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=6)))
    spans = [EntitySpan(start, end, "<PER>") for start, end in zip(cuts[::2], cuts[1::2], strict=False)]
    read = Reader(highlight(text, spans, colours_of(["<PER>"])))
    assert read.elements == ["mark"] * len(spans)
    assert read.text == "".join("\ufffd" if "\ud800" <= char <= "\udfff" else char for char in text)


@given(st.recursive(st.text() | st.integers() | st.none(), lambda inner: st.lists(inner, max_size=3)))
def test_data_of_a_script_is_what_was_given_and_ends_no_element(data: object) -> None:
    written = script_json(data)
    assert json.loads(written) == data
    assert not set("<>&\u2028\u2029") & set(written)
    written.encode()


def test_a_page_is_one_file_that_asks_for_nothing() -> None:
    page = render_page(
        "Scores", section("A", table(["label", "F1"], [["PER", "90.00"]])), scripts=["let a = 1;"]
    )
    assert "default-src 'none'" in page
    for outside in ("http:", "https:", "src=", "@import", "url("):
        assert outside not in page


@pytest.mark.slow
def test_hostile_text_is_text_in_a_browser(tmp_path: Path) -> None:
    span = EntitySpan(0, len(EVIL), EVIL)
    script = 'document.querySelector("#there").append(marked(pageData().text, pageData().entities));'
    page = render_page(
        EVIL,
        section(EVIL, highlight(EVIL, [span], {}), element("p", id="there"), note=EVIL),
        lead=EVIL,
        data={"text": EVIL, "entities": [{"start": 0, "end": 3, "label": EVIL, "colour": "c0"}]},
        scripts=[script],
    )
    path = tmp_path / "page.html"
    path.write_text(page, "utf-8")
    with chromium() as browser:
        shown = browser.new_page()
        said: list[str] = []
        shown.on("console", lambda message: said.append(message.text))
        shown.on("pageerror", lambda error: said.append(str(error)))
        shown.goto(path.as_uri())
        assert shown.evaluate("window.harm") is None
        assert shown.locator("img").count() == 0
        expected = EVIL.replace("\ud800", "\ufffd")
        assert shown.locator("h1").text_content() == expected
        assert shown.locator("section mark").first.text_content() == expected
        assert shown.evaluate("document.querySelector('#there').textContent.isWellFormed()") is False
        assert shown.evaluate("document.querySelectorAll('#there mark').length") == 1
        assert said == []


ROWS = [["丙", "1,200", "90.5%"], ["甲", "7", "none"], ["乙", "30", "9.1%"]]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("clicks", "order"),
    [
        ([], "丙甲乙"),
        (["gold"], "丙乙甲"),
        (["gold", "gold"], "甲乙丙"),
        (["F1"], "丙乙甲"),  # what is no number comes last
        (["F1", "label"], "丙甲乙"),  # as in a Chinese dictionary: bing, jia, yi
        (["label", "label"], "乙甲丙"),
    ],
)
def test_a_table_is_sorted_by_a_click_and_its_sums_stay_below(
    tmp_path: Path, clicks: list[str], order: str
) -> None:
    made = table(["label", "gold", "F1"], ROWS, sums=["all", "1,237", "50%"], sortable=True)
    (tmp_path / "page.html").write_text(render_page("Scores", section("A", made)), "utf-8")
    with chromium() as browser:
        shown = browser.new_page()
        shown.goto((tmp_path / "page.html").as_uri())
        for name in clicks:
            shown.get_by_role("button", name=name).press("Enter")
        first = shown.locator("tr td:first-child").all_text_contents()
        assert "".join(first) == f"{order}all"
        assert shown.locator("th[aria-sort]").count() == min(1, len(clicks))


def test_colours_repeat_after_the_last() -> None:
    assert colours_of([f"L{number}" for number in range(9)])["L8"] == "c0"
