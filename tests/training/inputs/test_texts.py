"""Raw text is lines of text: a corpus, JSON or a web page in its place is told."""

from pathlib import Path

import pytest

from training.corpus.errors import CorpusError
from training.inputs.texts import raw_texts


@pytest.mark.parametrize(
    "content",
    [
        "小明去北京。\n",
        "小明 O\n",  # one line tells nothing
        "小明去北京。\n他买了 O\n他去了 B-LOC\n",
        "\n\n\n",
        "",
        "[注] 他走了。\n他来了。\n",
    ],
)
def test_text_is_read_line_by_line(content: str, tmp_path: Path) -> None:
    path = tmp_path / "raw.txt"
    path.write_text(content, encoding="utf-8")
    assert list(raw_texts(path, None)) == content.splitlines()


@pytest.mark.parametrize(
    ("content", "got"),
    [
        ("小\tB-PER\n明\tI-PER\n\n去\tO\n", "tokens and tags that begin with '小\\tB-PER'"),
        ("John NNP B-PER\r\nsleeps VBZ O\r\n\r\n", "tokens and tags that begin with 'John NNP B-PER"),
        ('{"text": "小明去北京。"}\n{"text": "他来了。"}\n', "JSON"),
        ("<!DOCTYPE html>\n<html>\n", "a web page (HTML)"),
    ],
)
def test_what_is_no_text_is_told(content: str, got: str, tmp_path: Path) -> None:
    path = tmp_path / "raw.txt"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(CorpusError) as error:
        list(raw_texts(path, None))
    assert str(error.value).startswith(f"{path}: expected lines of text, got {got}")
