"""An explanation against sums over all taggings, searches by hand, and what the tagger answers."""

import json
import sys
from pathlib import Path
from subprocess import run

import numpy as np
import pytest
from browser import chromium
from tiny import TEXT, WORDS

from model.explain import main
from model.explanation.explanation import MAX_CHARS, explain
from model.explanation.page import explanation_page
from model.explanation.terminal import format_explanation
from model.machine.columns import display_width
from model.tagger import Tagger
from model.tags.schemes import EntitySpan
from model.words.file import read_words

LONG = "小明到过上海。" * 9 + "张三在北京大学读书，李鹏总理说：“好！”\n" * 3 + "😀ＮＢＡ囍"
EVIL = "</script><img src=x onerror=window.harm=1>小明\x1b[31m在\ud800北京"


@pytest.mark.parametrize("text", ["小明", "北京好", "王", "囍A"])
def test_probabilities_are_sums_over_all_taggings(tagger: Tagger, text: str) -> None:
    (tagging,) = tagger.tag_details([text], nbest=100_000)
    assert tagging.nbest
    assert sum(probability for _, probability in tagging.nbest) == pytest.approx(1, abs=1e-6)
    found = explain(tagger, text)
    for at, character in enumerate(found.characters):
        for label in tagger.labels:
            expected = sum(
                probability
                for spans, probability in tagging.nbest
                if any(span.start <= at < span.end and span.label == label for span in spans)
            )
            assert character.labels[label] == pytest.approx(expected, abs=1e-4)
        assert character.outside + sum(character.labels.values()) == pytest.approx(1, abs=1e-3)
    spans = [
        EntitySpan(s, e, label)
        for s in range(len(text))
        for e in range(s + 1, len(text) + 1)
        for label in tagger.labels
    ]
    sums = [sum(p for others, p in tagging.nbest if span in others) for span in spans]
    np.testing.assert_allclose(tagger.score_spans([text], [spans])[0], sums, atol=1e-6)


def test_scores_of_what_was_found_are_those_that_it_was_found_with(tagger: Tagger) -> None:
    texts = [LONG, "", "张三到过上海市复旦大学。"]
    found = tagger.tag(texts)
    assert sum(map(len, found)) > 10
    scores = tagger.score_spans(texts, [[entity.span for entity in entities] for entities in found])
    assert [[round(score, 4) for score in of_text] for of_text in scores] == [
        [entity.score for entity in entities] for entities in found
    ]


def test_words_of_ones_own_count_as_they_do_for_the_command_tag(
    tiny_bundle: Path, tagger: Tagger, tmp_path: Path, capsys
) -> None:
    (tmp_path / "words").write_text("在大会见到了李鹏\tPER\n", encoding="utf-8")
    text, words = "在大会见到了李鹏", read_words(tmp_path / "words", tagger.labels)
    flags = ("--words", str(tmp_path / "words"), "--words-strength", "30", "--runtime", "onnx", "--json")
    assert main([str(tiny_bundle), text, *flags]) == 0
    found = json.loads(capsys.readouterr().out)
    ((tagged,),) = [tagger.with_words(words, 30).tag_details([text], nbest=5)]
    assert found["entities"] == [entity._asdict() for entity in tagged.entities]
    assert tagged.entities != tagger.tag([text])[0]
    assert found["characters"][0]["labels"]["PER"] > 0.99
    (tmp_path / "words").write_text("大会\tSHIP\n", encoding="utf-8")
    assert main([str(tiny_bundle), text, *flags]) == 2
    assert "words:1: expected a label of" in capsys.readouterr().err


@pytest.mark.parametrize("span", [(5, 9, "PER"), (0, 2, "SEA"), (3, 3, "PER"), (0, 99, "PER")])
def test_what_can_be_no_entity_has_the_score_0(tagger: Tagger, span: tuple[int, int, str]) -> None:
    assert tagger.score_spans(["小明到过上海。他走了"], [[EntitySpan(*span)]]) == [[0.0]]


def test_tags_of_a_text_are_those_of_its_sentences(tagger: Tagger) -> None:
    one, other = "小明到过上海。", "张三在北京大学读书。"
    whole = tagger.tag_probabilities(one + other)
    np.testing.assert_allclose(whole[len(one) :], tagger.tag_probabilities(other), atol=1e-9)
    assert whole.shape == (len(one + other), len(tagger.tag_set.tags))


