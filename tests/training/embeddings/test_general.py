"""General vectors: trained once on raw text, found again by what decides them, and never half there."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import training.data.cache
from training.embeddings.general import (
    RECORD,
    copy_general,
    find_general,
    open_general,
    train_general,
)
from training.embeddings.texts import TextSource, WantedVectors, wanted_vectors
from training.embeddings.trained import cached_vectors
from training.embeddings.word2vec import Vectors, VectorsError, train_vectors
from training.settings.config import FitConfig

RAW = ["北京在中国。", "中国的北京很大。"] * 20
ROOT = Path(__file__).parents[3]


def source(texts: list[str] = RAW, sha256: str = "raw") -> TextSource:
    return TextSource(lambda: texts, lambda: [list(text) for text in texts], sha256)


def wanted(**settings: object) -> dict[str, WantedVectors]:
    small = {"char_dim": 6, "bigram_dim": 4, "vector_epochs": 1, "word_vectors": "none"}
    return wanted_vectors(FitConfig.model_validate({**small, **settings}), None, {})


@pytest.fixture
def said() -> list[str]:
    """What training says: a line for each channel that is trained."""
    return []


def test_a_second_time_they_are_found_not_trained(tmp_path: Path, said: list[str]) -> None:
    first = train_general("news", source(), wanted(), tmp_path, said.append)
    assert [line.split(":")[0] for line in said] == ["char vectors of news", "bigram vectors of news"]
    again = train_general("news", source(), wanted(), tmp_path, said.append)
    assert len(said) == 2
    assert (again.name, again.sha256) == ("news", first.sha256)
    assert find_general(source(), wanted(), tmp_path) == first
    np.testing.assert_array_equal(again.read("char").matrix, first.read("char").matrix)


@pytest.mark.parametrize(
    ("sha256", "settings"), [("other", {}), ("raw", {"vector_window": 2}), ("raw", {"char_min_count": 3})]
)
def test_other_text_or_settings_are_other_vectors(
    tmp_path: Path, sha256: str, settings: dict[str, object]
) -> None:
    first = train_general("news", source(), wanted(), tmp_path)
    assert find_general(source(RAW, sha256), wanted(**settings), tmp_path) is None
    assert train_general("news", source(RAW, sha256), wanted(**settings), tmp_path).sha256 != first.sha256


def test_changed_code_is_other_vectors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    train_general("news", source(), wanted(), tmp_path)
    file_sha256 = training.data.cache.file_sha256
    monkeypatch.setattr(
        training.data.cache,
        "file_sha256",
        lambda path: "changed" if path.name == "word2vec.py" else file_sha256(path),
    )
    assert find_general(source(), wanted(), tmp_path) is None


def test_a_fit_without_bigrams_finds_the_characters(tmp_path: Path) -> None:
    train_general("news", source(), wanted(), tmp_path)
    found = find_general(source(), wanted(bigram_dim=0), tmp_path)
    assert found
    assert list(found.folders) == ["char"]


def test_they_are_plain_data_with_a_record(tmp_path: Path) -> None:
    general = train_general("news", source(), wanted(), tmp_path)
    folder = general.folders["char"]
    record = json.loads((folder / RECORD).read_text())
    assert (record["name"], record["channel"], record["raw"], record["keys"]) == ("news", "char", "raw", 9)
    assert record["settings"]["dim"] == 6
    assert np.load(folder / "matrix.npy", allow_pickle=False).shape == (9, 6)
    assert {path.suffix for path in folder.iterdir()} == {".json", ".npy"}


def test_torn_vectors_are_trained_anew(tmp_path: Path, said: list[str]) -> None:
    general = train_general("news", source(), wanted(), tmp_path)
    (general.folders["bigram"] / "matrix.npy").write_bytes(b"torn")
    assert find_general(source(), wanted(), tmp_path) is None
    train_general("news", source(), wanted(), tmp_path, said.append)
    assert said == ["bigram vectors of news: training (2 of 2)"]


def test_a_copy_is_the_same_vectors(tmp_path: Path) -> None:
    general = train_general("news", source(), wanted(), tmp_path / "cache")
    copy_general(general, tmp_path / "copy")
    copy = open_general(tmp_path / "copy")
    assert (copy.name, copy.sha256) == (general.name, general.sha256)
    assert copy.bytes_sha256("char") == general.bytes_sha256("char")
    np.testing.assert_array_equal(copy.read("bigram").context, general.read("bigram").context)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda copy: (copy / "char" / "matrix.npy").write_bytes(b"x"), "char: expected the files that meta"),
        (lambda copy: (copy / "char" / RECORD).write_text("{}"), "expected a record of vectors, got Field"),
        (lambda copy: (copy / "char" / RECORD).write_bytes(b"\xff"), "expected a record of vectors, got"),
        (
            lambda copy: [path.unlink() for path in copy.rglob(RECORD)],
            "expected a folder that `zitag vectors",
        ),
        (
            lambda copy: (copy / "char").rename(copy / "word"),
            "word: expected vectors of word, got those of char; give",
        ),
    ],
    ids=["torn", "no fields", "no text", "no record", "renamed"],
)
def test_a_spoilt_copy_is_told(tmp_path: Path, spoil, message: str) -> None:
    copy_general(train_general("news", source(), wanted(), tmp_path / "cache"), tmp_path / "copy")
    spoil(tmp_path / "copy")
    with pytest.raises(VectorsError, match=message):
        open_general(tmp_path / "copy")


class TestGoingOn:
    """Training goes on from general vectors with the text of a corpus."""

    def test_old_keys_stay_and_new_ones_join(self) -> None:
        start = train_vectors([list(text) for text in RAW], wanted()["char"].settings)
        after = train_vectors([list("上海很大")] * 9 + [list("津")], wanted()["char"].settings, start=start)
        assert set(after.keys) == set(start.keys) | {"上", "海"}  # 津 is seen once
        counts = dict(zip(after.keys, after.counts, strict=True))
        assert (counts["大"], counts["上"], counts["北"]) == (20 + 9, 9, 40)
        assert list(after.counts) == sorted(after.counts, reverse=True)

    def test_what_the_corpus_lacks_keeps_its_vector_and_what_it_has_moves(self) -> None:
        start = train_vectors([list(text) for text in RAW], wanted()["char"].settings)
        settings = wanted()["char"].settings.model_copy(update={"negative": 1, "sample": 0, "threads": 1})
        after = train_vectors([list("上海很大")] * 50, settings, start=start)

        def vector(vectors: Vectors, key: str) -> np.ndarray:
            return vectors.matrix[vectors.keys.index(key)]

        np.testing.assert_array_equal(vector(after, "北"), vector(start, "北"))
        assert np.abs(vector(after, "大") - vector(start, "大")).max() > 1e-6

    def test_what_came_of_it_is_kept_as_long_as_the_start_is_the_same(self, tmp_path: Path) -> None:
        start = train_vectors([list(text) for text in RAW], wanted()["char"].settings)
        corpus, one = source(["上海很大"] * 9, "corpus"), wanted()["char"]
        starts: list[Vectors] = []

        def begin() -> Vectors:
            starts.append(start)
            return start

        first = cached_vectors(corpus, one, tmp_path, begin, "1")
        np.testing.assert_array_equal(cached_vectors(corpus, one, tmp_path, begin, "1").matrix, first.matrix)
        assert len(starts) == 1
        cached_vectors(corpus, one, tmp_path, begin, "2")
        assert len(starts) == 2


def test_killed_while_it_trains_leaves_nothing_that_looks_whole(tmp_path: Path) -> None:
    raw = tmp_path / "raw.txt"
    raw.write_text("\n".join(RAW * 2000), encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "training.vectors",
        "--raw",
        str(raw),
        "--cache",
        str(tmp_path / "cache"),
    ]
    command += ["--vector-epochs", "1000", "--word-vectors", "none", "--dictionary", "none"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    assert process.stdout.readline().startswith("char vectors of raw.txt: training")
    process.send_signal(signal.SIGKILL)
    process.communicate()
    general = tmp_path / "cache" / "vectors" / "general"
    assert not [path for path in general.glob("*") if path.is_dir() and path.suffix != ".partial"]
