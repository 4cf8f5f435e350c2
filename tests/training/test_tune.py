"""Settings of a fit tried from end to end on a toy corpus; its test file is never opened."""

import re
import shutil
from pathlib import Path

import pytest
from toy import toy_flags, write_toy_corpus

from training.formats.reading import read_sentences
from training.settings.presets import resolve_config
from training.tune import main
from training.tuning.data import cut_folds
from training.tuning.space import parse_range
from training.tuning.study import Study

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_toy_corpus(tmp_path_factory.mktemp("corpus"))
    (folder / "test.bio").write_text("this is no corpus")
    return folder


def flags(corpus: Path, output: Path, *more: str) -> list[str]:
    given = toy_flags(corpus, output, "--word-vectors", "none", "--epochs", "2", "--layers", "1")
    at = given.index("--units")
    return [*given[:at], *given[at + 2 :], "--search", "units=8..16", *more]


def test_trials_end_in_the_settings_of_a_fit(
    corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(flags(corpus, tmp_path / "toy", "--trials", "1")) == 0
    capsys.readouterr()
    assert main(flags(corpus, tmp_path / "toy", "--trials", "2")) == 0
    said = capsys.readouterr().out.splitlines()
    study = tmp_path / "runs/tune-toy"
    assert said[-1] == str(study / "best.toml")
    assert not [line for line in said if line.startswith("trial 0: units")]  # the first was there
    assert len([line for line in said if re.fullmatch(r" +[01] +\d+ +[01]\.\d{4} +2 +done", line)]) == 2
    config = resolve_config({}, study / "best.toml")
    assert config.test == (str(corpus / "test.bio"),)
    assert config.units in range(8, 17)
    assert (study / "study.html").is_file()
    assert list(study.rglob("checkpoint.*")) == []
    assert len(list(study.rglob("log.csv"))) == 2


def test_other_settings_are_not_compared(
    corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    facts = {"seed": 1, "search": [str(parse_range("units=8..16"))], "folds": 0, "corpora": []}
    folder = tmp_path / "runs/tune-toy"
    folder.mkdir(parents=True)
    Study(f"sqlite:///{folder / 'study.db'}", "tune-toy", [parse_range("units=8..16")], facts)
    assert main(flags(corpus, tmp_path / "toy", "--trials", "1")) == 2
    said = capsys.readouterr().err
    assert "was begun with other values of " in said
    assert "seed" in said
    assert "tag_scheme" not in said  # which is as by default


def test_folds_score_every_sentence_once(corpus: Path, tmp_path: Path) -> None:
    for part in ("train", "dev"):
        lines = (corpus / f"{part}.bio").read_text("utf-8").split("\n\n")
        (tmp_path / f"{part}.bio").write_text("\n\n".join(lines[:40]) + "\n\n", encoding="utf-8")
    shutil.copy(corpus / "test.bio", tmp_path)
    assert main(flags(tmp_path, tmp_path / "toy", "--trials", "1", "--folds", "2", "--epochs", "1")) == 0
    folds = sorted((tmp_path / "runs/tune-toy/folds").iterdir())
    devs = [[one.text for one in read_sentences(fold / "dev.jsonl")] for fold in folds]
    whole = [one.text for part in ("train", "dev") for one in read_sentences(tmp_path / f"{part}.bio")]
    assert sorted(text for dev in devs for text in dev) == sorted(whole)
    assert len(devs) == 2


@pytest.mark.parametrize(("count", "folds"), [(10, 2), (10, 5), (100, 3), (7, 3)])
def test_folds_are_disjoint_and_of_one_size(count: int, folds: int) -> None:
    parts = list(cut_folds(range(count), folds))  # type: ignore[arg-type]
    assert sorted(index for _, dev in parts for index in dev) == list(range(count))  # type: ignore[type-var]
    assert all(sorted([*train, *dev]) == list(range(count)) for train, dev in parts)  # type: ignore[type-var]
    sizes = [len(dev) for _, dev in parts]
    assert max(sizes) - min(sizes) <= max(1, count // folds // 4)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--search", "unit=1..2"), "error: --search: expected NAME=LOW..HIGH"),
        (("--folds", "900"), "error: --folds: expected at most 150 for so few sentences, got 900"),
        (("--storage", "nothing://x"), "error: --storage: nothing://x: expected a database's URL"),
        (("--train", "none.bio"), "error: --train: none.bio"),
    ],
)
def test_what_can_be_mended_is_said(
    corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], more: tuple[str, ...], said: str
) -> None:
    assert main([*flags(corpus, tmp_path / "toy"), *more]) == 2
    assert capsys.readouterr().err.startswith(said)
