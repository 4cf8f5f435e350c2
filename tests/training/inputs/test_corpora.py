"""The corpora of a fit are checked before it starts, and dev is cut out of train if it is missing."""

import json
from pathlib import Path

import pytest

import training.corpus.reader
import training.corpus.split
import training.inputs.corpora
from model.machine import progress
from model.machine.hashing import file_sha256
from training.corpus.reader import Sentence
from training.corpus.split import cut_blocks
from training.corpus.writer import write_sentences
from training.inputs.corpora import DEV_SHARE, open_corpora
from training.settings.config import ConfigError, FitConfig

SENTENCES = 100


def config_of(tmp_path: Path, sentences: list[Sentence]) -> FitConfig:
    write_sentences(tmp_path / "train.bio", sentences)
    return FitConfig(
        train=(str(tmp_path / "train.bio"),), raw=("none",), word_vectors="none", dictionary="none"
    )


def in_dev(index: int, seed: int) -> bool:
    return any(index in block for block in cut_blocks(SENTENCES, round(SENTENCES * DEV_SHARE), seed))


@pytest.mark.parametrize("rare_in_dev", [True, False])
def test_a_label_that_the_cut_takes_from_train_is_told(tmp_path: Path, rare_in_dev: bool) -> None:
    seed = FitConfig().seed
    labels = ["GPE" if in_dev(index, seed) == rare_in_dev else "PER" for index in range(SENTENCES)]
    labels[next(index for index in range(SENTENCES) if in_dev(index, seed) != rare_in_dev)] = "PER"
    common = next(index for index in range(SENTENCES) if in_dev(index, seed) == rare_in_dev)
    labels[common] = "PER"
    corpora = open_corpora(config_of(tmp_path, [Sentence("小明", (f"B-{label}", "O")) for label in labels]))
    assert corpora.labels == (("PER",) if rare_in_dev else ("GPE", "PER"))
    assert corpora.strange_labels == ({"dev": ("GPE",)} if rare_in_dev else {})


@pytest.mark.parametrize(
    ("part", "said"), [("train", "encoding  1 sen"), ("test", "encoding  50 %  1 of 2 sen")]
)
def test_a_part_is_read_with_its_progress_shown(
    tmp_path: Path, monkeypatch, capsys, part: str, said: str
) -> None:
    monkeypatch.setattr(progress, "LINE_EVERY_S", 0.0)
    config = config_of(tmp_path, [Sentence("小明", ("B-PER", "O"))] * SENTENCES)
    write_sentences(tmp_path / "test.bio", [Sentence("小明", ("B-PER", "O"))] * 2)
    corpora = open_corpora(config.model_copy(update={"test": (str(tmp_path / "test.bio"),)}))
    assert list(corpora.shown(part, "encoding")) == list(getattr(corpora, part)())
    out, err = capsys.readouterr()
    assert (out, err.startswith(said)) == ("", True)


def test_files_are_hashed_as_they_were_read_whatever_becomes_of_them(tmp_path: Path) -> None:
    corpora = open_corpora(config_of(tmp_path, [Sentence("小明", ("B-PER", "O"))] * SENTENCES))
    train = tmp_path / "train.bio"
    assert dict(corpora.sha256) == {train: file_sha256(train)}
    before = corpora.vector_source().sha256
    train.unlink()
    assert corpora.vector_source().sha256 == before


def test_blocks_without_an_entity_cannot_choose(tmp_path: Path) -> None:
    seed = FitConfig().seed
    tags = [("O", "O") if in_dev(index, seed) else ("B-PER", "O") for index in range(SENTENCES)]
    config = config_of(tmp_path, [Sentence("小明", pair) for pair in tags])
    with pytest.raises(
        ConfigError,
        match=r"--dev: the blocks cut out of --train: .*, got no entity; give more text, or --dev FILE",
    ):
        open_corpora(config)


