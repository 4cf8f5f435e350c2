"""The folds of a study: each has something to learn and something to score, or it is said."""

from pathlib import Path

import pytest

from training.corpus.reader import Sentence
from training.corpus.writer import write_sentences
from training.settings.config import ConfigError, FitConfig
from training.tuning.data import prepare

PER, LOC = Sentence("小明来", ("B-PER", "I-PER", "O")), Sentence("北京好", ("B-LOC", "I-LOC", "O"))


def config_of(tmp_path: Path, train: list[Sentence], dev: list[Sentence]) -> FitConfig:
    write_sentences(tmp_path / "train.bio", train)
    write_sentences(tmp_path / "dev.bio", dev)
    files = {part: (str(tmp_path / f"{part}.bio"),) for part in ("train", "dev")}
    none = {
        "raw": ("none",),
        "word_vectors": "none",
        "dictionary": "none",
        "bigram_dim": 0,
        "char_dim": 2,
        "char_min_count": 1,
    }
    return FitConfig.model_validate({**files, **none, "cache": tmp_path / "cache"})


def test_each_fold_has_a_part_of_each(tmp_path: Path) -> None:
    data = prepare(config_of(tmp_path, [PER, LOC] * 2, [PER, LOC] * 2), 2, tmp_path / "folds")
    assert [len(list(one.corpora.dev())) for one in data] == [4, 4]


def test_a_fold_without_a_label_in_common_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(
        ConfigError, match=r"--folds: expected entities of .*, got fold 1 .*; give more text, or fewer"
    ):
        prepare(config_of(tmp_path, [PER, PER, PER, LOC], [LOC, LOC]), 2, tmp_path / "folds")
