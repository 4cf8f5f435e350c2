"""A corpus whose text is unlike what will be sent is told before a tagger learns it."""

import json
from pathlib import Path

import pytest

from training.check import main

CHARS = "小\tB-PER\n明\tI-PER\n去\tO\n"


@pytest.mark.parametrize(
    ("content", "unit", "note"),
    [
        (CHARS, "char", ""),
        ("小明\tB-PER\n去\tO\n北京\tO\n", "word", ""),
        (
            "Tom\tB-PER\nmet\tO\nme\tO\n",
            "word",
            "20% of the characters are spaces, of which Chinese text has next",
        ),
        (
            "T\tB-PER\no\tI-PER\nm\tI-PER\n好\tO\n",
            "char",
            "75% of the characters are Latin letters and none is a space",
        ),
        ("他\tO\n用\tO\nQ\tO\n" + CHARS, "char", ""),
    ],
)
def test_spaces_unlike_ordinary_text_are_told(
    tmp_path: Path, capsys, content: str, unit: str, note: str
) -> None:
    path = tmp_path / "train.bio"
    path.write_text(content, encoding="utf-8")
    assert main(["--train", str(path), "--unit", unit]) == 0
    lines = capsys.readouterr().out.splitlines()
    told = [line for line in lines if " of the characters are " in line]
    assert len(told) == bool(note)
    assert not note or told[0].startswith(f"train: {note}")


def test_what_is_read_without_its_edges_is_counted(tmp_path: Path, capsys) -> None:
    path = tmp_path / "train.bio"
    path.write_text(f"\u200b\tB-PER\n明\tI-PER\n\n{CHARS}", encoding="utf-8")
    assert main(["--train", str(path)]) == 0
    assert f" or an invisible character, first in the sentence at {path}:1: read" in capsys.readouterr().out
    assert main(["--train", str(path), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["splits"]["train"]
    assert found["trimmed"] == {"entities": 1, "first": f"{path}:1"}


@pytest.mark.parametrize(
    ("content", "note"),
    [
        ("小明\tB-PER\n去\tO\n北京\tB-LOC\n", "read as words of 1.7 characters, joined into text"),
        (CHARS, "1.0 characters a line on average: these are no words; read them with --unit char"),
        ("Q\tO\nQ\tO\n", "1.0 characters a line on average"),
    ],
)
def test_what_is_read_as_words_is_told(tmp_path: Path, capsys, content: str, note: str) -> None:
    path = tmp_path / "train.bio"
    path.write_text(content, encoding="utf-8")
    main(["--train", str(path), "--unit", "word"])
    assert f"\ntrain: {note}" in capsys.readouterr().out
