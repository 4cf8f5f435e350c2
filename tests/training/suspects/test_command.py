"""`check --suspects` finds what was planted, and says what it cannot do."""

import json
import signal
from dataclasses import replace
from pathlib import Path

import pytest
from toy import SMALL, toy_sentences

from training.check import main
from training.corpus.writer import write_sentences
from training.suspects import command


def test_planted_errors_stand_among_the_first(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sentences = list(toy_sentences(200, seed=4))
    planted = [index for index, one in enumerate(sentences) if "B-ORG" in one.tags][3:6]
    for index in planted:
        tags = sentences[index].tags
        sentences[index] = replace(sentences[index], tags=tuple(tag.replace("ORG", "LOC") for tag in tags))
    path = tmp_path / "train.bio"
    write_sentences(path, sentences)
    settings = {name.replace("-", "_"): value for name, value in SMALL.items()}
    settings |= {
        "raw": ["none"],
        "lexicon": ["none"],
        "cache": str(tmp_path / "cache"),
        "layers": 1,
        "epochs": 20,
        "seed": 2,
    }
    (tmp_path / "fit.toml").write_text(
        "".join(f"{name} = {json.dumps(value)}\n" for name, value in settings.items())
    )
    flags = ["--train", str(path), "--folds", "2", "--config", str(tmp_path / "fit.toml")]
    main([*flags, "--suspects", str(tmp_path / "suspects.jsonl")])
    said = capsys.readouterr()
    assert "fold 2 of 2: learns from" in said.err
    assert (
        " places of 200 sentences in which taggers that never saw them differ from the gold tags" in said.out
    )
    kept = {path.name for path in (tmp_path / "cache" / "suspects").glob("*/**/*")}
    assert kept == {"disagreements.json", "meta.json"}
    found = [json.loads(line) for line in (tmp_path / "suspects.jsonl").read_text("utf-8").splitlines()]
    texts = {sentences[index].text for index in planted}
    # Vectors are trained by several threads, so that no two fits are alike: one slip may stand between them.
    assert texts <= {one["text"] for one in found[: 2 * len(planted)]}
    main([*flags, "--suspects", "--json", "--html", str(tmp_path / "page.html")])
    said = capsys.readouterr()
    assert "as found before" in said.err
    assert json.loads(said.out)["suspects"] == found
    page = (tmp_path / "page.html").read_text("utf-8")
    assert page.count('<p class="reading">tagger</p>') == len(found)


@pytest.mark.parametrize(
    ("content", "flags", "message"),
    [
        (
            "小\tB-PER\n",
            ["--folds", "3"],
            "error: --folds: expected 2 to 1 folds for 1 different sentences of train, got 3",
        ),
        ("小\tB-PER\n\n大\tO\n", ["--folds", "1"], "error: --folds: expected 2 to 2 folds"),
        (
            "小\tO\n\n大\tO\n",
            ["--folds", "2"],
            "error: --suspects: expected entities in train to learn from, got none",
        ),
        (
            "小\tB-PER\n\n大\tO\n",
            ["--folds", "2", "--config", "none.toml"],
            "error: --config: none.toml: expected a TOML",
        ),
    ],
)
def test_what_cannot_be_judged_is_told(
    tmp_path: Path, capsys, content: str, flags: list[str], message: str
) -> None:
    path = tmp_path / "train.bio"
    path.write_text(content, "utf-8")
    assert main(["--train", str(path), "--suspects", *flags]) == 2
    assert capsys.readouterr().err.startswith(message)


def test_a_search_that_is_stopped_says_that_it_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt("stopped by SIGTERM")

    monkeypatch.setattr(command, "build_fitter", stop)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    write_sentences(tmp_path / "train.bio", toy_sentences(9, seed=4))
    assert main(["--train", str(tmp_path / "train.bio"), "--suspects", str(tmp_path / "suspects.tsv")]) == 130
    said = "interrupted: stopped by SIGTERM; whole folds are kept: the same command goes on\n"
    assert capsys.readouterr().err == said
    assert [path.name for path in tmp_path.iterdir()] == ["train.bio"]
