"""The page at /, as a person meets it: in a real browser, against a real server with the tiny bundle."""

import itertools
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser import chromium
from loopback import Server
from playwright.sync_api import Browser, BrowserContext, Page, expect
from raw_client import HOST
from starlette.testclient import TestClient

from app.api.page import PAGE, content_policy

KEY = "sesam-钥"
MAX_CHARS = 300
TEXT = (
    "😀新华社北京八月二十日电，记者小明今天在人民大会堂见到了李鹏总理。\n"
    "👩‍👩‍👧张三去年到过上海市复旦大学，'王五'没有。"
)


@pytest.fixture(scope="module")
def server(tiny_bundle: Path) -> Iterator[Server]:
    settings = {"bundle": tiny_bundle, "api_keys": KEY, "max_text_chars": MAX_CHARS, "threads": 1}
    with Server(settings) as made:
        yield made


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as made:
        yield made


@pytest.fixture
def context(server: Server, browser: Browser) -> Iterator[BrowserContext]:
    """A browser that sends the key by itself: to the page, the server is open."""
    made = browser.new_context(base_url=f"http://{HOST}:{server.port}", locale="en")
    made.set_extra_http_headers({"x-api-key": KEY.encode().decode("latin-1")})
    made.set_default_timeout(20_000)
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    made = context.new_page()
    made.goto("/")
    expect(made.locator("#summary")).to_contain_text("entities")  # of the example
    return made


def answer(server: Server, text: str, **options: Any) -> list[dict[str, Any]]:
    reply = server.post("/tag", {"text": text, **options}, {"x-api-key": KEY.encode().decode("latin-1")})
    assert reply.status == 200
    return reply.json["entities"]  # type: ignore[no-any-return]


def tag(page: Page, text: str) -> None:
    page.get_by_label("Text to tag").fill(text)
    page.get_by_role("button", name="Tag").click()
    expect(page.locator("#answer")).to_have_attribute("aria-busy", "false")


def shown(page: Page) -> list[tuple[str | None, str | None]]:
    marks = page.locator("#result mark:not(.off)").all()
    return [(mark.get_attribute("data-label"), mark.text_content()) for mark in marks]


@pytest.mark.parametrize("way", ["button", "Control+Enter", "Meta+Enter"])
def test_what_is_typed_is_tagged_and_highlighted(page: Page, server: Server, way: str) -> None:
    field = page.get_by_label("Text to tag")
    field.press_sequentially(TEXT[:20])
    field.fill(TEXT)
    expect(page.locator("#length")).to_have_text(f"{len(TEXT)} characters")
    if way == "button":
        page.get_by_role("button", name="Tag").click()
    else:
        field.press(way)
    # The answer to the example that stood there before said "entities", too.
    page.wait_for_function("text => document.querySelector('#result').textContent === text", arg=TEXT)
    expect(page.locator("#answer")).to_have_attribute("aria-busy", "false")
    expected = answer(server, TEXT)
    assert len(expected) > 5
    assert shown(page) == [(entity["label"], entity["text"]) for entity in expected]
    assert page.locator("#result").text_content() == TEXT  # an emoji of two units before them all
    expect(page.locator("#said")).to_have_text(f"{len(expected)} entities")
    expect(page.locator("#bundle")).to_have_text(re.compile("^tiny@"))


def test_what_is_tagged_is_never_html(page: Page) -> None:
    text = "<img src=x onerror='window.harm=1'><script>window.harm=1</script>小明&lt;在北京</mark>"
    tag(page, text)
    assert page.locator("#result").text_content() == text
    assert page.locator("#result :not(mark)").count() == 0
    assert page.evaluate("window.harm") is None


def test_an_answer_cannot_bring_html_either(page: Page) -> None:
    evil = "<b onclick=x>"
    entity = {"start": 0, "end": 1, "text": evil, "label": evil, "score": 0.5}
    page.route("**/tag", lambda route: route.fulfill(json={"entities": [entity], "bundle": evil}))
    tag(page, "小明")
    page.locator("#result mark").focus()
    expect(page.locator("#tip")).to_contain_text(evil)
    expect(page.locator("#bundle")).to_have_text(evil)
    assert page.locator("b[onclick]").count() == 0