def test_each_file_is_read_once_before_any_work_and_once_for_each_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[Path] = []
    read_file = training.corpus.reader.read_raw
    monkeypatch.setattr(
        training.corpus.reader,
        "read_raw",
        lambda files, tokens: read.extend(files) or read_file(files, tokens),
    )
    sentence = Sentence("小明", ("B-PER", "I-PER"))
    write_sentences(tmp_path / "dev.bio", [sentence])
    config = config_of(tmp_path, [sentence] * SENTENCES)
    corpora = open_corpora(config.model_copy(update={"dev": (str(tmp_path / "dev.bio"),)}))
    assert [path.name for path in read] == ["train.bio", "dev.bio"]
    assert len(list(corpora.train())) == SENTENCES
    assert len(list(corpora.dev())) == 1
    assert [path.name for path in read] == ["train.bio", "dev.bio"] * 2


@pytest.mark.parametrize("share", [0.1, 0.2])
def test_what_is_cut_out_for_dev_is_in_the_keys_of_vectors_and_arrays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, share: float
) -> None:
    config = config_of(tmp_path, [Sentence("小明", ("B-PER", "I-PER"))] * SENTENCES)
    before = open_corpora(config)
    monkeypatch.setattr(training.inputs.corpora, "DEV_SHARE", share)
    monkeypatch.setattr(training.corpus.split, "BLOCKS", 5)
    monkeypatch.setattr(cut_blocks, "__defaults__", (5,))
    after = open_corpora(config)
    assert before.vector_source().sha256 != after.vector_source().sha256
    assert before.reader_options != after.reader_options


def test_a_corpus_without_blank_lines_is_told(tmp_path: Path) -> None:
    config = config_of(tmp_path, [Sentence("小明来了。他走了。", ("B-PER", "I-PER", *"OOOOOOO"))])
    with pytest.raises(
        ConfigError, match=r"one sentence .*no blank line in 9 characters.*after '小明来了。'.*or give --dev"
    ):
        open_corpora(config)
    [note] = open_corpora(config.model_copy(update={"dev": config.train})).notes[:1]
    assert note.startswith(f"{tmp_path / 'train.bio'}:1: no blank line in 9 characters")


def test_a_corpus_of_records_is_in_the_keys_with_all_that_decides_how_it_is_read(tmp_path: Path) -> None:
    rows = [{"text": "小明在北京", "label": [[0, 2, "PER"], [3, 5, "LOC"]]}] * SENTENCES
    (tmp_path / "train.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    config = FitConfig(
        train=(str(tmp_path / "train.jsonl"),), raw=("none",), word_vectors="none", dictionary="none"
    )
    corpora = open_corpora(config)
    assert (corpora.labels, corpora.reports["train"].written_in) == (("LOC", "PER"), "doccano")
    assert corpora.notes == ()
    assert len(list(corpora.train())) == SENTENCES * (1 - DEV_SHARE)
    assert "formats" in corpora.reader_options
    other = open_corpora(config.model_copy(update={"nested": "error"}))
    assert other.vector_source().sha256 != corpora.vector_source().sha256
    columns = open_corpora(config_of(tmp_path, [Sentence("小明", ("B-PER", "O"))] * SENTENCES))
    assert set(columns.reader_options) == {"encoding", "stray", "unit", "dev_blocks"}


def test_more_labels_than_a_crf_can_have_are_refused(tmp_path: Path) -> None:
    texts = [{"text": "小明", "label": [[0, 2, f"L{number}"]]} for number in range(1001)]
    path = tmp_path / "train.jsonl"
    path.write_text("\n".join(map(json.dumps, texts)), "utf-8")
    config = FitConfig(
        train=(str(path),), raw=("none",), word_vectors="none", dictionary="none", dev=(str(path),)
    )
    with pytest.raises(ConfigError, match=r"expected at most 1,000 labels, got 1,001, L0, L1, L10 \.\.\."):
        open_corpora(config)
