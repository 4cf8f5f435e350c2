"""Channels: vocabulary and table in the same order, from vectors that are trained once."""

import json
from pathlib import Path

import numpy as np
import pytest

import training.channels
from model.vocabulary import PAD, UNK
from training.channels import TextSource, build_channels, channel_settings, embedding_table, text_source
from training.config import FitConfig
from training.vectors import Vectors, VectorsError

TEXTS = ["北京在中国。", "中国的北京很大。"] * 20


def source(sha256: str = "1") -> TextSource:
    return TextSource(lambda: TEXTS, sha256)


def config(tmp_path: Path, **fields: object) -> FitConfig:
    small = {"cache": tmp_path, "char_dim": 6, "bigram_dim": 4, "vector_epochs": 1}
    return FitConfig.model_validate({**small, **fields})


def test_each_key_has_its_own_vector_in_its_row(tmp_path: Path) -> None:
    vectors = Vectors(("中", "国", "京"), np.array([[1, 2], [3, 4], [-5, 0]], np.float32))
    vocabulary, table = embedding_table(vectors, scale=float(np.sqrt(np.square(vectors.matrix).mean())))
    assert vocabulary.keys == (PAD, UNK, "中", "国", "京")
    assert table[0].tolist() == [0, 0]
    np.testing.assert_allclose(table[1], vectors.matrix.mean(0), atol=2e-3)
    np.testing.assert_allclose(table[vocabulary.encode("京中国")], vectors.matrix[[2, 0, 1]], rtol=1e-3)


def test_tables_are_scaled_alike_whatever_the_vectors_were(tmp_path: Path) -> None:
    rows = np.random.default_rng(0).standard_normal((50, 8)).astype(np.float32)
    keys = tuple(map(chr, range(0x4E00, 0x4E32)))
    tables = [embedding_table(Vectors(keys, rows * factor), 0.7)[1] for factor in (0.01, 1, 100)]
    for table in tables:
        assert float(np.sqrt(np.square(table[2:].astype(np.float32)).mean())) == pytest.approx(0.7, rel=1e-2)


def test_a_vector_beyond_half_precision_is_an_error() -> None:
    rows = np.full((200_000, 1), 1e-5, np.float32)
    rows[7] = 1e9
    keys = tuple(map(chr, range(0x20000, 0x20000 + len(rows))))
    with pytest.raises(VectorsError, match=f"the vector of {keys[7]!r} is thousands of times larger"):
        embedding_table(Vectors(keys, rows), 500.0)


def test_a_lone_surrogate_among_the_keys_is_left_out() -> None:
    vectors = Vectors(("中", "\ud800"), np.ones((2, 2), np.float32))
    assert embedding_table(vectors, 1.0)[0].keys == (PAD, UNK, "中")


def test_channels_are_character_and_bigram_or_the_character_alone(tmp_path: Path) -> None:
    channels = build_channels(config(tmp_path), source())
    assert {name: table.shape[1] for name, table in channels.tables.items()} == {"char": 6, "bigram": 4}
    for channel in channels.features.channels:
        assert len(channel.vocabulary) == len(channels.tables[channel.name])
    assert list(build_channels(config(tmp_path, bigram_dim=0), source()).tables) == ["char"]


def test_vectors_are_trained_once_for_the_same_text_and_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = build_channels(config(tmp_path), source())
    trained = []
    train = training.channels.train_vectors

    def counting(*arguments: object) -> Vectors:
        trained.append(arguments)
        return train(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(training.channels, "train_vectors", counting)
    again = build_channels(config(tmp_path), source())
    assert not trained
    assert all(np.array_equal(again.tables[name], table) for name, table in first.tables.items())
    build_channels(config(tmp_path), source("other text"))
    assert len(trained) == 2
    build_channels(config(tmp_path, vector_window=2), source())
    assert len(trained) == 4


def test_damaged_cache_is_trained_anew(tmp_path: Path) -> None:
    build_channels(config(tmp_path), source())
    for path in tmp_path.glob("vectors/*/keys.json"):
        path.write_text(json.dumps(["x"]))
    assert len(build_channels(config(tmp_path), source()).tables["char"]) > 5


def test_vectors_of_a_file_replace_the_character_channel_alone(tmp_path: Path) -> None:
    path = tmp_path / "given.vec"
    path.write_text("2 3\n北 1 2 3\n京 4 5 6\n", encoding="utf-8")
    channels = build_channels(config(tmp_path, vectors=path), source())
    assert channels.tables["char"].shape == (4, 3)
    assert channels.tables["bigram"].shape[1] == 4


def test_settings_of_the_fit_reach_gensim(tmp_path: Path) -> None:
    settings = channel_settings(config(tmp_path, vector_window=2, bigram_min_count=9))
    assert (settings["char"].width, settings["bigram"].width) == (1, 2)
    assert (settings["bigram"].window, settings["bigram"].min_count) == (2, 9)


def test_source_is_known_by_the_bytes_of_its_files(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("北京")
    (tmp_path / "b").write_text("北京")
    (tmp_path / "c").write_text("上海")
    sha256 = [text_source([tmp_path / name], list).sha256 for name in "abc"]
    assert sha256[0] == sha256[1] != sha256[2]
