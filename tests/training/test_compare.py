"""The command `compare`: bundles and saved predictions, tables, JSON and a page."""

import json
from pathlib import Path

import pytest
from browser import chromium

from model.formats import to_jsonl
from model.tagger import Tagger
from model.tags.schemes import EntitySpan, tags_from_spans
from training.compare import main
from training.corpus.reader import Sentence
from training.corpus.writer import write_sentences

TEXTS = ("小明在北京。", "张三到过上海市复旦大学。", "今天没有人来。", "😀李鹏、</script>江泽民")
GOLD = (((0, 2, "PER"), (3, 5, "LOC")), ((0, 2, "PER"), (4, 7, "LOC"), (7, 11, "ORG")), (), ((1, 3, "PER"),))


def write(path: Path, spans: tuple[tuple[tuple[int, int, str], ...], ...]) -> str:
    tagged = [
        Sentence(text, tuple(tags_from_spans([EntitySpan(*span) for span in of_text], len(text))))
        for text, of_text in zip(TEXTS, spans, strict=True)
    ]
    write_sentences(path, tagged)
    return str(path)


@pytest.fixture
def gold(tmp_path: Path) -> str:
    return write(tmp_path / "gold.bio", GOLD)


@pytest.fixture
def worse(tmp_path: Path) -> str:
    return write(tmp_path / "worse.bio", (GOLD[0], ((0, 2, "PER"), (4, 11, "ORG")), ((0, 2, "LOC"),), ()))


def test_saved_predictions_are_compared_by_every_entity(gold, worse, capsys) -> None:
    assert main([worse, gold, gold, "--json", "--resamples", "200"]) == 0
    numbers = json.loads(capsys.readouterr().out)
    assert numbers["scores"]["all"]["A"]["f1"] == pytest.approx(2 * 3 / (5 + 6))
    assert numbers["scores"]["all"]["B"]["f1"] == 1
    assert numbers["entities"]["LOC"] == {"fixed": 1, "broken": 0, "both wrong": 0, "both right": 1}
    assert numbers["inventions"]["LOC"] == {"fixed": 1, "broken": 0, "both wrong": 0}


def test_a_bundle_agrees_with_what_it_saved(
    tiny_bundle: Path, tagger: Tagger, gold, tmp_path, capsys
) -> None:
    saved = tmp_path / "saved.jsonl"
    texts = list(TEXTS)
    lines = (to_jsonl(text, found) for text, found in zip(texts, tagger.tag(texts), strict=True))
    saved.write_text("".join(lines), "utf-8")
    assert main([str(tiny_bundle), str(saved), gold, "--resamples", "100"]) == 0
    said = capsys.readouterr().out
    assert "A and B score the same." in said
    assert "fixed:" not in said


