"""The dictionary that texts are cut by: what is read of it, and what is said of a line that is wrong."""

from pathlib import Path

import pytest

from training.corpus.errors import CorpusError
from training.datasets.jieba import DICTIONARY, DICTIONARY_FILES, MIN_COUNT, write_dictionary
from training.embeddings.dictionary import dictionary_table, read_dictionary
from training.embeddings.lexicons import MAX_TYPES


def written(folder: Path, content: str | bytes) -> Path:
    path = folder / "dictionary.txt"
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return path


def test_words_kinds_and_counts_are_read(tmp_path: Path) -> None:
    path = written(tmp_path, "\ufeff北京\tns\t5\r\n\n看\tv\t7\nＮＢＡ\tnz\t2\n看\tn\t8\n看\tz\t1\n")
    assert read_dictionary(path) == {
        "北京": ("ns", 5),
        "看": ("n", 16),  # counts add up, the most frequent kind stays
        "NBA": ("nz", 2),  # normalised as texts are
    }


def test_each_kind_has_a_row_of_its_own() -> None:
    lexicon, table = dictionary_table({"a": ("x", 3), "b": ("w", 1), "c": ("x", 2)})
    assert (lexicon.rows.tolist(), lexicon.counts.tolist()) == ([2, 1, 2], [3, 1, 2])
    assert table.tolist() == [[0, 0], [1, 0], [0, 1]]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "dictionary.txt: expected a word on a line, got none"),
        ("北京\tns", "dictionary.txt:1: expected word TAB kind TAB count, got '北京"),
        ("北京\tns\t1\tx", "dictionary.txt:1: expected word TAB kind TAB count, got '北京"),
        ("看\tv\t1\n京\tn\tmany", "dictionary.txt:2: expected a count from 1 to 2147483647, got 'many'"),
        ("京\tn\t0", "expected a count from 1 to 2147483647, got '0'"),
        ("京\tn\t-3", "expected a count from 1"),
        ("京\tn\t²", "expected a count from 1"),
        ("京\tn\t2147483648", "expected a count from 1"),
        ("京" * 33 + "\tn\t1", "dictionary.txt:1: expected a word of 1 to 32 characters"),
        (
            b"\xb1\xb1\xbe\xa9",
            "dictionary.txt:1: expected UTF-8, got byte b'\\xb1' at byte 0 of the line; save the file as UTF-8",
        ),
        ("\n".join(f"京{n}\tkind{n}\t1" for n in range(MAX_TYPES + 1)), "expected at most 64 kinds, got 65"),
    ],
)
def test_a_wrong_file_is_an_error_that_says_where(tmp_path: Path, content: str | bytes, message: str) -> None:
    with pytest.raises(CorpusError) as error:
        read_dictionary(written(tmp_path, content))
    assert message in str(error.value)


def test_names_and_frequent_words_come_out_of_jiebas_dictionary(tmp_path: Path) -> None:
    lines = ["一汽集团 2 nt", "万俟 3 nrt", "武松 1 nrfg", "看 9 v", "望屋而食 3 i", "瞧瞧 4 vn", "生僻 0 ns"]
    write_dictionary({DICTIONARY: "\n".join(lines).encode("utf-8")}, tmp_path, 0)
    assert MIN_COUNT == 4
    assert (tmp_path / DICTIONARY_FILES[0]).read_text("utf-8") == (
        "一汽集团\tnt\t2\n万俟\tnrt\t3\n武松\tnr\t1\n看\tv\t9\n瞧瞧\tv\t4\n生僻\tns\t1\n"
    )
