"""The real corpus from end to end: fetched, fitted for a minute, scored, tagged by both runtimes alike."""

import json
from itertools import islice
from pathlib import Path

import pytest

from model.tagger import Tagger
from training.corpus.reader import read_sentences
from training.corpus.writer import write_sentences
from training.datasets.recipes import RECIPES, download
from training.evaluate import main as evaluate_main
from training.fit import main as fit_main

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def msra(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of train.bio, dev.bio and test.bio."""
    return download(RECIPES["msra"], tmp_path_factory.mktemp("data"))[0].parent


@pytest.fixture(scope="module")
def bundle(msra: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle fitted on an eighth of the training sentences."""
    folder = tmp_path_factory.mktemp("msra")
    for name, count in (("train", 6000), ("dev", 500)):
        write_sentences(folder / f"{name}.bio", islice(read_sentences([msra / f"{name}.bio"]), count))
    flags = ["--preset", "quick", "--train", str(folder / "train.bio"), "--dev", str(folder / "dev.bio")]
    flags += ["--raw", "none", "--epochs", "4", "--units", "64", "--batch-chars", "600"]
    flags += ["--word-vectors", "trained", "--word-dim", "16"]
    flags += ["--runs", str(folder / "runs"), "--cache", str(folder / "cache")]
    assert fit_main([*flags, "--output", str(folder / "bundle")]) == 0
    return folder / "bundle"


def test_few_minutes_of_training_find_most_entities_of_the_test(
    msra: Path, bundle: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert evaluate_main([str(bundle), str(msra / "test.bio"), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["sentences"], report["characters"]) == (4620, 172_601)
    strict = report["strict"]
    assert {label: rates["support"] for label, rates in strict["labels"].items()} == {
        "LOC": 2877,
        "ORG": 1331,
        "PER": 1973,
    }
    # A network that learnt nothing is near 0; the score that counts is in the README.
    assert strict["micro"]["f1"] > 0.4
    assert {"strict", "conlleval", "calibration", "sentences", "characters"} <= set(report)
    assert 0 <= report["calibration"]["ece"] < 0.3


def test_both_runtimes_give_equal_tags_on_the_whole_test(msra: Path, bundle: Path) -> None:
    texts = [sentence.text for sentence in read_sentences([msra / "test.bio"])]
    onnx, tensorflow = (Tagger.load(bundle, runtime) for runtime in ("onnx", "tensorflow"))
    assert onnx.find(texts) == tensorflow.find(texts)


def test_sentences_as_one_text_are_tagged_as_alone(msra: Path, bundle: Path) -> None:
    tagger = Tagger.load(bundle)
    ended = (
        s.text for s in read_sentences([msra / "test.bio"]) if s.text.endswith("。") and len(s.text) < 100
    )
    texts = list(islice(ended, 200))
    shift = 0
    expected = []
    for text, entities in zip(texts, tagger.tag(texts), strict=True):
        expected += [(entity.start + shift, entity.end + shift, entity.label) for entity in entities]
        shift += len(text)
    assert [(e.start, e.end, e.label) for e in tagger.tag(["".join(texts)])[0]] == expected
