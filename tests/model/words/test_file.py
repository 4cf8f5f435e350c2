"""Files of words: what is read, and what is said where one cannot be."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.words import file
from model.words.file import Word, WordsError, read_words

LABELS = ("PER", "ORG")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("协和医院\tORG\n王小明\tPER", [("协和医院", "ORG"), ("王小明", "PER")]),
        ("\ufeff# 医院\n\n协和医院  ORG \r\n", [("协和医院", "ORG")]),
        ("ＡＩ实验室\tORG", [("AI实验室", "ORG")]),
        ("New York Times ORG", [("New York Times", "ORG")]),
        ("协和\tORG\n协和\tPER\n协和\tORG", [("协和", "ORG"), ("协和", "PER")]),
    ],
)
def test_what_is_read(tmp_path: Path, content: str, words: list[tuple[str, str]]) -> None:
    path = tmp_path / "words.txt"
    path.write_bytes(content.encode())
    assert read_words(path, LABELS) == [Word(*word) for word in words]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", ": expected a word, a tab and a label on a line, got none"),
        (b"# nothing\n\n", ": expected a word, a tab and a label on a line, got none"),
        (
            "协和医院".encode(),
            ":1: expected a word, a tab and a label, got '协和医院'; write a label of PER, ORG",
        ),
        (
            "王小明\tPER\n协和医院\tHOSPITAL\n".encode(),
            ":2: expected a label of PER, ORG, got 'HOSPITAL'; name one",
        ),
        (
            b"a\tPER\n\xff\tORG",
            r":2: expected UTF-8, got byte b'\xff' at byte 0 of the line",
        ),
        (("字" * 65 + "\tORG").encode(), ":1: expected a word of 1 to 64 characters, got 65; shorten it"),
        (
            "\u200b王\tPER".encode(),
            ":1: expected characters that can be seen, got '\\u200b王\\tPER'; type the",
        ),
        (
            "协和\t100\tORG".encode(),
            ":1: expected a word without tabs, line breaks and control characters, got '协和\\t100';",
        ),
        (
            "协和\tORG\r王明\tPER\r".encode(),
            ":1: expected a word without tabs, line breaks and control characters, got '协和",
        ),
        (
            "协\0和\tORG".encode(),
            ":1: expected a word without tabs, line breaks and control characters, got '协\\x00和';",
        ),
        (
            "😀店\tORG".encode(),
            ":1: expected characters that the tagger tells apart, got '😀店'; leave it out: it reads all",
        ),
    ],
)
def test_what_is_refused_names_the_line(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "words.txt"
    path.write_bytes(content)
    with pytest.raises(WordsError) as error:
        read_words(path, LABELS)
    assert str(error.value).startswith(f"{path}{said}")


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(
        WordsError, match="expected a file of words, got 'No such file or directory'; name another"
    ):
        read_words(tmp_path / "none", LABELS)
    with pytest.raises(WordsError, match="expected a file of words, got 'Is a directory'"):
        read_words(tmp_path, LABELS)


def test_sizes_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "words.txt"
    path.write_text("a\tPER\nb\tPER\nc\tPER\n")
    monkeypatch.setattr(file, "MAX_WORDS", 2)
    with pytest.raises(WordsError, match=":3: expected at most 2 words, got more"):
        read_words(path, LABELS)
    monkeypatch.setattr(file, "MAX_FILE_BYTES", 8)
    with pytest.raises(WordsError, match="expected at most 8 bytes, got more"):
        read_words(path, LABELS)


@given(st.binary(max_size=80))
def test_any_bytes_give_words_or_a_complaint(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.txt"
    path.write_bytes(content)
    with suppress(WordsError):
        assert read_words(path, LABELS)