@pytest.mark.parametrize("label", ["__proto__", "constructor", "toString", "hasOwnProperty"])
def test_a_label_that_javascript_knows_otherwise_is_a_label(page: Page, label: str) -> None:
    entities = [
        {"start": 0, "end": 1, "text": "小", "label": label, "score": 0.5},
        {"start": 1, "end": 2, "text": "明", "label": "PER", "score": 0.5},
    ]
    page.route("**/tag", lambda route: route.fulfill(json={"entities": entities, "bundle": "b"}))
    tag(page, "小明")
    assert shown(page) == [(label, "小"), ("PER", "明")]
    legend = [button.inner_text().split() for button in page.locator("#legend button").all()]
    assert sorted(legend) == sorted([[label, "1"], ["PER", "人名", "1"]])
    page.locator("#result mark").first.focus()
    expect(page.locator("#tip")).to_have_text(f"0.5000 {label} · 0–1")
    page.locator("#legend button", has_text=label).click()
    assert shown(page) == [("PER", "明")]


def test_at_first_sight_an_example_is_tagged_and_typing_replaces_it(page: Page) -> None:
    field = page.get_by_label("Text to tag")
    expect(page.locator("#result mark").first).to_be_visible()
    assert page.locator("#result").text_content() == field.input_value() != ""
    page.keyboard.type("小明")
    expect(field).to_have_value("小明")


NAMES = [("ORG", 0, 2), ("PER", 4, 6), ("PER", 8, 10), ("PER", 10, 12)]
NAMED = "北大的，小明和，小明小红"


def tag_names(page: Page) -> None:
    """Have a text with known names tagged; those at 8 and later are less likely."""
    entities = [
        {
            "start": start,
            "end": end,
            "text": NAMED[start:end],
            "label": label,
            "score": round(0.9 - start / 25, 2),
        }
        for label, start, end in NAMES
    ]
    page.route("**/tag", lambda route: route.fulfill(json={"entities": entities, "bundle": "b"}))
    tag(page, NAMED)


def test_the_list_groups_and_counts_names_and_leads_to_each(page: Page) -> None:
    tag_names(page)
    groups = [group.inner_text().split() for group in page.locator("#groups section").all()]
    assert sorted(groups) == [["ORG", "机构", "1", "北大"], ["PER", "人名", "3", "小明", "×2", "小红"]]
    name, marks = page.locator("#groups button", has_text="小明"), page.locator("#result mark")
    for place in (1, 2, 1):
        name.click()
        expect(marks.nth(place)).to_be_focused()
    page.get_by_role("slider").fill("0.85")
    expect(page.locator("#groups section")).to_have_count(1)


def test_what_may_be_none_looks_unsure(page: Page) -> None:
    tag_names(page)
    assert [mark.get_attribute("class") for mark in page.locator("#result mark.unsure").all()] != []
    assert page.locator("#result mark.unsure").all_text_contents() == ["小明", "小红"]


def test_no_entities_stands_where_the_legend_does(page: Page) -> None:
    page.route("**/tag", lambda route: route.fulfill(json={"entities": [], "bundle": "b"}))
    tag(page, "无")
    expect(page.locator("#filters")).to_have_text(re.compile("No entities found"))
    expect(page.locator("#none")).to_be_visible()
    expect(page.get_by_role("slider")).to_be_hidden()
    expect(page.locator("#list")).to_be_hidden()


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        (
            "CSV",
            '\ufeffstart,end,label,text,score\r\n0,2,"ORG","北大",0.9\r\n4,6,"PER","小明",0.74\r\n'
            '8,10,"PER","小明",0.58\r\n10,12,"PER","小红",0.5\r\n',
        ),
        ("JSONL", None),
        ("BIO", None),
    ],
)
def test_what_is_shown_is_downloaded(page: Page, server: Server, kind: str, content: str | None) -> None:
    if kind == "BIO":
        tag(page, TEXT)
        headers = {"x-api-key": KEY.encode().decode("latin-1")}
        content = server.post("/tag", {"text": TEXT, "format": "bio"}, headers).body.decode()
    else:
        tag_names(page)
    with page.expect_download() as download:
        page.get_by_role("button", name=f"Download {kind}", exact=True).click()
    assert download.value.suggested_filename == f"entities.{kind.lower()}"
    saved = Path(download.value.path()).read_bytes().decode()
    if content is None:
        line = json.loads(saved)
        assert (line["text"], len(line["entities"]), saved.count("\n")) == (NAMED, len(NAMES), 1)
        assert set(line["entities"][0]) == {"start", "end", "text", "label", "score"}
    else:
        assert saved == content


