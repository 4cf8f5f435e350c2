"""How far gensim has come is shown within a pass too, and changes nothing of the vectors."""

import io
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

import training.embeddings.passes
from model.machine.progress import Progress
from training.embeddings.passes import PassReading, passes_shown
from training.embeddings.word2vec import VectorSettings, train_vectors

SETTINGS = VectorSettings(width=1, dim=16, min_count=1, epochs=2, sample=0, threads=1)
LINES = ["小明在北京大学读书，上海的医院很大。" * 20] * 200


@pytest.fixture
def tokens(tmp_path: Path) -> Path:
    (tmp_path / "tokens.txt").write_bytes(b"4e2d\n" * 20)  # 100 bytes
    return tmp_path / "tokens.txt"


@pytest.fixture
def opened(tokens: Path) -> Iterator[list[int]]:
    """As C++ opens files: not closed on exec."""
    numbers = [os.open(tokens, os.O_RDONLY) for _ in range(2)]
    for number in numbers:
        os.set_inheritable(number, True)
    yield numbers
    for number in numbers:
        os.close(number)


def test_parts_of_a_file_are_counted_together(tokens: Path, opened: list[int]) -> None:
    reading = PassReading(tokens.parent, 2)
    assert reading.share() == 0.0
    os.lseek(opened[0], 10, os.SEEK_SET)
    os.lseek(opened[1], 70, os.SEEK_SET)
    assert reading.share() == pytest.approx(0.3)


def test_what_was_read_before_a_file_was_closed_counts(tokens: Path) -> None:
    reading = PassReading(tokens.parent, 1)
    number = os.open(tokens, os.O_RDONLY)
    os.set_inheritable(number, True)
    os.lseek(number, 80, os.SEEK_SET)
    assert reading.share() == pytest.approx(0.8)
    os.close(number)
    assert reading.share() == pytest.approx(0.8)


def test_what_python_reads_or_writes_and_other_files_are_no_pass(tokens: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    with open(tokens, "rb") as read, open(tmp_path / "written.txt", "wb") as written:
        read.read(50)
        written.write(b"4e2d\n")
        written.flush()
        assert PassReading(tmp_path, 1).share() == 0.0
    assert PassReading(tmp_path / "other", 1).share() == 0.0


def test_where_the_system_tells_nothing_whole_passes_are_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training.embeddings.passes, "_OPEN_FILES", tmp_path / "none")
    assert PassReading(tmp_path, 1).share() == 0.0


def test_half_a_pass_is_shown_and_the_vectors_stay_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[float] = []
    monkeypatch.setattr(training.embeddings.passes, "EVERY_S", 0.01)
    monkeypatch.setattr(Progress, "reach", lambda _, done, note="": shown.append(done))
    sentences = [list(line) for line in LINES]
    with passes_shown("vectors", 2, tmp_path, 1) as passed:
        watched = train_vectors(sentences, SETTINGS, tmp_path, passed=passed)
    alone = train_vectors(sentences, SETTINGS, tmp_path)
    assert watched.keys == alone.keys
    assert watched.matrix.tobytes() == alone.matrix.tobytes()
    assert shown == sorted(shown)
    assert any(done % 1 for done in shown)


def test_a_part_of_a_unit_counts_for_the_percentage_alone() -> None:
    stream = io.StringIO()
    times = iter([0.0, 61.0, 122.0])
    progress = Progress("training", 5, "passes", stream=stream, clock=lambda: next(times))
    progress.reach(1.25)
    progress.reach(4.0)
    assert stream.getvalue().splitlines() == [
        "training  25 %  1 of 5 passes  3:03 left",
        "training  80 %  4 of 5 passes  0:30 left",
    ]
