"""Files of typed words: what is read of them, and what is said of a line that is wrong."""

from pathlib import Path

import pytest

from training.corpus.errors import CorpusError
from training.embeddings.lexicons import MAX_TYPES, read_lexicon, typed_table


def written(folder: Path, content: str | bytes) -> Path:
    path = folder / "words.txt"
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return path


def test_words_types_and_both_of_a_word_are_read(tmp_path: Path) -> None:
    path = written(tmp_path, "\ufeff北京\tLOC\r\n\n华盛顿\tLOC\n华盛顿\tPER\nＮＢＡ\tORG\n人参\n")
    assert read_lexicon([path]) == {
        "北京": {"LOC"},
        "华盛顿": {"LOC", "PER"},
        "NBA": {"ORG"},  # normalised as texts are
        "人参": {"word"},
    }


def test_each_set_of_types_has_a_row() -> None:
    lexicon, table = typed_table({"a": frozenset("xy"), "b": frozenset("x"), "c": frozenset("xy")})
    assert lexicon.rows.tolist() == [2, 1, 2]
    assert table.tolist() == [[0, 0], [1, 0], [1, 1]]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "words.txt: expected a word on a line, got none"),
        ("北京\tLOC\tcity", "words.txt:1: expected word TAB type, got '北京"),
        ("北京\n\n" + "京" * 33, "words.txt:3: expected a word of 1 to 32 characters"),
        ("\tLOC", "words.txt:1: expected a word of 1 to 32 characters"),
        (
            b"\xb1\xb1\xbe\xa9",
            "words.txt:1: expected UTF-8, got byte b'\\xb1' at byte 0 of the line; save the file as UTF-8",
        ),
        ("\n".join(f"京{n}\ttype{n}" for n in range(MAX_TYPES + 1)), "expected at most 64 types, got 65"),
    ],
)
def test_a_wrong_file_is_an_error_that_says_where(tmp_path: Path, content: str | bytes, message: str) -> None:
    with pytest.raises(CorpusError) as error:
        read_lexicon([written(tmp_path, content)])
    assert message in str(error.value)
