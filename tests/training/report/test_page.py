"""report.html: its numbers are those of the JSON, and its error browser works in a real browser."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import chromium
from playwright.sync_api import Browser, Page, expect

from model.tagger import Entity
from model.tags.schemes import EntitySpan, tags_from_spans
from training.corpus.reader import Sentence
from training.metrics.evaluation import evaluate
from training.report.cases import Cases
from training.report.page import part_numbers, write_evaluation, write_fit

EVIL = "</script><img/src=x/onerror=window.harm=1>小明在&lt;北京"
SENTENCES = (  # text, gold, found with scores
    ("小明在北京大学", [(0, 2, "PER"), (3, 7, "ORG")], [(0, 2, "PER", 0.9), (3, 5, "ORG", 0.7)]),
    ("上海很大", [(0, 2, "LOC")], [(0, 2, "ORG", 0.95)]),
    ("他去了巴黎", [(3, 5, "LOC")], []),
    ("今天天气好", [], [(2, 4, "PER", 0.4)]),
    ("张三来了", [(0, 2, "PER")], [(0, 2, "PER", 0.99)]),
    (EVIL, [(len(EVIL) - 2, len(EVIL), "LOC")], [(0, 9, "PER", 0.2)]),
    ("😀华为在深圳", [(1, 3, "ORG"), (4, 6, "LOC")], [(1, 3, "LOC", 0.6), (4, 6, "LOC", 0.8)]),
)


class Given:
    """Finds what SENTENCES say."""

    def tag(self, texts):
        found = {text: spans for text, _, spans in SENTENCES}
        return [
            [Entity(s, e, text[s:e], label, score) for s, e, label, score in found[text]] for text in texts
        ]

    def score_spans(self, texts, spans):
        return [[0.5] * len(of_text) for of_text in spans]


def evaluated() -> tuple[dict, Cases]:
    sentences = [
        Sentence(
            text, tuple(tags_from_spans([EntitySpan(*s) for s in gold], len(text))), "<b>.bio", 9 * number + 1
        )
        for number, (text, gold, _) in enumerate(SENTENCES)
    ]
    cases = Cases()
    report = evaluate(Given(), sentences, also=cases.add)
    cases.mistakes.score_missed(Given())
    return part_numbers(report, cases), cases


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "report.html"
    numbers, cases = evaluated()
    write_evaluation(path, "<tagger>", ["<b>.bio"], numbers, cases.mistakes)
    return path


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as made:
        yield made


@pytest.fixture(scope="module")
def page(written: Path, browser: Browser) -> Page:
    made = browser.new_page(viewport={"width": 390, "height": 800})
    made.set_default_timeout(10_000)
    made.goto(written.as_uri())
    return made


def data_of(path: Path) -> dict:
    (found,) = re.findall(
        r'<script type="application/json" id="data">(.*?)</script>', path.read_text("utf-8")
    )
    return json.loads(found)


def test_numbers_on_the_page_are_those_of_the_json(written: Path) -> None:
    text = written.read_text("utf-8")
    numbers = json.loads(json.dumps(evaluated()[0]))
    for name, row in [*numbers["groups"]["label"].items(), ("all", numbers["groups"]["all"]["all"])]:
        (found,) = re.findall(
            rf"<tr><td>{name}</td>(.*?)</tr>", text.partition("By label")[2].partition("</table>")[0]
        )
        cells = [re.sub("<.*?>", "", cell) for cell in re.findall(r"<td.*?>(.*?)</td>", found)]
        rates = [
            f"{row[rate]:.2%} {100 * row['interval'][rate][0]:.1f}–{100 * row['interval'][rate][1]:.1f}"
            for rate in ("precision", "recall", "f1")
        ]
        assert cells == [*rates, *(str(row[count]) for count in ("gold", "predicted", "correct"))]
    assert f"<dd>{numbers['strict']['micro']['f1']:.2%}<" in text
    assert f"<dd>{numbers['calibration']['ece']:.3f}<" in text


def test_a_text_cannot_end_the_script(written: Path) -> None:
    text = written.read_text("utf-8")
    assert text.count("</script>") == 2
    assert "<img" not in text
    assert EVIL in [item["text"] for item in data_of(written)["items"]]


def test_a_fit_has_curves_over_whole_epochs_and_no_mistakes_of_test(tmp_path: Path) -> None:
    numbers, cases = evaluated()
    epochs = [
        {"epoch": n, "loss": 2 / n, "precision": 0.5, "recall": 0.5, "f1": n / 30} for n in range(1, 25)
    ]
    fit = {"best_epoch": 24, "epochs": epochs, "shortfalls": ["too <few>"], "dev": numbers, "test": numbers}
    write_fit(tmp_path / "report.html", "mine", fit, cases.mistakes, "trained on <a>")
    text = (tmp_path / "report.html").read_text("utf-8")
    curves = text.partition("<h2>Learning curves")[2].partition("</section>")[0]
    assert re.findall(r'class="mid">(\d[\d.]*)</text>', curves)[:8] == [str(n) for n in range(1, 25, 3)]
    assert "F1, epoch 24: 80.0%" in curves
    assert "too &lt;few&gt;" in text
    assert [name for name in ("dev", "test") if f'id="scores-{name}"' in text] == ["dev", "test"]
    assert "Errors: dev" in text
    assert text.count("95 % right from") == 1  # of dev
    places = set(re.findall(r'id="([^"]+)"', text))
    assert places >= set(re.findall(r'href="#([^"]+)"', text))


def test_a_fit_of_one_epoch_and_no_entity_has_a_page(tmp_path: Path) -> None:
    cases = Cases()
    report = evaluate(Given(), [], also=cases.add)
    numbers = part_numbers(report, cases)
    epochs = [{"epoch": 1, "loss": 1.0, "precision": 0.0, "recall": 0.0, "f1": 0.0}]
    fit = {"best_epoch": 0, "epochs": epochs, "shortfalls": [], "dev": numbers}
    write_fit(tmp_path / "report.html", "mine", fit, cases.mistakes, "")
    assert "There is no mistake." in (tmp_path / "report.html").read_text("utf-8")
    ensemble = {**fit, "ensemble": {"dev_f1": [0.0, 0.0]}}
    write_fit(tmp_path / "ensemble.html", "mine", ensemble, cases.mistakes, "")
    assert "Means of 2 networks; the dotted line" in (tmp_path / "ensemble.html").read_text("utf-8")


def shown(page: Page) -> list[str]:
    return [one.split(":")[1] for one in page.locator(".error .head").all_text_contents()]


@pytest.mark.slow
def test_the_surest_mistake_comes_first(page: Page) -> None:
    page.reload()
    assert shown(page) == ["10", "1", "55", "19", "46", "28"]
    expect(page.locator("#count")).to_have_text("6 of 6 sentences")
    page.get_by_label("Order").select_option("file")
    assert shown(page) == ["1", "10", "19", "28", "46", "55"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kinds", "label", "search", "expected"),
    [
        (["label"], "", "", ["10", "55"]),
        (["boundary"], "", "", ["1"]),
        (["missed"], "", "", ["19", "46"]),
        (["missed", "invented"], "PER", "", ["28", "46"]),
        ([], "PER", "", ["28", "46"]),
        ([], "", "大学", ["1"]),
        ([], "", "B>.BIO:55", ["55"]),
        (["label"], "", "nowhere", []),
    ],
)
def test_filters_and_search_choose(
    page: Page, kinds: list[str], label: str, search: str, expected: list[str]
) -> None:
    page.reload()
    for kind in kinds:
        page.get_by_role("button", name=kind, exact=True).click()
    page.get_by_label("Label", exact=True).select_option(label)
    page.get_by_role("searchbox").fill(search)
    assert shown(page) == expected
    said = "" if expected else ": nothing fits; take a filter away or search for less"
    expect(page.locator("#count")).to_have_text(f"{len(expected)} of 6 sentences{said}")


@pytest.mark.slow
def test_gold_and_predicted_stand_side_by_side(page: Page) -> None:
    page.reload()
    page.get_by_role("searchbox").fill("华为")
    sides = {"gold": [("华为", "ORG"), ("深圳", "LOC")], "predicted": [("华为", "LOC"), ("深圳", "LOC")]}
    for side, marks in sides.items():
        place = page.locator(".side", has_text=re.compile(f"^{side}"))
        assert place.locator(".text").text_content() == "😀华为在深圳"
        found = place.locator("mark").all()
        assert [(mark.text_content(), mark.get_attribute("data-label")) for mark in found] == marks
        assert [("wrong" in (mark.get_attribute("class") or "")) for mark in found] == [True, False]


@pytest.mark.slow
def test_hostile_text_stays_text_and_nothing_is_wider_than_a_phone(page: Page) -> None:
    page.reload()
    assert page.evaluate("window.harm") is None
    assert page.locator("img").count() == 0
    assert EVIL in page.locator(".side .text").all_text_contents()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.slow
def test_more_are_shown_on_a_click(tmp_path: Path, browser: Browser) -> None:
    cases = Cases()
    for number in range(60):
        cases.add(Sentence("小明", ("O", "O"), "a.bio", number + 1), [Entity(0, 2, "小明", "PER", 0.5)])
    path = tmp_path / "many.html"
    write_evaluation(path, "a", ["a.bio"], part_numbers(evaluate(Given(), []), cases), cases.mistakes)
    many = browser.new_page()
    many.goto(path.as_uri())
    for count in (25, 50, 60):
        expect(many.locator(".error")).to_have_count(count)
        if count < 60:
            many.get_by_role("button", name="Show more").click()
    expect(many.get_by_role("button", name="Show more")).to_be_hidden()