def test_legend_and_copy_bar_stay_in_sight_of_a_long_text(page: Page) -> None:
    tag(page, "\n".join(TEXT[:12]) * 8)
    page.locator("#result").evaluate("element => element.style.minHeight = '3000px'")
    page.evaluate("scrollTo(0, document.querySelector('#result').offsetTop + 1200)")
    for selector in ("#filters", "#foot"):
        box = page.locator(selector).bounding_box()
        assert box is not None
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= page.viewport_size["height"]  # type: ignore[index]


def test_who_reads_chinese_is_spoken_to_in_chinese(browser: Browser, server: Server) -> None:
    context = browser.new_context(base_url=f"http://{HOST}:{server.port}", locale="zh-CN")
    context.set_extra_http_headers({"x-api-key": KEY.encode().decode("latin-1")})
    page = context.new_page()
    page.goto("/")
    expect(page.locator("#summary")).to_contain_text("个实体")
    page.get_by_label("要标注的文本").fill("小" * (MAX_CHARS + 1))
    page.get_by_role("button", name="标注", exact=False).first.click()
    expect(page.get_by_role("alert")).to_contain_text(f"文本太长。共 {MAX_CHARS + 1} 字")
    left = page.evaluate("[...document.querySelectorAll('button')].map((button) => button.textContent)")
    assert set(re.findall("[A-Za-z]{3,}", " ".join(left))) <= {
        "Ctrl",
        "CSV",
        "JSONL",
        "BIO",
        "JSON",
        "curl",
        "PER",
        "LOC",
        "ORG",
    }
    context.close()


def test_the_legend_counts_and_filters_by_label(page: Page, server: Server) -> None:
    tag(page, TEXT)
    expected = answer(server, TEXT)
    labels = [label for label in ("PER", "LOC", "ORG") if any(row["label"] == label for row in expected)]
    counts = {label: sum(entity["label"] == label for entity in expected) for label in labels}
    buttons = page.locator("#legend button")
    assert [button.inner_text().split()[::2] for button in buttons.all()] == [
        [label, str(counts[label])] for label in labels
    ]
    buttons.first.focus()
    page.keyboard.press("Enter")
    expect(buttons.first).to_have_attribute("aria-pressed", "false")
    expect(buttons.first).to_be_focused()
    left = [(row["label"], row["text"]) for row in expected if row["label"] != labels[0]]
    assert shown(page) == left
    expect(page.locator("#said")).to_have_text(f"{len(left)} of {len(expected)} entities shown")
    assert page.locator("#result").text_content() == TEXT
    page.get_by_role("button", name="Show all").click()
    assert len(shown(page)) == len(expected)


def test_the_slider_hides_what_is_less_certain(page: Page, server: Server) -> None:
    tag(page, TEXT)
    slider = page.get_by_role("slider", name="Score at least")
    slider.fill("0.5")
    expect(page.locator("#least-value")).to_have_text("0.50")
    least = [(row["label"], row["text"]) for row in answer(server, TEXT, min_score=0.5)]
    assert shown(page) == least
    slider.press("End")
    assert shown(page) == [(row["label"], row["text"]) for row in answer(server, TEXT, min_score=1)]


