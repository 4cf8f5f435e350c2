"""What is wrong with the text without labels is told before any teacher is fitted, which takes hours."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from pydantic import ValidationError
from toy import write_toy_corpus

from training.corpus.reader import CorpusError, read_sentences
from training.distillation import teach
from training.inputs.corpora import open_corpora
from training.loop.checkpoint import EpochRecord, Progress
from training.settings.config import ConfigError, FitConfig


def no_fit(*_: object) -> None:
    raise AssertionError("a teacher was fitted")


@pytest.mark.parametrize(
    ("content", "error", "message"),
    [
        ("他走了。\n".encode() + b"\xff\n", CorpusError, "raw.txt:2: expected UTF-8"),
        (None, ConfigError, "--unlabelled: expected text that is not in dev or test, got none"),
    ],
)
def test_a_fault_in_the_text_is_told_before_the_teachers(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    content: bytes | None,
    error: type[Exception],
    message: str,
) -> None:
    write_toy_corpus(tmp_path)
    if content is None:  # a sentence of dev
        content = next(s.text for s in read_sentences([tmp_path / "dev.bio"]) if len(s.text) > 6).encode()
    (tmp_path / "raw.txt").write_bytes(content)
    files = {part: (str(tmp_path / f"{part}.bio"),) for part in ("train", "dev")}
    none = {"raw": ("none",), "word_vectors": "none", "dictionary": "none"}
    config = FitConfig(**files, **none, unlabelled=(str(tmp_path / "raw.txt"),), teachers=1, epochs=1)
    monkeypatch.setattr(teach, "train_others", no_fit)
    with pytest.raises(error, match=message):
        teach.prepare_lessons(
            config,
            cast(Any, None),
            cast(Any, SimpleNamespace(n_chars=100)),
            open_corpora(config),
            "",
            cast(Any, no_fit),
            cast(Any, no_fit),
            print,
        )


@pytest.mark.parametrize("ratio", ["inf", "nan", "0"])
def test_a_share_of_text_without_end_is_refused(ratio: str) -> None:
    with pytest.raises(ValidationError, match="unlabelled_ratio"):
        FitConfig(train=("a.bio",), unlabelled_ratio=float(ratio))


@pytest.mark.parametrize(
    ("student", "teachers", "better"),
    [
        (0.93, (0.92, 0.94), None),  # as good as they are on average
        (0.92, (0.91, 0.94, 0.93), 1),
        (0.90, (0.89, 0.90), None),
        (0.5, (), None),  # teachers of another network
    ],
)
def test_a_teacher_is_better_where_its_student_is_worse_than_all_are_on_average(
    student: float, teachers: tuple[float, ...], better: int | None
) -> None:
    def done(f1: float) -> Progress:
        return Progress(history=[EpochRecord(1, 0.0, f1, f1, f1, 0.0, 1.0, 1)])

    fits = [done(f1) for f1 in teachers]
    lessons = teach.Lessons(cast(Any, None), {}, fits)
    assert lessons.better_than(done(student)) is (None if better is None else fits[better])
