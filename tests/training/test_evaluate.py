import json
import re
import shutil
from pathlib import Path

import pytest

import training.evaluate
import training.metrics.evaluation
from model.bundle.bundle import BundleError
from model.tagger import Entity
from model.tags.tag_set import tags_from_spans
from training.corpus.reader import Sentence
from training.corpus.writer import write_sentences
from training.evaluate import main
from training.metrics.evaluation import evaluate

PAGE = "note: as a page, with every mistake: bundle/report-test.html"
LEXICON = {"小明": "PER", "北京": "LOC", "大学": "ORG"}
CORPUS = "小\tB-PER\n明\tI-PER\n到\tO\n北\tB-LOC\n京\tI-LOC\n\n上\tB-LOC\n海\tI-LOC\n的\tO\n大\tO\n学\tO\n"


class LexiconTagger:
    """Finds the words of LEXICON, wherever they stand; remembers how many texts it got at a time."""

    labels = ("LOC", "ORG", "PER")

    def __init__(self):
        self.calls = []

    def tag(self, texts):
        self.calls.append(len(texts))
        return [self.tag_one(text) for text in texts]

    def score_spans(self, texts, spans):
        return [[0.25] * len(of_text) for of_text in spans]

    def tag_one(self, text):
        found = [(text.find(word), word, label) for word, label in LEXICON.items()]
        return sorted(Entity(at, at + len(word), word, label, 0.75) for at, word, label in found if at >= 0)


@pytest.fixture
def stand_in(monkeypatch, tmp_path):
    """The command's tagger is a LexiconTagger, its bundle an empty folder."""
    lexicon_tagger = LexiconTagger()
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bundle").mkdir()

    def load(path, runtime):
        if path.name != "bundle":
            raise BundleError(f"{path}: no such bundle")
        lexicon_tagger.runtime = runtime
        return lexicon_tagger

    monkeypatch.setattr(training.evaluate.Tagger, "load", load)
    return lexicon_tagger


@pytest.fixture
def corpus(tmp_path):
    path = tmp_path / "test.bio"
    path.write_text(CORPUS, "utf-8")
    return str(path)


def sentence(text, *entities):
    return Sentence(text, tuple(tags_from_spans(entities, len(text))), "test.bio", 1)


def test_prediction_is_compared_with_its_own_sentence(monkeypatch):
    monkeypatch.setattr(training.metrics.evaluation, "CHUNK_CHARS", 10)
    sentences = [sentence("到" * n + "小明", (n, n + 2, "PER")) for n in range(12)]
    tagger = LexiconTagger()
    report = evaluate(tagger, iter(sentences))
    assert report.strict["micro"] == {"precision": 1.0, "recall": 1.0, "f1": 1.0}
    assert (report.sentences, report.characters) == (12, sum(range(12)) + 24)
    assert len(tagger.calls) > 3
    assert sum(tagger.calls) == 12


def test_tables(stand_in, corpus, capsys):
    assert main(["bundle", corpus]) == 0
    output = capsys.readouterr()
    assert output.err.splitlines() == [PAGE]
    lines = output.out.splitlines()
    assert lines[0] == "2 sentences, 10 characters"
    assert "micro     66.67%   66.67%   66.67%         3" in lines
    assert stand_in.runtime == "auto"


def test_json_is_the_one_thing_on_stdout(stand_in, corpus, capsys):
    assert main(["bundle", corpus, "--json", "--runtime", "tensorflow"]) == 0
    found = json.loads(capsys.readouterr().out)
    usual = {"strict", "conlleval", "calibration", "sentences", "characters"}
    assert set(found) == {*usual, "confusion", "groups", "min_score", "resamples"}
    assert found["strict"]["labels"]["LOC"] == {"precision": 1.0, "recall": 0.5, "f1": 2 / 3, "support": 2}
    assert found["calibration"]["ece"] == pytest.approx(0.75 - 2 / 3)
    assert stand_in.runtime == "tensorflow"