def test_the_score_shows_by_mouse_and_by_keyboard(page: Page, server: Server) -> None:
    tag(page, TEXT)
    entities = answer(server, TEXT)
    tip, marks = page.locator("#tip"), page.locator("#result mark")
    marks.nth(1).hover()
    expect(tip).to_contain_text(f"{entities[1]['score']:.4f} {entities[1]['label']}")
    page.mouse.move(0, 0)
    expect(tip).to_be_hidden()
    page.get_by_role("slider").focus()
    page.keyboard.press("Tab")  # one stop for all entities
    for index, key in ((0, "ArrowRight"), (1, "ArrowRight"), (2, "ArrowLeft"), (1, "End"), (-1, "Home")):
        expect(marks.nth(index)).to_be_focused()
        expect(tip).to_contain_text(f"{entities[index]['score']:.4f}")
        page.keyboard.press(key)
    page.keyboard.press("Escape")
    expect(tip).to_be_hidden()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Copy JSON")).to_be_focused()


def test_json_is_copied_with_offsets_in_code_points(
    context: BrowserContext, page: Page, server: Server
) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    tag(page, TEXT)
    page.get_by_role("button", name="Copy JSON").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    copied = json.loads(page.evaluate("navigator.clipboard.readText()"))
    assert (copied["text"], copied["entities"]) == (TEXT, answer(server, TEXT))
    assert all(TEXT[row["start"] : row["end"]] == row["text"] for row in copied["entities"])


def test_a_button_that_was_clicked_twice_gets_its_word_back(context: BrowserContext, page: Page) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.locator("#copy-json").click(click_count=2)
    expect(page.locator("#copy-json")).to_have_text("Copied")
    expect(page.locator("#copy-json")).to_have_text("Copy JSON")


def test_without_a_clipboard_copying_works_the_old_way(context: BrowserContext, page: Page) -> None:
    context.grant_permissions(["clipboard-read"])
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(); }")
    tag(page, "小明")
    page.get_by_role("button", name="Copy JSON").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert json.loads(page.evaluate("navigator.clipboard.readText()"))["text"] == "小明"


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl: apt-get install curl")
def test_the_curl_command_asks_for_what_is_shown(context: BrowserContext, page: Page, server: Server) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    context.set_extra_http_headers({})
    page.reload()
    page.get_by_label("API key").fill(KEY)
    tag(page, TEXT)
    page.get_by_role("slider").fill("0.4")
    page.locator("#legend button").first.click()
    page.get_by_role("button", name="Copy curl").click()
    command = page.evaluate("navigator.clipboard.readText()")
    assert KEY not in command
    ran = subprocess.run(["sh", "-c", command], env={"ZITAG_KEY": KEY}, capture_output=True, check=True)
    assert [(row["label"], row["text"]) for row in json.loads(ran.stdout)["entities"]] == shown(page)


def test_a_key_is_asked_for_when_the_server_wants_one(context: BrowserContext, page: Page) -> None:
    expect(page.get_by_label("API key")).to_be_hidden()
    context.set_extra_http_headers({})
    page.reload()
    expect(page.get_by_label("API key")).to_be_visible()
    tag(page, TEXT)
    expect(page.get_by_role("alert")).to_contain_text("This server asks for an API key.")
    expect(page.get_by_label("API key")).to_be_focused()
    page.keyboard.type("wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("This key does not open the server.")
    page.get_by_label("API key").fill(KEY)
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_hidden()
    expect(page.locator("#result mark").first).to_be_visible()


def test_a_refusal_is_told_in_words(page: Page) -> None:
    tag(page, "小" * (MAX_CHARS + 1))
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("This text is too long.")
    expect(alert).to_contain_text(f"It has {MAX_CHARS + 1} characters; at most {MAX_CHARS} are read at once.")
    expect(alert).to_contain_text("Request ")
    tag(page, "小明")
    expect(alert).to_be_hidden()


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (429, {"title": "Too much", "detail": "9 characters"}, "Too much.9 charactersTry again in 7 s."),
        (
            429,
            {"code": "queue_full", "title": "Too much", "detail": "9"},
            "The server has too much to do just now.Your text is still here.Try again in 7 s.",
        ),
        (502, None, "The server answered 502 Bad Gateway.Try again in 7 s."),
    ],
)
def test_an_overloaded_server_is_told_in_words(
    page: Page, status: int, body: dict[str, str] | None, words: str
) -> None:
    page.route(
        "**/tag",
        lambda route: route.fulfill(
            status=status, headers={"retry-after": "7"}, body=json.dumps(body) if body else "<html>"
        ),
    )
    tag(page, "小明")
    expect(page.get_by_role("alert")).to_have_text(words)


