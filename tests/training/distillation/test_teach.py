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