def test_files_are_scored_together(stand_in, corpus, capsys):
    assert main(["bundle", corpus, corpus, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["sentences"] == 4


def test_training_files_tell_seen_from_unseen(stand_in, corpus, tmp_path, capsys):
    train = tmp_path / "train.bio"
    train.write_text("上\tB-LOC\n海\tI-LOC\n人\tO\n", "utf-8")
    assert main(["bundle", corpus, "--json", "--train", str(train)]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["seen"]["labels"]["LOC"] == {"precision": 0.0, "recall": 0.0, "f1": 0.0, "support": 1}
    assert found["unseen"]["labels"]["LOC"] == {"precision": 1.0, "recall": 1.0, "f1": 1.0, "support": 1}


def test_sentences_that_stand_in_training_are_scored_apart(stand_in, corpus, tmp_path, capsys):
    train = tmp_path / "train.bio"
    train.write_text("小\tO\n明\tO\n到\tO\n北\tO\n京\tO\n", "utf-8")  # the text alone counts, not its tags
    assert main(["bundle", corpus, "--train", str(train)]) == 0
    said = "the 1 sentences that do not stand in training, without the 1 that do, strict\nlabel"
    assert said in capsys.readouterr().out
    assert main(["bundle", corpus, "--json", "--train", str(train)]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["strict"]["micro"] == {"precision": 2 / 3, "recall": 2 / 3, "f1": 2 / 3}
    new = found["new"]
    assert (new["sentences"], new["in_train"]) == (1, 1)
    assert new["strict"]["micro"] == {"precision": 0.0, "recall": 0.0, "f1": 0.0}


def test_no_sentence_of_training_is_said_in_a_line(stand_in, corpus, tmp_path, capsys):
    train = tmp_path / "train.bio"
    train.write_text("好\tO\n", "utf-8")
    assert main(["bundle", corpus, "--train", str(train)]) == 0
    assert "sentences that do not stand in training: all of them\n" in capsys.readouterr().out


def test_errors_are_shown_with_their_place(stand_in, corpus, capsys):
    assert main(["bundle", corpus, "--errors", "5"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-3:] == [
        f"{corpus}:7: 上海的大学",
        "    missed: expected [上海]LOC, got -",
        "    invented: expected -, got [大学]ORG",
    ]


@pytest.mark.parametrize("flag", ["--html", "--predictions"])
def test_a_corpus_is_never_written_over(stand_in, corpus, capsys, flag):
    before = Path(corpus).read_bytes()
    assert main(["bundle", corpus, flag, corpus]) == 2
    assert f"error: {flag}: expected a new file, got {corpus}, which is read" in capsys.readouterr().err
    assert Path(corpus).read_bytes() == before


def test_no_character_of_a_corpus_reaches_the_terminal(stand_in, tmp_path, capsys):
    path = tmp_path / "test.bio"
    path.write_text("鬼\tB-PER\n\x1b\tO\n\u202e\tO\n好\tO\n", "utf-8")
    assert main(["bundle", str(path), "--errors", "5", "--html", "none"]) == 0
    said = capsys.readouterr().out
    assert "\\x1b\\u202e好" in said
    assert "\x1b" not in said


def test_repaired_tags_and_foreign_labels_are_noted(stand_in, tmp_path, capsys):
    path = tmp_path / "test.bio"
    path.write_text("小\tB-PER\n明\tI-PER\n\n人\tO\n海\tI-SEA\n", "utf-8")
    assert main(["bundle", str(path), "--json"]) == 0
    output = capsys.readouterr()
    report = json.loads(output.out)
    # The strict reading does not take the stray I- for an entity, the lenient one does.
    assert [report[how]["labels"].get("SEA") is None for how in ("strict", "conlleval")] == [True, False]
    assert output.err.splitlines() == [
        f"note: 1 I- tags continue nothing, the first at {path}:5; see --stray",
        "note: the bundle does not have the labels SEA: every such entity counts as missed",
        PAGE,
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nothing", "{corpus}"], "error: nothing: no such bundle"),
        (["bundle", "{corpus}.gone"], "error: .*bio.gone: expected a readable corpus file"),
        (["bundle", "{corpus}", "--train", "{corpus}.gone"], "error: .*bio.gone: expected a readable"),
        (["bundle", "{corpus}", "--encoding", "latin-1"], "error: .*expected the encoding utf-8 or gb18030"),
    ],
)
def test_what_cannot_be_done_is_said_without_a_traceback(stand_in, corpus, capsys, arguments, message):
    assert main([argument.format(corpus=corpus) for argument in arguments]) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert "Traceback" not in output.err
    assert len(output.err.splitlines()) == 1
    assert re.match(message, output.err)


def test_the_page_goes_where_it_is_told_or_nowhere(stand_in, corpus, tmp_path, capsys):
    chosen = tmp_path / "chosen.html"
    assert main(["bundle", corpus, "--html", str(chosen)]) == 0
    assert "小明" not in chosen.read_text("utf-8")  # found and right
    assert "上海的大学" in chosen.read_text("utf-8")
    assert main(["bundle", corpus, "--html", "none"]) == 0
    assert list((tmp_path / "bundle").iterdir()) == []


def test_a_page_that_cannot_be_written_is_an_error_only_where_it_was_asked_for(
    stand_in, corpus, tmp_path, capsys
):
    (tmp_path / "bundle").rmdir()
    assert main(["bundle", corpus]) == 0
    assert "note: bundle/report-test.html: cannot be written: No such file" in capsys.readouterr().err
    assert main(["bundle", corpus, "--html", "bundle/x.html"]) == 2
    assert "error: bundle/x.html: cannot be written: No such file" in capsys.readouterr().err


def test_what_was_found_is_saved_as_tag_prints_it(stand_in, corpus, tmp_path):
    saved = tmp_path / "found.jsonl"
    assert main(["bundle", corpus, "--predictions", str(saved)]) == 0
    lines = [json.loads(line) for line in saved.read_text("utf-8").splitlines()]
    assert [line["text"] for line in lines] == ["小明到北京", "上海的大学"]
    assert lines[1]["entities"] == [{"start": 3, "end": 5, "text": "大学", "label": "ORG", "score": 0.75}]


def test_real_tagger_agrees_with_its_own_answers(tiny_bundle, tagger, tmp_path, capsys):
    texts = [
        "新华社北京八月二十日电，记者小明在人民大会堂见到了李鹏。",
        "张三去年到过上海市复旦大学。江泽民主席说：",
        "茶馆",
    ]
    found = tagger.tag(texts)
    assert sum(map(len, found)) > 3
    path = tmp_path / "own.bio"
    write_sentences(
        path,
        [
            sentence(text, *((e.start, e.end, e.label) for e in entities))
            for text, entities in zip(texts, found, strict=True)
        ],
    )
    assert main([str(tiny_bundle), str(path), "--json", "--html", str(tmp_path / "page.html")]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["strict"]["micro"] == {"precision": 1.0, "recall": 1.0, "f1": 1.0}
    assert sum(row["spans"] for row in report["calibration"]["bins"]) == sum(map(len, found))
    assert report["characters"] == sum(map(len, texts))


def test_torn_bundle_is_said_without_a_traceback(tiny_bundle, corpus, tmp_path, capsys):
    torn = tmp_path / "torn"
    shutil.copytree(tiny_bundle, torn)
    (torn / "weights.safetensors").write_bytes(b"")
    assert main([str(torn), corpus]) == 2
    assert re.match(f"error: {torn}/weights.safetensors: ", capsys.readouterr().err)