def test_a_server_that_is_gone_is_told_in_words_and_keeps_the_text(page: Page) -> None:
    page.route("**/tag", lambda route: route.abort())
    tag(page, "小明")
    expect(page.get_by_role("alert")).to_contain_text("The server cannot be reached.")
    expect(page.get_by_label("Text to tag")).to_have_value("小明")


def test_while_it_waits_it_says_so_and_the_last_request_wins(page: Page) -> None:
    waiting: list[Any] = []
    page.route("**/tag", lambda route: waiting.append(route))
    field = page.get_by_label("Text to tag")
    field.fill("第一")
    field.press("Control+Enter")
    expect(page.get_by_role("button", name="Tagging…")).to_be_visible()
    expect(page.locator("#answer")).to_have_attribute("aria-busy", "true")
    field.fill("第二")
    field.press("Control+Enter")
    page.wait_for_function("document.querySelector('#answer').getAttribute('aria-busy') === 'true'")
    while len(waiting) < 2:
        page.wait_for_timeout(20)
    waiting[1].fulfill(json={"entities": [], "bundle": "b"})
    expect(page.locator("#result")).to_have_text("第二")
    expect(page.locator("#summary")).to_contain_text("No entities found")
    expect(page.get_by_role("alert")).to_be_hidden()


def test_nothing_is_sent_for_an_empty_text(page: Page) -> None:
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url))
    page.get_by_label("Text to tag").fill(" \n")
    page.get_by_role("button", name="Tag").click()
    expect(page.locator("#result")).to_be_empty()
    assert sent == []


def test_an_example_and_clear(page: Page) -> None:
    page.get_by_role("button", name="Example").click()
    expect(page.locator("#result mark").first).to_be_visible()
    page.get_by_label("Text to tag").press("End")
    page.keyboard.type("。")
    expect(page.locator("#summary")).to_contain_text("the text has changed since")
    page.get_by_role("button", name="Clear").click()
    expect(page.get_by_label("Text to tag")).to_have_value("")
    expect(page.locator("#result")).to_be_empty()
    expect(page.get_by_role("button", name="Copy JSON")).to_be_hidden()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_file_is_opened(page: Page, encoding: str) -> None:
    content = "小明在北京。".encode(encoding)
    page.locator("#file").set_input_files({"name": "a.txt", "mimeType": "text/plain", "buffer": content})
    expect(page.locator("#result")).to_have_text("小明在北京。")


def test_a_file_is_dropped(page: Page) -> None:
    drop = """(content) => {
        const data = new DataTransfer();
        data.items.add(new File([content], "a.txt"));
        for (const type of ["dragover", "drop"])
            document.querySelector("#text").dispatchEvent(
                new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true }));
    }"""
    page.evaluate(drop, "小明在北京。")
    expect(page.locator("#result")).to_have_text("小明在北京。")
    page.evaluate(drop, "PK\0\1")
    expect(page.get_by_role("alert")).to_contain_text("This is not a text file.")