def test_taggings_and_entities_are_those_of_the_tagger(tagger: Tagger) -> None:
    found = explain(tagger, LONG, nbest=3)
    (expected,) = tagger.tag_details([LONG], nbest=3)
    assert (found.entities, found.taggings) == (expected.entities, expected.nbest)


def test_words_are_those_that_a_search_finds(tagger: Tagger) -> None:
    found = explain(tagger, LONG)
    expected = {(word, start) for word in WORDS for start in range(len(LONG)) if LONG.startswith(word, start)}
    assert len(expected) > 10
    for channel in ("word", "segment"):
        assert {(word.text, word.start) for word in found.words if word.channel == channel} == expected
    assert all(LONG[word.start : word.end] == word.text for word in found.words)
    assert {word.source for word in found.words} == {"word vectors", "dictionary"}
    assert {word.probability is None for word in found.words if word.channel == "word"} == {True}


def test_what_is_in_no_vocabulary_is_named_where_it_stands(tagger: Tagger) -> None:
    found = explain(tagger, LONG)
    unknown = {(one.text, one.start) for one in found.unknown if one.channel == "char"}
    read = "".join(one.read_as for one in found.characters)
    known = set(TEXT) | set(TEXT.upper())
    assert unknown == {(char, at) for at, char in enumerate(read) if char not in known}
    assert ("囍", LONG.index("囍")) in unknown


def test_of_an_empty_text_nothing_is_to_be_said(tagger: Tagger) -> None:
    found = explain(tagger, "")
    assert list(format_explanation(found)) == ["an empty text: nothing to explain"]
    assert json.loads(json.dumps(found.to_json()))["characters"] == []
    assert "<h1>" in explanation_page(found, "tiny")


def test_columns_are_straight_under_chinese_characters(tagger: Tagger) -> None:
    lines = list(format_explanation(explain(tagger, "小明 A在北京大学")))
    first = lines.index("characters: the likeliest tag, and how likely each lies in an entity of a label") + 1
    head, *rows = lines[first : first + 10]
    place = display_width(head[: head.index("tag")])
    for row in rows:
        before = next(at for at in range(len(row)) if display_width(row[:at]) == place)
        assert row[before : before + 2] in {"O ", "B-", "I-", "E-", "S-"}


def test_a_terminal_is_sent_no_control_character(tagger: Tagger) -> None:
    for line in format_explanation(explain(tagger, EVIL)):
        assert line.isprintable(), repr(line)


def test_the_command_prints_json_and_writes_a_page(tiny_bundle: Path, tmp_path: Path, capsys) -> None:
    page = tmp_path / "page.html"
    assert main([str(tiny_bundle), EVIL, "--json", "--html", str(page), "--nbest", "2"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["text"], len(found["taggings"]), len(found["characters"])) == (EVIL, 2, len(EVIL))
    assert "<img" not in page.read_text("utf-8")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["none", "小明"], "error: none: expected the folder of a bundle"),
        (["{bundle}", "小" * (MAX_CHARS + 1)], "error: text: expected at most 2,000 characters, got 2,001"),
    ],
)
def test_what_cannot_be_explained_is_said(tiny_bundle: Path, capsys, arguments, message) -> None:
    assert main([argument.format(bundle=tiny_bundle) for argument in arguments]) == 2
    assert capsys.readouterr().err.startswith(message)


@pytest.mark.slow
def test_explaining_needs_no_training_package(tiny_bundle: Path) -> None:
    heavy = ("tensorflow", "tensorflow_addons", "gensim", "matplotlib", "training", "app")
    code = f"import sys; sys.modules.update(dict.fromkeys({heavy!r})); from model.cli import run; sys.exit(run())"
    done = run(
        [sys.executable, "-c", code, "explain", tiny_bundle, "小明"],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        cwd=Path(__file__).parents[3],
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "likeliest taggings" in done.stdout


@pytest.mark.slow
def test_the_page_shows_every_character_and_is_no_wider_than_a_phone(tagger: Tagger, tmp_path: Path) -> None:
    found = explain(tagger, LONG + EVIL)
    path = tmp_path / "page.html"
    path.write_text(explanation_page(found, "tiny"), "utf-8")
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 390, "height": 800})
        page.goto(path.as_uri())
        assert page.locator(".column-of").count() == len(LONG + EVIL)
        assert page.locator(".tagging").count() == len(found.taggings)
        assert page.evaluate("window.harm") is None
        assert page.locator("img").count() == 0
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