def test_tables_and_changes_are_shown(gold, worse, capsys) -> None:
    assert main([gold, worse, gold, "--show", "1"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[2].split() == ["gold", "A:", "F1", "B:", "F1", "B", "less", "A", "95", "%", "interval", "p"]
    assert next(line.split()[:4] for line in lines if line.startswith("all")) == [
        "all",
        "6",
        "100.00%",
        "54.55%",
    ]
    assert lines[-4:] == [
        f"broken: {gold}:8: 张三到过上海市复旦大学。",
        "    broken: gold [上海市]LOC, A [上海市]LOC, B -",
        "    broken: gold -, A -, B [上海市复旦大学]ORG",
        "    broken: gold [复旦大学]ORG, A [复旦大学]ORG, B -",
    ]


def test_a_corpus_is_never_written_over(gold, worse, capsys) -> None:
    before = Path(gold).read_bytes()
    assert main([worse, worse, gold, "--html", gold]) == 2
    assert "error: --html: expected a new file, got " in capsys.readouterr().err
    assert Path(gold).read_bytes() == before


def test_of_a_long_sentence_the_part_with_the_change_is_shown(tmp_path, capsys) -> None:
    paths = [tmp_path / name for name in ("gold.bio", "without.bio")]
    for path, tag in zip(paths, ("B-LOC", "O"), strict=True):
        tags = ["O"] * 2000 + [tag] + ["O"] * 2000
        path.write_text("".join(f"甲\t{one}\n" for one in tags), "utf-8")
    gold, without = map(str, paths)
    assert main([without, gold, gold]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-2] == f"fixed: {gold}:1: …{'甲' * 300}…"
    assert lines[-1] == "    fixed: gold [甲]LOC, A -, B [甲]LOC"


NONE: tuple[tuple[tuple[int, int, str], ...], ...] = ((), (), (), ())
OTHER = (((0, 2, "NAME"),), ((4, 7, "PLACE"),), (), ())


@pytest.mark.parametrize(
    ("gold_spans", "said"),
    [
        (NONE, "expected gold entities, got none in 4 sentences; nothing can be compared"),
        (OTHER, "expected entities with a label of A or B (LOC, ORG, PER), got NAME, PLACE; nothing can be"),
    ],
)
@pytest.mark.parametrize("saved", [True, False])
def test_where_nothing_could_be_found_nothing_is_compared(
    tmp_path, gold, worse, tiny_bundle, capsys, saved, gold_spans, said
) -> None:
    corpus = write(tmp_path / "other.bio", gold_spans)
    sides = [gold, worse] if saved else [str(tiny_bundle), worse]
    assert main([*sides, corpus, "--html", str(tmp_path / "page.html")]) == 2
    output = capsys.readouterr()
    assert output.err.startswith(f"error: {corpus}: {said}")
    assert output.out == ""
    assert not (tmp_path / "page.html").exists()


def test_where_neither_found_what_is_there_they_score_the_same(tmp_path, gold, capsys) -> None:
    nothing = write(tmp_path / "nothing.bio", NONE)
    assert main([nothing, nothing, gold, "--resamples", "100"]) == 0
    assert "A and B score the same." in capsys.readouterr().out


def test_of_very_many_labels_ten_are_listed(tmp_path, worse, capsys) -> None:
    spans = tuple((2 * number, 2 * number + 1, f"L{number:02}") for number in range(12))
    text = "甲乙" * 12
    sentences = [
        Sentence(text, tuple(tags_from_spans([EntitySpan(*span) for span in side], len(text))))
        for side in (spans, ((0, 1, "PER"),))
    ]
    for name, sentence in zip(("gold", "found"), sentences, strict=True):
        write_sentences(tmp_path / f"{name}.bio", [sentence])
    found = str(tmp_path / "found.bio")
    assert main([found, found, str(tmp_path / "gold.bio")]) == 2
    assert ", L08, L09 and 2 more; nothing can be compared" in capsys.readouterr().err


@pytest.mark.slow
def test_the_page_shows_three_sides_and_filters_by_change(gold, worse, tmp_path) -> None:
    page = tmp_path / "page.html"
    assert main([gold, worse, gold, "--html", str(page)]) == 0
    with chromium() as browser:
        shown = browser.new_page(viewport={"width": 390, "height": 800})
        shown.goto(page.as_uri())
        assert [side.text_content() for side in shown.locator(".error .side > small").all()[:3]] == [
            "gold",
            "A",
            "B",
        ]
        assert shown.locator(".error").count() == 3
        shown.get_by_role("button", name="fixed", exact=True).click()
        assert shown.locator(".error").count() == 0
        shown.get_by_role("button", name="broken", exact=True).click()
        shown.get_by_role("searchbox").fill("</script>")
        assert shown.locator(".error .text").first.text_content() == TEXTS[3]
        assert shown.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize(
    ("saved", "message"),
    [
        ("人\tO\n", "sentence 1: '小明在北京。', got '人'"),
        ("", "expected"),
        ("小\tO\n明\tO\n在\tO\n北\tO\n京\tO\n。\tO\n", "expected 4 sentences, got 1"),
    ],
)
def test_other_sentences_are_refused(gold, tmp_path, capsys, saved, message) -> None:
    other = tmp_path / "other.bio"
    other.write_text(saved, "utf-8")
    assert main([gold, str(other), gold]) == 2
    said = capsys.readouterr()
    assert message in said.err
    assert len(said.err.splitlines()) == 1


@pytest.mark.parametrize(
    ("flag", "value", "message"),
    [
        ("--resamples", "99", "expected 100 to 100,000, got '99'"),
        ("--resamples", "100000000000", "expected 100 to 100,000, got '100000000000'"),
        ("--seed", "-5", "expected a whole number from 0 to 999,999,999, got '-5'"),
    ],
)
def test_numbers_of_the_bootstrap_are_checked(
    capsys: pytest.CaptureFixture[str], flag: str, value: str, message: str
) -> None:
    with pytest.raises(SystemExit):
        main(["a", "b", "c", flag, value])
    assert message in capsys.readouterr().err