def test_nothing_is_loaded_from_another_host_and_nothing_complains(
    context: BrowserContext, server: Server
) -> None:
    page = context.new_page()
    urls: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: urls.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto("/")
    expect(page.get_by_label("Text to tag")).to_be_focused()  # a browser complains of whoever comes before it
    tag(page, TEXT)
    page.locator("#result mark").first.hover()
    origin = f"http://{HOST}:{server.port}/"
    assert {url for url in urls if not url.startswith("data:")} == {origin, f"{origin}bundle", f"{origin}tag"}
    assert complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_everything_and_every_colour_can_be_read(context: BrowserContext, scheme: Any) -> None:
    page = context.new_page()
    page.set_viewport_size({"width": 340, "height": 600})
    page.emulate_media(color_scheme=scheme)
    labels = [f"LABEL{number}" for number in range(8)]
    entities = [
        {"start": number, "end": number + 1, "text": "小", "label": label, "score": 0.9}
        for number, label in enumerate(labels)
    ]
    page.route("**/tag", lambda route: route.fulfill(json={"entities": entities, "bundle": "b"}))
    page.goto("/")
    tag(page, "小" * 100 + "a" * 200)
    assert page.evaluate("document.documentElement.scrollWidth") <= 340
    for button in page.get_by_role("button").all():
        box = button.bounding_box()
        assert box is not None
        assert box["height"] >= 40
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 340
    for selector, least in (("mark", 4.5), ("mark::after", 4.5), ("#legend button", 4.5), ("#tag", 4.5)):
        assert min(page.evaluate(CONTRASTS, selector)) >= least, selector
    for selector in ("#length", "header p", "#bundle", "#example", "#result"):
        assert min(page.evaluate(CONTRASTS, selector)) >= 4.5, selector


# WCAG 2: the contrast of each element's text with the nearest background below it.
CONTRASTS = """(selector) => {
    const [name, pseudo] = selector.split("::");
    const numbers = (colour) => colour.match(/[\\d.]+/g).map(Number);
    const light = (colour) => {
        const linear = (part) => part <= .04045 ? part / 12.92 : ((part + .055) / 1.055) ** 2.4;
        const [r, g, b] = numbers(colour).map((value) => linear(value / 255));
        return .2126 * r + .7152 * g + .0722 * b;
    };
    return [...document.querySelectorAll(name)].map((element) => {
        const ink = light(getComputedStyle(element, pseudo && "::" + pseudo).color);
        let below = element;
        while (numbers(getComputedStyle(below).backgroundColor)[3] === 0) below = below.parentElement;
        const ground = light(getComputedStyle(below).backgroundColor);
        return (Math.max(ink, ground) + .05) / (Math.min(ink, ground) + .05);
    });
}"""


def test_the_headers_let_nothing_in_but_the_page_itself(client: TestClient) -> None:
    reply = client.get("/")
    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    assert reply.headers["x-content-type-options"] == "nosniff"
    policy = dict(part.split(" ", 1) for part in reply.headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["connect-src"] == "'self'"
    assert re.fullmatch("'sha256-[A-Za-z0-9+/=]+'", policy["script-src"])
    assert re.fullmatch("'sha256-[A-Za-z0-9+/=]+'", policy["style-src"])
    assert not any("unsafe" in sources or "http" in sources for sources in policy.values())
    assert client.head("/").headers["content-length"] == str(len(PAGE.read_bytes()))


def test_a_page_without_a_script_may_run_none() -> None:
    assert "script-src 'none'" in content_policy(b"<p>")


def test_the_page_names_no_other_host_and_has_no_inline_handlers() -> None:
    source = PAGE.read_text("utf-8")
    assert set(re.findall(r"https?://[^\s'\"]+", source)) == {"http://www.w3.org/2000/svg"}
    assert not re.search(r"\s(on\w+|style)=", source)
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", source)


def test_every_control_has_a_name(page: Page) -> None:
    tag(page, TEXT)
    names = page.evaluate(
        """() => [...document.querySelectorAll("button, input:not([hidden]), textarea")].map((element) =>
            element.textContent.trim() || element.labels[0]?.textContent.trim() || "")"""
    )
    assert all(names)
    ids = re.findall(r'\sid="([^"]+)"', PAGE.read_text("utf-8"))
    assert all(one != other for one, other in itertools.combinations(ids, 2))


def test_the_description_of_the_api_needs_no_other_host(context: BrowserContext, server: Server) -> None:
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/docs")
    expect(page.locator(".opblock-summary-path").first).to_be_visible()
    assert asked
    assert {url for url in asked if not url.startswith((f"http://{HOST}:{server.port}/", "data:"))} == set()
