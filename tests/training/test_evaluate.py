import json
import re

import pytest

import training.evaluate
from model.bundle import BundleError
from model.tagger import Entity
from model.tags import tags_from_spans
from training.corpus import Sentence
from training.evaluate import evaluate, main

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

    def tag_one(self, text):
        found = [(text.find(word), word, label) for word, label in LEXICON.items()]
        return sorted(Entity(at, at + len(word), word, label, 0.75) for at, word, label in found if at >= 0)


@pytest.fixture
def tagger(monkeypatch):
    """The command's tagger is a LexiconTagger."""
    stand_in = LexiconTagger()

    def load(path, runtime):
        if path.name != "bundle":
            raise BundleError(f"{path}: no such bundle")
        stand_in.runtime = runtime
        return stand_in

    monkeypatch.setattr(training.evaluate.Tagger, "load", load)
    return stand_in


@pytest.fixture
def corpus(tmp_path):
    path = tmp_path / "test.bio"
    path.write_text(CORPUS, "utf-8")
    return str(path)


def sentence(text, *entities):
    return Sentence(text, tuple(tags_from_spans(entities, len(text))), "test.bio", 1)


def test_prediction_is_compared_with_its_own_sentence(monkeypatch):
    monkeypatch.setattr(training.evaluate, "CHUNK_CHARS", 10)
    sentences = [sentence("到" * n + "小明", (n, n + 2, "PER")) for n in range(12)]
    tagger = LexiconTagger()
    report = evaluate(tagger, iter(sentences))
    assert report.strict["micro"] == {"precision": 1.0, "recall": 1.0, "f1": 1.0}
    assert (report.sentences, report.characters) == (12, sum(range(12)) + 24)
    assert len(tagger.calls) > 3
    assert sum(tagger.calls) == 12


def test_tables(tagger, corpus, capsys):
    assert main(["bundle", corpus]) == 0
    output = capsys.readouterr()
    assert output.err == ""
    lines = output.out.splitlines()
    assert lines[0] == "2 sentences, 10 characters"
    assert "micro     66.67%   66.67%   66.67%         3" in lines
    assert tagger.runtime == "onnx"


def test_json_is_the_one_thing_on_stdout(tagger, corpus, capsys):
    assert main(["bundle", corpus, "--json", "--runtime", "tensorflow"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert set(found) == {"strict", "conlleval", "calibration", "sentences", "characters"}
    assert found["strict"]["labels"]["LOC"] == {"precision": 1.0, "recall": 0.5, "f1": 2 / 3, "support": 2}
    assert found["calibration"]["ece"] == pytest.approx(0.75 - 2 / 3)
    assert tagger.runtime == "tensorflow"


def test_files_are_scored_together(tagger, corpus, capsys):
    assert main(["bundle", corpus, corpus, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["sentences"] == 4


def test_training_files_tell_seen_from_unseen(tagger, corpus, tmp_path, capsys):
    train = tmp_path / "train.bio"
    train.write_text("上\tB-LOC\n海\tI-LOC\n人\tO\n", "utf-8")
    assert main(["bundle", corpus, "--json", "--train", str(train)]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["seen"]["labels"]["LOC"] == {"precision": 0.0, "recall": 0.0, "f1": 0.0, "support": 1}
    assert found["unseen"]["labels"]["LOC"] == {"precision": 1.0, "recall": 1.0, "f1": 1.0, "support": 1}


def test_errors_are_shown_with_their_place(tagger, corpus, capsys):
    assert main(["bundle", corpus, "--errors", "5"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-3:] == [
        f"{corpus}:7: 上海的大学",
        "    missed: expected [上海]LOC, got -",
        "    invented: expected -, got [大学]ORG",
    ]


def test_repaired_tags_and_foreign_labels_are_noted(tagger, tmp_path, capsys):
    path = tmp_path / "test.bio"
    path.write_text("小\tB-PER\n明\tI-PER\n\n人\tO\n海\tI-SEA\n", "utf-8")
    assert main(["bundle", str(path), "--json"]) == 0
    output = capsys.readouterr()
    json.loads(output.out)
    assert output.err.splitlines() == [
        "note: 1 I- tags that continue nothing were read as B-, in the strict reading too",
        "note: the bundle does not have the labels SEA: every such entity counts as missed",
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
def test_what_cannot_be_done_is_said_without_a_traceback(tagger, corpus, capsys, arguments, message):
    assert main([argument.format(corpus=corpus) for argument in arguments]) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert "Traceback" not in output.err
    assert len(output.err.splitlines()) == 1
    assert re.match(message, output.err)
