"""Channels: vocabulary and table in the same order, from vectors that are trained once."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import training.embeddings.trained
from model.features.channels import WordChannel
from model.features.vocabulary import PAD, UNK
from training.embeddings.tables import build_channels, embedding_table, word_table
from training.embeddings.texts import TextSource, channel_settings
from training.embeddings.word2vec import Vectors, VectorsError
from training.embeddings.words import segment
from training.inputs.corpora import open_corpora
from training.settings.config import FitConfig

TEXTS = ["北京在中国。", "中国的北京很大。"] * 20


def source(sha256: str = "1") -> TextSource:
    return TextSource(lambda: TEXTS, lambda: segment(TEXTS), sha256)


def config(tmp_path: Path, **fields: object) -> FitConfig:
    small = {
        "cache": tmp_path,
        "char_dim": 6,
        "bigram_dim": 4,
        "vector_epochs": 1,
        "word_vectors": "none",
        "dictionary": "none",
    }
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
        assert channel.rows == len(channels.tables[channel.name])
    assert list(build_channels(config(tmp_path, bigram_dim=0), source()).tables) == ["char"]


def test_vectors_are_trained_once_for_the_same_text_and_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = build_channels(config(tmp_path), source())
    trained = []
    train = training.embeddings.trained.train_vectors

    def counting(*arguments: object) -> Vectors:
        trained.append(arguments)
        return train(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(training.embeddings.trained, "train_vectors", counting)
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


def test_words_are_trained_on_segmented_text(tmp_path: Path) -> None:
    channels = build_channels(config(tmp_path, word_vectors="trained", word_dim=3), source())
    channel = channels.features.channels[-1]
    assert isinstance(channel, WordChannel)
    assert set(channel.lexicon.words) == {"北京", "中国", "在", "的", "很大", "。"} & set(
        channel.lexicon.words
    )
    assert {"北京", "中国"} <= set(channel.lexicon.words)
    counts = dict(zip(channel.lexicon.words, channel.lexicon.counts.tolist(), strict=True))
    assert counts["北京"] == 40
    assert channels.tables["word"].shape == (len(channel.lexicon.words) + 1, 3)
    assert not channels.tables["word"][0].any()


def test_a_word_has_its_own_vector_in_its_row() -> None:
    vectors = Vectors(("北京", "中国"), np.array([[3, 0], [0, -3]], np.float32), (7, 2))
    lexicon, table = word_table(vectors, scale=2**-0.5)
    assert (lexicon.words, lexicon.rows.tolist(), lexicon.counts.tolist()) == (
        ("北京", "中国"),
        [1, 2],
        [7, 2],
    )
    assert table.tolist() == [[0, 0], [1, 0], [0, -1]]


def test_vectors_and_types_of_files_are_channels_of_words(tmp_path: Path) -> None:
    (tmp_path / "words.vec").write_text("2 3\n北京 1 2 3\n中国 4 5 6\n", encoding="utf-8")
    (tmp_path / "types.txt").write_text("北京\tLOC\n", encoding="utf-8")
    files = replace(source(), word_vectors=tmp_path / "words.vec", lexicons=(tmp_path / "types.txt",))
    channels = build_channels(config(tmp_path, word_vectors="words.vec"), files)
    assert list(channels.tables) == ["char", "bigram", "word", "type"]
    word = channels.features.channels[2]
    assert isinstance(word, WordChannel)
    assert word.lexicon.counts.tolist() == [41, 41]  # 1, and once in each text
    assert channels.tables["type"].tolist() == [[0], [1]]


def test_a_dictionary_is_a_channel_of_the_kinds_and_vectors_of_words(tmp_path: Path) -> None:
    (tmp_path / "words.vec").write_text("2 3\n北京 1 2 3\n很大 4 5 6\n", encoding="utf-8")
    (tmp_path / "words.txt").write_text("北京\tns\t5\n中国\tns\t7\n国的\tx\t1\n", encoding="utf-8")
    files = replace(source(), word_vectors=tmp_path / "words.vec", dictionary=tmp_path / "words.txt")
    channels = build_channels(config(tmp_path, word_vectors="words.vec", dictionary_dim=0), files)
    assert list(channels.tables) == ["char", "bigram", "word", "segment"]
    table, word = channels.tables["segment"], channels.tables["word"]
    rows = channels.features.encode("北京在中国")["segment"].rows  # type: ignore[union-attr]
    assert table[rows].tolist() == [
        *[[1, 0, *word[1]]] * 2,  # 北京: its kind and its vector
        *[[1, 0, 0, 0, 0]] * 2,  # 中国: its kind alone
    ]
    alone = build_channels(config(tmp_path, dictionary_dim=0), replace(files, word_vectors=None))
    assert alone.tables["segment"].tolist() == [[0, 0], [1, 0], [0, 1]]


def test_a_dictionary_has_vectors_trained_on_the_text_cut_into_its_words(tmp_path: Path) -> None:
    (tmp_path / "words.txt").write_text("北京\tns\t5\n国的北京\tx\t1\n天津\tns\t1\n", encoding="utf-8")
    files = replace(source(), dictionary=tmp_path / "words.txt")
    channels = build_channels(config(tmp_path, dictionary_dim=3), files)
    channel, table = channels.features.channels[-1], channels.tables["segment"]
    assert isinstance(channel, WordChannel)
    # 国的北京 is what 中国的北京很大 is cut into, so that 北京 is seen in the other text alone; 天津 is in none.
    assert channel.lexicon.rows.tolist() == [3, 4, 1]
    assert table[:3].tolist() == [[0] * 5, [1, 0, 0, 0, 0], [0, 1, 0, 0, 0]]
    assert table[3:, :2].tolist() == [[1, 0], [0, 1]]
    assert np.abs(table[3:, 2:]).min() > 0


def test_source_is_known_by_the_bytes_of_its_files(tmp_path: Path) -> None:
    for name, character in (("a", "京"), ("b", "京"), ("c", "海")):
        (tmp_path / name).write_text(f"{character}\tB-LOC\n\n好\tO\n", "utf-8")

    def sha256(name: str) -> str:
        files = {"train": (str(tmp_path / name),), "dev": (str(tmp_path / name),)}
        return (
            open_corpora(config(tmp_path, raw=("none",), lexicon=("none",), **files)).vector_source().sha256
        )

    assert sha256("a") == sha256("b") != sha256("c")
