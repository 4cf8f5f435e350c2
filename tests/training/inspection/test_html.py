"""The page of `check --html` has the sentence of each finding, closed until it is clicked on."""

import re
from html import unescape
from pathlib import Path

import pytest

from model.tags.schemes import EntitySpan, tags_from_spans
from training.check import main
from training.corpus.reader import Sentence
from training.corpus.writer import write_sentences


def sentence(text: str, *spans: tuple[int, int, str]) -> Sentence:
    return Sentence(text, tuple(tags_from_spans((EntitySpan(*span) for span in spans), len(text))))


@pytest.fixture
def page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """The page of a corpus with a finding of each kind, and a text that is no markup."""
    train = [
        sentence("北京赢了", (0, 2, "ORG")),
        sentence("在北京", (1, 3, "LOC")),
        sentence("去北京", (1, 3, "LOC")),
        sentence("看《茶馆》", (1, 4, "WORK")),
        sentence("他叫<b>", (2, 5, "PER")),
        sentence("他叫<b>"),
    ]
    test = [sentence("去北京", (1, 3, "LOC")), sentence("在北京")]
    for name, sentences in (("train.bio", train), ("test.bio", test)):
        write_sentences(tmp_path / name, sentences)
    files = ["--train", str(tmp_path / "train.bio"), "--test", str(tmp_path / "test.bio")]
    assert main([*files, "--html", str(tmp_path / "page.html")]) == 1
    assert "findings: 1" in capsys.readouterr().out
    return (tmp_path / "page.html").read_text("utf-8").replace(f"{tmp_path}/", "")


def findings(page: str) -> list[str]:
    """Return what each closed line says, and what opens below it."""
    found = re.findall(r"<details>(.*?)</details>", page, re.DOTALL)
    return [
        unescape(re.sub(r"<mark [^>]*data-label=\"(\w+)\">(.*?)</mark>", r"[\2]\1", one))
        for one in found[:-1]
    ]


def test_each_finding_opens_to_its_sentence(page: str) -> None:
    labels, edge, inside, between = findings(page)
    assert "北京: ORG once, LOC 3 times<small>train.bio:1</small>" in labels
    assert "[北京]ORG赢了" in labels
    assert "《茶馆<small>train.bio:15</small>" in edge
    assert "看[《茶馆]WORK》" in edge
    assert [("他叫[<b>]PER" in one, "他叫<b>" in one) for one in (inside, between)] == [
        (True, True),
        (False, False),
    ]
    assert ("在北京" in between, "在[北京]LOC" in between) == (True, True)
    assert '<p class="reading">train.bio:6</p>' in between


def test_the_page_says_what_is_to_be_mended_and_the_whole_report(page: str) -> None:
    assert "<li>test: 2 sentences stand word for word in train" in page
    assert "contradictory labels: 1 surfaces with several labels" in page
    assert "<b>" not in page
    assert "default-src 'none'" in page
